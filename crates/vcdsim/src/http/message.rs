//! Requests as read and responses as written.

use percent_encoding::percent_decode_str;

/// The first line and the headers of a request.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// 0 or 1, of HTTP/1.x.
    pub(crate) minor_version: u8,
    pub(crate) headers: Vec<(String, String)>,
}

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(u64),
    Chunked,
}

impl Head {
    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The parts of the path between its slashes, percent-decoded. An encoded slash stays inside its part.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = self.path();
        let parts = path.strip_prefix('/').unwrap_or(path).split('/');
        parts.map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).next()
    }

    pub(crate) fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The server's own URL as the client wrote it, without a path.
    pub(crate) fn base_url(&self) -> String {
        format!("https://{}", self.header("host").unwrap_or("localhost"))
    }

    /// Whether the client wants to send another request on the connection.
    pub(crate) fn keep_alive(&self) -> bool {
        let says = |option: &str| {
            let mut options = self.header_values("connection").flat_map(|value| value.split(','));
            options.any(|given| given.trim().eq_ignore_ascii_case(option))
        };
        if self.minor_version == 0 { says("keep-alive") } else { !says("close") }
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    pub(crate) fn expects_continue(&self) -> bool {
        self.minor_version > 0 && self.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    /// How the body ends. Contradictory headers are an error, since proxies could read them differently.
    pub(crate) fn framing(&self) -> Result<Framing, &'static str> {
        let mut lengths = self.header_values("content-length");
        match (self.header("transfer-encoding"), lengths.next()) {
            (Some(_), Some(_)) => Err("both Transfer-Encoding and Content-Length"),
            (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
            (Some(_), None) => Err("a Transfer-Encoding other than chunked"),
            (None, None) => Ok(Framing::Length(0)),
            (None, Some(_)) if lengths.next().is_some() => Err("several Content-Length headers"),
            (None, Some(length)) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
                length.parse().map(Framing::Length).map_err(|_| "a Content-Length that is no number")
            }
            (None, Some(_)) => Err("a Content-Length that is no number"),
        }
    }
}

/// A whole request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }.with_header("Content-Type", content_type)
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// Adds a header in place of those of the same name.
    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self.with_another_header(name, value)
    }

    /// Adds a header beside those of the same name.
    pub(crate) fn with_another_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name))
    }

    /// The bytes to send. `body_too` is false for the answer to a HEAD request. A length is added unless the answer
    /// says itself how its body ends, so that wrong lengths can be sent as well.
    pub(crate) fn encode(&self, keep_alive: bool, body_too: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let may_have_body = !matches!(self.status, 204 | 304);
        if may_have_body && !self.has_header("Content-Length") && !self.has_header("Transfer-Encoding") {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        if !keep_alive {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        if may_have_body && body_too {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

/// The usual phrase of a status; clients must not depend on it.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Simulated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(minor_version: u8, headers: &[(&str, &str)]) -> Head {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Head { method: "POST".into(), target: "/a/Blue%20Sky/x%2Fy?q=1".into(), minor_version, headers }
    }

    #[test]
    fn the_target_is_taken_apart() {
        let head = head(1, &[]);
        assert_eq!((head.path(), head.query()), ("/a/Blue%20Sky/x%2Fy", "q=1"));
        assert_eq!(head.segments(), ["a", "Blue Sky", "x/y"]);
    }

    #[test]
    fn connections_stay_open_as_the_version_says() {
        assert!(head(1, &[]).keep_alive());
        assert!(!head(1, &[("Connection", "Close")]).keep_alive());
        assert!(!head(1, &[("Connection", "TE, close")]).keep_alive());
        assert!(!head(0, &[]).keep_alive());
        assert!(head(0, &[("connection", "keep-alive")]).keep_alive());
    }

    #[test]
    fn body_framing_is_unambiguous() {
        assert_eq!(head(1, &[]).framing(), Ok(Framing::Length(0)));
        assert_eq!(head(1, &[("Content-Length", "71")]).framing(), Ok(Framing::Length(71)));
        assert_eq!(head(1, &[("Transfer-Encoding", "Chunked")]).framing(), Ok(Framing::Chunked));
        for wrong in [
            &[("Content-Length", "+1")][..],
            &[("Content-Length", "99999999999999999999")],
            &[("Content-Length", "1"), ("Content-Length", "1")],
            &[("Content-Length", "1"), ("Transfer-Encoding", "chunked")],
            &[("Transfer-Encoding", "gzip")],
        ] {
            assert!(head(1, wrong).framing().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn answers_are_encoded_with_their_length() {
        let text = |response: &Response| String::from_utf8(response.encode(true, true)).unwrap();
        assert_eq!(
            text(&Response::new(200, "text/plain", "hi")),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
        );
        assert_eq!(text(&Response::empty(401)), "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(text(&Response::empty(204)), "HTTP/1.1 204 No Content\r\n\r\n");
        let wrong_length = Response::new(200, "text/plain", "hi").with_header("content-length", "9");
        assert!(text(&wrong_length).contains("content-length: 9\r\n\r\nhi"));
        let head_only = Response::new(200, "text/plain", "hi").encode(false, false);
        assert!(String::from_utf8(head_only).unwrap().ends_with("Content-Length: 2\r\nConnection: close\r\n\r\n"));
    }

    #[test]
    fn a_header_replaces_its_namesake() {
        let response = Response::json(200, &serde_json::json!({})).with_header("content-type", "text/html");
        assert_eq!(response, Response::new(200, "text/html", "{}").with_header("content-type", "text/html"));
        assert_eq!(response.headers.len(), 1);
    }
}
