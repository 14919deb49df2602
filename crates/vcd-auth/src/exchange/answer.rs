//! Reading an answer of the token endpoint that says success.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::secret::{Bearer, Secret};
use crate::site::Site;
use crate::transport::Answer;
use crate::{Failure, FailureKind};

/// The longest lifetime that is believed; whatever is longer means nothing.
const LIFETIME_LIMIT: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// What such an answer brought. The new API token stands beside the outcome, because it is worth saving even
/// if the rest of the answer is unusable.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) outcome: Result<Grant, Failure>,
    pub(crate) new_api_token: Option<Secret>,
}

/// A bearer and how long it lives at the most, if the server says so.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) bearer: Bearer,
    pub(crate) lifetime: Option<Duration>,
}

/// Judges an answer of status 2xx. `sent` is the token that was exchanged: an answer that repeats it brings no new one.
pub(crate) fn read(answer: &Answer, site: &Site, sent: &Secret) -> Tokens {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body).trim_ascii();
    let mut members = TokenAnswer::default();
    let parsed = members.read(body);
    let new_api_token = std::mem::take(&mut members.refresh_token).into_text();
    let new_api_token = new_api_token.filter(|new| !new.expose().is_empty() && new.expose() != sent.expose());
    let outcome = match (&answer.broken, parsed) {
        (Some(broken), _) => Err(broken.clone()),
        (None, Err(_)) if answer.is_html() || body.first() == Some(&b'<') => {
            let message =
                format!("{site} answered with a web page: a portal, proxy or load balancer stands in the way.");
            Err(failed(answer, FailureKind::NotCloudDirector, message))
        }
        (None, Err(what)) => Err(malformed(answer, site, what)),
        (None, Ok(())) => judge(answer, site, members),
    };
    Tokens { outcome, new_api_token }
}

fn judge(answer: &Answer, site: &Site, members: TokenAnswer) -> Result<Grant, Failure> {
    if members.error.into_text().is_some() {
        let message = format!("{site} answered with an error in place of a session.");
        return Err(failed(answer, FailureKind::RequestRejected, message));
    }
    // An absent type is taken for the only one there is (RFC 6749 demands it, servers forget it).
    if members.token_type.into_text().is_some_and(|name| !name.expose().eq_ignore_ascii_case("bearer")) {
        let message = format!("{site} answered with a token type other than Bearer.");
        return Err(failed(answer, FailureKind::TokenTypeUnsupported, message));
    }
    match members.access_token.into_text() {
        Some(token) if !token.expose().is_empty() => {
            let bearer =
                Bearer::parse(&token).map_err(|_| malformed(answer, site, "contains an access token that is none"))?;
            Ok(Grant { bearer, lifetime: members.expires_in.into_duration() })
        }
        _ => {
            let message = format!("The answer of {site} contains no access token.");
            Err(failed(answer, FailureKind::AnswerIncomplete, message))
        }
    }
}

/// The token may have been used up by an answer that cannot be read.
fn malformed(answer: &Answer, site: &Site, what: &str) -> Failure {
    let length = answer.body.len();
    let message = format!("The answer of {site} ({length} bytes) {what}.");
    failed(answer, FailureKind::AnswerMalformed, message)
}

fn failed(answer: &Answer, kind: FailureKind, message: String) -> Failure {
    Failure::new(kind, message).with_answer(answer.status, answer.request_id.clone()).with_outcome_unknown(true)
}

/// RFC 6749, section 5.1. Members of a wrong type count as absent, so that they cannot take the others with them.
#[derive(Default)]
struct TokenAnswer {
    access_token: Scalar,
    token_type: Scalar,
    expires_in: Scalar,
    refresh_token: Scalar,
    error: Scalar,
}

impl TokenAnswer {
    /// Reads the members of a JSON object, as many as there are before the first mistake: a new API token among them is
    /// worth having even if the rest is not. Tells what is wrong in words that repeat nothing of the answer.
    fn read(&mut self, body: &[u8]) -> Result<(), &'static str> {
        match body.first() {
            None => return Err("is empty"),
            Some(b'{') => {}
            Some(_) => return Err("is not a JSON object"),
        }
        let mut repeated = false;
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let read = MembersInto(self, &mut repeated).deserialize(&mut deserializer);
        match (read, deserializer.end()) {
            (Err(_), _) => Err("is cut off or is not JSON"),
            (Ok(()), Err(_)) => Err("goes on behind its end"),
            (Ok(()), Ok(())) if repeated => Err("has a member twice"),
            (Ok(()), Ok(())) => Ok(()),
        }
    }

    fn member(&mut self, name: &str) -> Option<&mut Scalar> {
        Some(match name {
            "access_token" => &mut self.access_token,
            "token_type" => &mut self.token_type,
            "expires_in" => &mut self.expires_in,
            "refresh_token" => &mut self.refresh_token,
            "error" => &mut self.error,
            _ => return None,
        })
    }
}

/// Reads members into an answer that keeps what was read before a mistake; the flag is set if one stands there twice.
struct MembersInto<'a>(&'a mut TokenAnswer, &'a mut bool);

impl<'de> DeserializeSeed<'de> for MembersInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MembersInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            match self.0.member(&name) {
                Some(member) => *member = members.next_value()?,
                None => drop(members.next_value::<IgnoredAny>()?),
            }
            *self.1 |= !seen.insert(name);
        }
        Ok(())
    }
}

/// Any JSON value, of which only text and numbers matter here.
#[derive(Default)]
enum Scalar {
    Text(Secret),
    Number(f64),
    #[default]
    Other,
}

impl Scalar {
    fn into_text(self) -> Option<Secret> {
        match self {
            Scalar::Text(text) => Some(text),
            Scalar::Number(_) | Scalar::Other => None,
        }
    }

    /// A number of seconds, given as a number or as digits, if it makes sense.
    fn into_duration(self) -> Option<Duration> {
        let seconds = match self {
            Scalar::Number(number) => number,
            Scalar::Text(text) => text.expose().trim().parse::<u32>().ok()?.into(),
            Scalar::Other => return None,
        };
        let plausible = seconds > 0.0 && seconds <= LIFETIME_LIMIT.as_secs_f64();
        plausible.then(|| Duration::from_secs_f64(seconds))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(Secret::new(text)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Scalar, A::Error> {
        while members.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scalar, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn tokens(body: &str) -> Tokens {
        let answer = Answer {
            status: 200,
            content_type: if body.starts_with('<') { "text/html".into() } else { "application/json".into() },
            body: Zeroizing::new(body.as_bytes().to_vec()),
            ..Answer::default()
        };
        read(&answer, &Site::parse("vcd.example.com").expect("valid"), &Secret::new("OLD"))
    }

    #[test]
    fn a_complete_answer_is_understood() {
        let tokens =
            tokens(r#"{"access_token":"a.b.c","token_type":"Bearer","expires_in":86400,"refresh_token":null}"#);
        let grant = tokens.outcome.expect("granted");
        assert_eq!(grant.bearer.secret().expose(), "a.b.c");
        assert_eq!(grant.lifetime, Some(Duration::from_secs(86400)));
        assert!(tokens.new_api_token.is_none());
    }

    #[test]
    fn a_new_api_token_survives_whatever_else_is_wrong() {
        for body in [
            r#"{"access_token":"a.b.c","refresh_token":"NEW"}"#,
            r#"{"access_token":17,"refresh_token":"NEW"}"#,
            r#"{"access_token":{"a":[1]},"refresh_token":"NEW"}"#,
            r#"{"refresh_token":"NEW","token_type":"MAC","access_token":"a"}"#,
            r#"{"refresh_token":"NEW","access_token":"a\r\nb"}"#,
            r#"{"refresh_token":"NEW","error":"server_error"}"#,
            r#"{"refresh_token":"NEW","token_type":"Bearer","token_type":"Bearer","access_token":"a"}"#,
            r#"{"refresh_token":"NEW","access_token":"a"} trailing"#,
            r#"{"refresh_token":"NEW","access_token":"a"#,
        ] {
            let new = tokens(body).new_api_token.expect(body);
            assert_eq!(new.expose(), "NEW", "{body}");
        }
        for body in [r#"{"access_token":"a","refresh_token":"OLD"}"#, r#"{"access_token":"a","refresh_token":""}"#] {
            assert!(tokens(body).new_api_token.is_none(), "{body}");
        }
    }

    #[test]
    fn odd_answers_have_their_own_failures() {
        let deep = format!(r#"{{"x":{}{},"access_token":"a"}}"#, "[".repeat(100), "]".repeat(100));
        assert!(tokens(&deep).outcome.is_ok());
        for (body, kind) in [
            ("", FailureKind::AnswerMalformed),
            ("<html>Sign in</html>", FailureKind::NotCloudDirector),
            (r#"["a","Bearer",1]"#, FailureKind::AnswerMalformed),
            (r#"{"access_token":"a""#, FailureKind::AnswerMalformed),
            (r#"{"access_token":"a","access_token":"b"}"#, FailureKind::AnswerMalformed),
            (r#"{"access_token":"a"} trailing"#, FailureKind::AnswerMalformed),
            (r#"{"access_token":""}"#, FailureKind::AnswerIncomplete),
            (r#"{"token_type":"Bearer"}"#, FailureKind::AnswerIncomplete),
            (r#"{"access_token":"a b"}"#, FailureKind::AnswerMalformed),
            (r#"{"access_token":"a","token_type":"MAC"}"#, FailureKind::TokenTypeUnsupported),
            (r#"{"access_token":"a","error":"x"}"#, FailureKind::RequestRejected),
        ] {
            let failure = tokens(body).outcome.expect_err(body);
            assert_eq!(failure.kind(), kind, "{body}");
            assert!(failure.outcome_unknown(), "{body}");
        }
    }

    #[test]
    fn a_lifetime_is_a_number_or_digits_or_unknown() {
        for (value, seconds) in [
            ("3600", Some(3600)),
            ("\"3600\"", Some(3600)),
            ("1e3", Some(1000)),
            ("-1", None),
            ("0", None),
            ("1e20", None),
            ("null", None),
            ("\"soon\"", None),
            ("true", None),
        ] {
            let grant = tokens(&format!(r#"{{"access_token":"a","expires_in":{value}}}"#)).outcome.expect(value);
            assert_eq!(grant.lifetime, seconds.map(Duration::from_secs), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = tokens(&String::from_utf8_lossy(&body));
        }
    }
}
