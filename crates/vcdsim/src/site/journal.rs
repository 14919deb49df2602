//! The record of what clients sent. It never contains a secret.

use serde::Serialize;

/// What happened since the start, or since the journal was last cleared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Journal {
    /// TCP connections that the VCD listeners accepted, whether or not TLS came about. The control port does not count.
    pub connections: u64,
    /// The requests, in the order in which their heads arrived.
    pub requests: Vec<JournalEntry>,
}

/// One request. It appears as soon as its head has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    /// Counts requests from the simulator's start; clearing the journal does not restart it.
    pub n: u64,
    /// The connection it came on, counted from the simulator's start: equal numbers show a reused connection.
    pub connection: u64,
    /// The address of the listener, such as `127.0.0.1:8443`.
    pub listener: String,
    /// The method, such as `POST`.
    pub method: String,
    /// Path and query as sent, each secret replaced by `***`.
    pub path: String,
    /// The status of the answer; none while there is no answer, and for ever if the connection was closed without one.
    pub status: Option<u16>,
    /// Whether the URL contained a secret.
    pub secret_in_url: bool,
    /// Whether there was an `Authorization` header; its value is not recorded.
    pub authorization: bool,
    /// What the request showed to prove its session, alive or not; its value is not recorded either.
    pub credential: Option<CredentialKind>,
    /// The `Accept` header.
    pub accept: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The length of the body, in bytes.
    pub body_length: usize,
    /// Names of the form or JSON fields of the body, in the order sent.
    pub body_fields: Vec<String>,
}

/// How a request proves that it belongs to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// An access token: `Authorization: Bearer`. It counts if both are given.
    Bearer,
    /// The id that older clients send: `x-vcloud-authorization`, 32 hex digits.
    Legacy,
}

/// The journal being written.
#[derive(Default)]
pub(crate) struct Recorder {
    journal: Journal,
    connections_ever: u64,
    requests_ever: u64,
}

impl Recorder {
    /// Counts a connection and returns its number.
    pub(crate) fn connection(&mut self) -> u64 {
        self.connections_ever += 1;
        self.journal.connections += 1;
        self.connections_ever
    }

    /// Adds a request, gives it its number and returns that.
    pub(crate) fn request(&mut self, entry: JournalEntry) -> u64 {
        self.requests_ever += 1;
        self.journal.requests.push(JournalEntry { n: self.requests_ever, ..entry });
        self.requests_ever
    }

    /// The entry of that number, unless it has been cleared since.
    pub(crate) fn entry(&mut self, n: u64) -> Option<&mut JournalEntry> {
        self.journal.requests.iter_mut().rev().find(|entry| entry.n == n)
    }

    pub(crate) fn journal(&self) -> Journal {
        self.journal.clone()
    }

    pub(crate) fn clear(&mut self) {
        self.journal = Journal::default();
    }
}

/// The names of the fields in a body: of a JSON object, or else of a form.
pub(crate) fn body_fields(content_type: Option<&str>, body: &[u8]) -> Vec<String> {
    let is_json = content_type.is_some_and(|value| value.to_ascii_lowercase().contains("json"));
    if is_json {
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).unwrap_or_default();
        return fields.into_iter().map(|(name, _)| name).collect();
    }
    url::form_urlencoded::parse(body).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> JournalEntry {
        JournalEntry {
            n: 0,
            connection: 1,
            listener: "127.0.0.1:1".into(),
            method: "GET".into(),
            path: path.into(),
            status: None,
            secret_in_url: false,
            authorization: false,
            credential: None,
            accept: None,
            user_agent: None,
            content_type: None,
            body_length: 0,
            body_fields: Vec::new(),
        }
    }

    #[test]
    fn an_answer_after_clearing_touches_no_other_request() {
        let mut recorder = Recorder::default();
        recorder.connection();
        let cleared = recorder.request(entry("/old"));
        recorder.clear();
        let kept = recorder.request(entry("/new"));
        assert!(recorder.entry(cleared).is_none());
        recorder.entry(kept).unwrap().status = Some(200);
        let journal = recorder.journal();
        assert_eq!(journal.connections, 0);
        assert_eq!(journal.requests.iter().map(|r| (r.n, r.status)).collect::<Vec<_>>(), [(2, Some(200))]);
    }

    #[test]
    fn field_names_are_recorded_without_values() {
        let form = Some("application/x-www-form-urlencoded");
        assert_eq!(body_fields(form, b"grant_type=refresh_token&refresh_token=x"), ["grant_type", "refresh_token"]);
        assert_eq!(body_fields(Some("application/json;version=39.0"), br#"{"name":"x"}"#), ["name"]);
        assert_eq!(body_fields(Some("application/json"), b"[1]"), [""; 0]);
        assert_eq!(body_fields(None, b""), [""; 0]);
    }
}
