//! Failures: what happened, why, and what to do now.

mod kind;
mod meaning;

use std::fmt;
use std::time::Duration;

pub use kind::FailureKind;

/// The longest text of a server that a message repeats, in characters.
const SERVER_TEXT_LIMIT: usize = 300;

/// Why a call failed. Holds no secret, so that it may be shown and logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure(Box<Details>);

#[derive(Clone, PartialEq, Eq, Default)]
struct Details {
    kind: Option<FailureKind>,
    message: String,
    action: Option<&'static str>,
    outcome_unknown: bool,
    http_status: Option<u16>,
    minor_error_code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    presented_sha256: Option<String>,
    attempts: u32,
}

impl Failure {
    /// A failure of this kind; `message` is one sentence that says what happened and why, without any secret.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Failure(Box::new(Details { kind: Some(kind), message: message.into(), ..Details::default() }))
    }

    /// Marks that the server may have carried the request out although no answer came.
    pub fn with_outcome_unknown(mut self, unknown: bool) -> Self {
        self.0.outcome_unknown = unknown;
        self
    }

    /// Adds the HTTP status of the answer and the server's own id of the request.
    pub fn with_answer(mut self, http_status: u16, request_id: Option<String>) -> Self {
        self.0.http_status = Some(http_status);
        self.0.request_id = request_id;
        self
    }

    /// Adds the server's own code for the reason.
    pub(crate) fn with_minor_error_code(mut self, code: Option<String>) -> Self {
        self.0.minor_error_code = code;
        self
    }

    /// Adds how long the server asks to wait.
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    /// Adds the SHA-256 fingerprint of the certificate that the server presented.
    pub fn with_presented_sha256(mut self, fingerprint: String) -> Self {
        self.0.presented_sha256 = Some(fingerprint);
        self
    }

    /// Adds a sentence to the message.
    pub(crate) fn and_moreover(mut self, sentence: &str) -> Self {
        self.0.message.push(' ');
        self.0.message.push_str(sentence);
        self
    }

    /// Says what to do in place of what the kind says: more is known here.
    pub(crate) fn with_action(mut self, action: &'static str) -> Self {
        self.0.action = Some(action);
        self
    }

    /// Adds how often the request was tried.
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// The kind: its number and name are stable.
    pub fn kind(&self) -> FailureKind {
        self.0.kind.unwrap_or(FailureKind::Internal)
    }

    /// What happened and why, in one sentence.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    pub fn action(&self) -> &'static str {
        self.0.action.unwrap_or(self.kind().action())
    }

    /// Whether the server may have carried the request out although no usable answer came.
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// The HTTP status of the answer, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// Cloud Director's own code for the reason (`minorErrorCode`), such as `BUSY_ENTITY`.
    pub fn minor_error_code(&self) -> Option<&str> {
        self.0.minor_error_code.as_deref()
    }

    /// The server's own id of the request (`X-VMWARE-VCLOUD-REQUEST-ID`), to be given to its administrator.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the server asked to wait (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How often the request was tried; 0 if it never came to that.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The SHA-256 fingerprint (64 lower-case hexadecimal digits) of the certificate that was refused.
    pub fn presented_sha256(&self) -> Option<&str> {
        self.0.presented_sha256.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind(), self.0.message)
    }
}

impl std::error::Error for Failure {}

/// Makes text of a server fit to be shown: control characters become spaces, and what is too long is cut. Text that
/// contains a part of `secret` is dropped whole.
pub(crate) fn presentable(text: &str, secret: &str) -> Option<String> {
    if !secret.is_empty() && text.contains(secret) {
        return None;
    }
    let clean: String = text.chars().take(SERVER_TEXT_LIMIT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_text_is_cleaned_cut_and_dropped_when_it_echoes_a_secret() {
        assert_eq!(presentable("a\u{1b}[31mb\n", "token").as_deref(), Some("a [31mb"));
        assert_eq!(presentable(&"x".repeat(1000), "token").map(|text| text.len()), Some(300));
        assert_eq!(presentable("refused: token", "token"), None);
        assert_eq!(presentable(" \n ", "token"), None);
    }
}
