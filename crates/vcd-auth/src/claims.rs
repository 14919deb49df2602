//! What a bearer (JWT) says of itself, for display only: nothing is verified and nothing is trusted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::failure::presentable;
use crate::secret::Bearer;

/// The claims that Cloud Director's bearers carry: `sub` is the user's name, `exp` the end in seconds since 1970. There
/// is no name of the organization in them.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Claims {
    #[serde(rename = "sub")]
    pub(crate) user: Option<String>,
    #[serde(rename = "exp")]
    expires: Option<i64>,
}

impl Claims {
    /// Reads the payload; a bearer that is no JWT has no claims.
    pub(crate) fn of(bearer: &Bearer) -> Self {
        let payload = bearer.secret().expose().split('.').nth(1).unwrap_or_default();
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).unwrap_or_default();
        let claims: Claims = serde_json::from_slice(&payload).unwrap_or_default();
        // The name is shown in terminals.
        Claims { user: claims.user.and_then(|user| presentable(&user, "")), ..claims }
    }

    /// When the bearer ends at the latest.
    pub(crate) fn expires_at(&self) -> Option<OffsetDateTime> {
        self.expires.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn claims(payload: &str) -> Claims {
        let text = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
        Claims::of(&Bearer::parse(&Secret::new(&text)).expect("valid"))
    }

    #[test]
    fn user_and_end_are_read_and_anything_odd_is_ignored() {
        let full = claims(r#"{"sub":"apiuser","exp":1790000000,"iss":"a@b"}"#);
        assert_eq!(full.user.as_deref(), Some("apiuser"));
        assert_eq!(full.expires_at().map(OffsetDateTime::unix_timestamp), Some(1_790_000_000));
        assert_eq!(claims("{\"sub\":\"a\\u001b[31mb\"}").user.as_deref(), Some("a [31mb"));
        assert_eq!(claims("not json"), Claims::default());
        assert!(claims(r#"{"exp":9223372036854775807}"#).expires_at().is_none());
        assert_eq!(Claims::of(&Bearer::parse(&Secret::new("opaque")).expect("valid")), Claims::default());
    }
}
