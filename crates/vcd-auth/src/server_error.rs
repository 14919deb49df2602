//! What a server says about a failure, in any of the forms that Cloud Director and what stands before it use.

use quick_xml::events::Event;
use serde::Deserialize;

use crate::failure::presentable;
use crate::secret::Secret;

/// The machine-readable code and the text of an error body; either may be missing.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct ServerError {
    /// Cloud Director's `minorErrorCode`, or the `error` of RFC 6749.
    #[serde(rename = "minorErrorCode", alias = "error")]
    pub(crate) code: Option<String>,
    #[serde(alias = "error_description")]
    pub(crate) message: Option<String>,
}

impl ServerError {
    /// Reads OpenAPI JSON (`minorErrorCode`, `message`), RFC 6749 JSON (`error`, `error_description`) or the legacy
    /// XML error; anything else, such as a page for people, gives neither code nor text.
    pub(crate) fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let body = body.trim_ascii_start();
        match body.first() {
            Some(b'{') => serde_json::from_slice(body).unwrap_or_default(),
            Some(b'<') => Self::from_xml(body),
            _ => Self::default(),
        }
    }

    fn from_xml(body: &[u8]) -> Self {
        let mut reader = quick_xml::Reader::from_reader(body);
        loop {
            match reader.read_event() {
                Ok(Event::Start(element) | Event::Empty(element)) if element.local_name().as_ref() == "Error" => {
                    let attribute = |name: &str| {
                        let attribute = element.try_get_attribute(name).ok()??;
                        Some(attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?.into_owned())
                    };
                    return ServerError { code: attribute("minorErrorCode"), message: attribute("message") };
                }
                Ok(Event::Decl(_) | Event::Comment(_) | Event::Text(_)) => {}
                _ => return Self::default(),
            }
        }
    }

    /// The text as a sentence to end a message with, if it can be shown; empty if not. `secret` is what was sent.
    pub(crate) fn said(&self, secret: &Secret) -> String {
        let text = self.message.as_deref().and_then(|text| presentable(text, secret.expose()));
        text.map(|text| format!(" The server said: {text}")).unwrap_or_default()
    }

    /// The code, if it can be shown. `secret` is what was sent.
    pub(crate) fn presentable_code(&self, secret: &Secret) -> Option<String> {
        presentable(self.code.as_deref()?, secret.expose())
    }

    /// Whether the code is this one, in whatever case.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_error_is_read_and_anything_else_is_nothing() {
        let full = |code: &str, message: &str| ServerError { code: Some(code.into()), message: Some(message.into()) };
        for (body, expected) in [
            (r#"{"minorErrorCode":"invalid_grant","message":"no","stackTrace":null}"#, full("invalid_grant", "no")),
            (r#"{"error":"invalid_grant","error_description":"no"}"#, full("invalid_grant", "no")),
            (
                r#"<?xml version="1.0"?><Error xmlns="x" majorErrorCode="406" minorErrorCode="NOT_ACCEPTABLE" message="no"/>"#,
                full("NOT_ACCEPTABLE", "no"),
            ),
            ("<html><body>Bad gateway</body></html>", ServerError::default()),
            ("{\"minorErrorCode\":", ServerError::default()),
            ("", ServerError::default()),
        ] {
            assert_eq!(ServerError::read(body.as_bytes()), expected, "{body}");
        }
    }
}
