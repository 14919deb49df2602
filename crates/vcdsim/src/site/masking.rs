//! Finding secrets in a request's URL. Real VCD takes a token in the query; it then stands in access logs and support
//! bundles, so a client that sends one has a defect, and the journal says so without repeating the secret.

/// Query fields whose value is a secret.
const SECRET_FIELDS: [&str; 5] = ["refresh_token", "access_token", "assertion", "device_code", "client_secret"];

const MASK: &str = "***";

/// A request target without its secrets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MaskedTarget {
    pub(crate) target: String,
    /// Whether anything had to be masked.
    pub(crate) had_secret: bool,
}

/// Masks the values of secret query fields, and every known secret wherever it stands.
pub(crate) fn mask_target<'a>(target: &str, known_secrets: impl Iterator<Item = &'a str>) -> MaskedTarget {
    let mut masked = match target.split_once('?') {
        Some((path, query)) => format!("{path}?{}", query.split('&').map(mask_field).collect::<Vec<_>>().join("&")),
        None => target.to_owned(),
    };
    for secret in known_secrets {
        if masked.contains(secret) {
            masked = masked.replace(secret, MASK);
        }
    }
    MaskedTarget { had_secret: masked != target, target: masked }
}

fn mask_field(field: &str) -> String {
    let decoded = url::form_urlencoded::parse(field.as_bytes()).next();
    let is_secret = decoded.is_some_and(|(name, value)| {
        !value.is_empty() && SECRET_FIELDS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
    });
    match field.split_once('=') {
        Some((name, _)) if is_secret => format!("{name}={MASK}"),
        _ => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_told() {
        for (target, expected) in [
            ("/oauth/tenant/acme/token", "/oauth/tenant/acme/token"),
            ("/x?page=1&pageSize=25", "/x?page=1&pageSize=25"),
            ("/x?grant_type=refresh_token&refresh_token=abc", "/x?grant_type=refresh_token&refresh_token=***"),
            ("/x?REFRESH_TOKEN=abc&a=b", "/x?REFRESH_TOKEN=***&a=b"),
            ("/x?refresh%5Ftoken=abc", "/x?refresh%5Ftoken=***"),
            ("/x?access_token=abc", "/x?access_token=***"),
            ("/x?refresh_token=", "/x?refresh_token="),
            ("/x?refresh_token", "/x?refresh_token"),
            ("/x?note=KNOWN", "/x?note=***"),
            ("/KNOWN/x", "/***/x"),
        ] {
            let masked = mask_target(target, ["KNOWN", "OTHER"].into_iter());
            assert_eq!(masked.target, expected, "{target}");
            assert_eq!(masked.had_secret, target != expected, "{target}");
        }
    }
}
