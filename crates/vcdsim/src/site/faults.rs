//! Faults: counted rules that change what happens to matching requests.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

/// A rule. Rules are tried in the order in which they were added; the first that matches and is not skipping decides.
/// The JSON form is `{"match":{"method":"POST","path":"/oauth/"},"times":1,"skip":0,"fault":{"status":503}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests; all by default.
    #[serde(rename = "match", default)]
    pub matching: Match,
    /// How many requests get the fault before the rule is gone; without it the rule stays until faults are cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many matching requests are let through first.
    #[serde(default)]
    pub skip: u32,
    /// What happens to them.
    #[serde(rename = "fault")]
    pub effect: Effect,
}

/// Which requests a rule is for. What is absent matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// The method, in any case.
    pub method: Option<String>,
    /// A text that the path, as sent and without the query, contains.
    pub path: Option<String>,
}

/// What happens to a request. Parts can be combined: a delay and then a close, real answers with another body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Effect {
    /// An answer with this status takes the place of VCD's own: the request changes nothing. Without it, the request
    /// is applied and `headers` and `body` change the real answer.
    pub status: Option<u16>,
    /// Headers of the answer; they replace those of the same name. A `Content-Length` is sent as given, wrong or not.
    pub headers: BTreeMap<String, String>,
    /// The body of the answer.
    pub body: Option<String>,
    /// Real time, in milliseconds, before the answer or the close. The request is applied before it.
    pub delay_ms: u64,
    /// The connection is closed without an answer, whatever the other parts say.
    pub close: Option<Close>,
}

/// When a connection is closed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Close {
    /// After the head: the body is not read and the request changes nothing.
    BeforeRead,
    /// After the whole request, which is applied as VCD would (unless `status` is given): the answer is lost on its way.
    AfterRead,
}

impl Fault {
    /// Checks what the types cannot express: the status and the headers must be able to stand in an answer.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(status) = self.effect.status.filter(|status| !(200..=599).contains(status)) {
            return Err(format!("status {status} cannot be the status of an answer (200 to 599)"));
        }
        let is_token = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        for (name, value) in &self.effect.headers {
            if !is_token(name) || value.contains(['\r', '\n', '\0']) {
                return Err(format!("{name:?} cannot be a header"));
            }
        }
        Ok(())
    }
}

impl Effect {
    /// The delay as a duration.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

impl Match {
    fn is_met(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|part| path.contains(part.as_str()))
    }
}

/// The rules in force.
#[derive(Default)]
pub(crate) struct FaultRules(Vec<Fault>);

impl FaultRules {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What happens to this request; counts it.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Effect {
        for index in 0..self.0.len() {
            let rule = &mut self.0[index];
            if rule.times == Some(0) || !rule.matching.is_met(method, path) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.times = rule.times.map(|left| left - 1);
            return rule.effect.clone();
        }
        Effect::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> Effect {
        Effect { status: Some(status), ..Effect::default() }
    }

    fn rule(method: Option<&str>, path: Option<&str>, effect: Effect) -> Fault {
        let matching = Match { method: method.map(str::to_owned), path: path.map(str::to_owned) };
        Fault { matching, effect, ..Fault::default() }
    }

    #[test]
    fn the_first_matching_rule_decides() {
        let mut rules = FaultRules::default();
        rules.add(rule(Some("post"), Some("/oauth/"), status(503)));
        rules.add(rule(None, Some("/cloudapi"), status(500)));
        rules.add(rule(None, None, status(429)));
        assert_eq!(rules.take("POST", "/oauth/tenant/acme/token"), status(503));
        assert_eq!(rules.take("GET", "/oauth/tenant/acme/token"), status(429));
        assert_eq!(rules.take("GET", "/cloudapi/1.0.0/sessions/current"), status(500));
        rules.clear();
        assert_eq!(rules.take("POST", "/oauth/tenant/acme/token"), Effect::default());
    }

    #[test]
    fn rules_count_and_skip() {
        let mut rules = FaultRules::default();
        rules.add(Fault { skip: 1, times: Some(2), ..rule(None, None, status(503)) });
        rules.add(Fault { times: Some(1), ..rule(None, None, status(429)) });
        let seen: Vec<Option<u16>> = (0..5).map(|_| rules.take("GET", "/").status).collect();
        assert_eq!(seen, [Some(429), Some(503), Some(503), None, None]);
    }

    #[test]
    fn the_json_form_has_defaults_and_refuses_unknown_names() {
        let text = r#"{"match":{"method":"POST","path":"/oauth/"},"times":1,
            "fault":{"status":503,"headers":{},"body":"","delay_ms":0,"close":"before_read"}}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault.effect.close, Some(Close::BeforeRead));
        assert_eq!((fault.times, fault.skip, fault.effect.status), (Some(1), 0, Some(503)));
        assert!(serde_json::from_str::<Fault>(r#"{"fault":{"delay_ms":5}}"#).is_ok());
        for wrong in
            [r#"{}"#, r#"{"fault":{"stat":503}}"#, r#"{"fault":{"close":"later"}}"#, r#"{"fault":{},"time":1}"#]
        {
            assert!(serde_json::from_str::<Fault>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let with_header = |name: &str, value: &str| {
            let headers = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            rule(None, None, Effect { headers, ..Effect::default() })
        };
        assert!(rule(None, None, status(99)).check().is_err());
        assert!(rule(None, None, status(101)).check().is_err());
        assert!(rule(None, None, status(600)).check().is_err());
        assert!(with_header("", "x").check().is_err());
        assert!(with_header("a b", "x").check().is_err());
        assert!(with_header("a", "x\r\ny: z").check().is_err());
        assert!(with_header("Retry-After", "5").check().is_ok());
    }
}
