//! What a call says it accepts, with an API version in it.

use super::target::Api;
use crate::{Failure, FailureKind};

/// The longest value of a header that is sent, in bytes.
const LENGTH_LIMIT: usize = 1024;

/// The `Accept` header of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Accept {
    /// Sent as it is.
    Fixed(String),
    /// Sent with the version that is agreed on with the site.
    Negotiated(String),
}

impl Accept {
    /// What to send to `api`, if the caller named these.
    ///
    /// # Errors
    /// `InvalidOption` for text that cannot stand in the header, and for two versions.
    pub(crate) fn new(api: Api, accept: Option<&str>, version: Option<&str>) -> Result<Self, Failure> {
        let media_type = accept.unwrap_or(match api {
            Api::Legacy => "application/*+xml",
            Api::Open => "application/json",
            Api::Other => "*/*",
        });
        check_header("accept", media_type)?;
        match (names_version(media_type), version) {
            (true, Some(_)) => refused("The API version is named twice, in the accepted type and by itself."),
            (false, Some(version)) if is_version(version) => {
                Ok(Accept::Fixed(format!("{media_type};version={version}")))
            }
            (false, Some(_)) => refused("The API version is none, such as 37.0."),
            (false, None) if api != Api::Other => Ok(Accept::Negotiated(media_type.to_owned())),
            (_, None) => Ok(Accept::Fixed(media_type.to_owned())),
        }
    }
}

/// Refuses text that cannot be the value of a header.
pub(crate) fn check_header(what: &str, value: &str) -> Result<(), Failure> {
    let fits = value.len() <= LENGTH_LIMIT && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if fits && !value.trim().is_empty() {
        return Ok(());
    }
    Err(Failure::new(FailureKind::InvalidOption, format!("The {what} type of the call cannot stand in a header.")))
}

fn names_version(media_type: &str) -> bool {
    let mut parameters = media_type.split([';', ',']).filter_map(|part| part.split_once('='));
    parameters.any(|(name, _)| name.trim().eq_ignore_ascii_case("version"))
}

/// `37.0`, `37.0.0-alpha`, `9.0.0`.
fn is_version(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
    plain && text.len() <= 40 && text.starts_with(|c: char| c.is_ascii_digit())
}

fn refused<T>(why: &str) -> Result<T, Failure> {
    Err(Failure::new(FailureKind::InvalidOption, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_callers_or_agreed_on() {
        let fixed = |text: &str| Accept::Fixed(text.to_owned());
        let negotiated = |text: &str| Accept::Negotiated(text.to_owned());
        for (api, accept, version, expected) in [
            (Api::Legacy, None, None, negotiated("application/*+xml")),
            (Api::Open, None, None, negotiated("application/json")),
            (Api::Other, None, None, fixed("*/*")),
            (Api::Legacy, Some("application/*+json"), None, negotiated("application/*+json")),
            (Api::Legacy, None, Some("36.3"), fixed("application/*+xml;version=36.3")),
            (Api::Open, Some("application/json; Version=38.0"), None, fixed("application/json; Version=38.0")),
            (Api::Open, None, Some("37.0.0-alpha"), fixed("application/json;version=37.0.0-alpha")),
            (Api::Other, Some("text/plain"), None, fixed("text/plain")),
        ] {
            assert_eq!(Accept::new(api, accept, version), Ok(expected));
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let long = "x".repeat(2000);
        for (accept, version) in [
            (Some("a/b;version=1.0"), Some("1.0")),
            (Some("a/b\r\nX-Evil: 1"), None),
            (Some("caf\u{e9}/b"), None),
            (Some(" "), None),
            (Some(long.as_str()), None),
            (None, Some("")),
            (None, Some("v37")),
            (None, Some("37.0;x=y")),
            (None, Some("37.0\r\n")),
        ] {
            let failure = Accept::new(Api::Open, accept, version).expect_err("refused");
            assert_eq!(failure.kind(), FailureKind::InvalidOption, "{accept:?} {version:?}");
        }
    }
}
