//! Access tokens in the shape of VCD's: an RS256 JWT. Nobody outside VCD can check the signature, so it is random here.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::directory::{SITE_ID, User};
use super::random;

/// The length of an RS256 signature made with a 2048-bit key.
const SIGNATURE_BYTES: usize = 256;

/// A new access token for `user`. `expires` is the time since the Unix epoch.
///
/// The claims are those of the sample in the documentation of terraform-provider-vcd: no name of the organization, no
/// time of issue, no audience.
pub(crate) fn issue(user: &User, expires: Duration) -> String {
    let header = json!({ "alg": "RS256" });
    let payload = json!({
        "sub": user.name,
        "iss": location(user),
        "exp": expires.as_secs(),
        "version": "vcloud_1.0",
        "jti": random::hex_128(),
    });
    let signature = random::bytes::<SIGNATURE_BYTES>();
    [header.to_string().as_bytes(), payload.to_string().as_bytes(), &signature]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".")
}

/// Where a session lives: `<organization id>@<site id>`.
pub(crate) fn location(user: &User) -> String {
    format!("{}@{SITE_ID}", user.org.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::directory;

    #[test]
    fn the_claims_are_those_of_vcd() {
        let (_, user) = directory::first_accounts().remove(0);
        let token = issue(&user, Duration::from_secs(1_790_000_000));
        let parts: Vec<Vec<u8>> =
            token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url")).collect();
        let [header, payload, signature] = parts.try_into().expect("three parts");
        assert_eq!(header, br#"{"alg":"RS256"}"#);
        assert_eq!(signature.len(), SIGNATURE_BYTES);
        let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(claims["sub"], "alice");
        assert_eq!(claims["iss"], "11111111-2222-4333-8444-555555555555@66666666-7777-4888-8999-aaaaaaaaaaaa");
        assert_eq!(claims["exp"], 1_790_000_000);
        assert_eq!(claims["version"], "vcloud_1.0");
        assert_eq!(claims["jti"].as_str().unwrap().len(), 32);
        assert_ne!(token, issue(&user, Duration::from_secs(1_790_000_000)));
    }
}
