//! The organization that a token belongs to.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::secret::{looks_like_bearer, looks_like_token};
use crate::{Failure, FailureKind};

/// Everything but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The longest organization name that is tried, in bytes.
const NAME_LIMIT: usize = 255;
const PROVIDER: &str = "System";

/// The organization a token belongs to. Cloud Director calls the provider's own organization `System`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Organization {
    /// The provider: `System`.
    Provider,
    /// A tenant, by the short name that stands in its portal's address. Its case is kept, because whether it counts is
    /// not documented.
    Tenant(String),
}

impl Organization {
    /// Reads an organization's short name; `System` in any case means the provider, and white space around the name is
    /// dropped.
    ///
    /// # Errors
    /// `InvalidOrganization` for names that are empty, longer than 255 bytes, contain a slash or control character,
    /// consist of dots only, or look like a token, which the message never repeats.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let name = text.trim();
        let refused = |why: &str| Err(Failure::new(FailureKind::InvalidOrganization, why));
        if name.is_empty() {
            return refused("The organization is empty.");
        }
        if looks_like_bearer(name) || looks_like_token(name) {
            return refused("What was given as organization looks like a token or session, not like a name.");
        }
        if name.len() > NAME_LIMIT {
            return refused("The organization's name is longer than 255 bytes.");
        }
        if name.contains(['/', '\\']) {
            return refused("The organization's name contains a slash; give the short name only, not an address.");
        }
        if name.chars().any(char::is_control) {
            return refused("The organization's name contains control characters.");
        }
        if name.bytes().all(|byte| byte == b'.') {
            return refused("The organization's name consists of dots only.");
        }
        match name.eq_ignore_ascii_case(PROVIDER) {
            true => Ok(Organization::Provider),
            false => Ok(Organization::Tenant(name.to_owned())),
        }
    }

    /// Whether this is the provider's own organization.
    pub fn is_provider(&self) -> bool {
        matches!(self, Organization::Provider)
    }

    /// The path of an OAuth endpoint (`token`, `register` ...) of this organization, encoded for an address.
    pub(crate) fn oauth_path(&self, endpoint: &str) -> String {
        match self {
            Organization::Provider => format!("/oauth/provider/{endpoint}"),
            Organization::Tenant(name) => format!("/oauth/tenant/{}/{endpoint}", utf8_percent_encode(name, SEGMENT)),
        }
    }
}

impl fmt::Display for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Organization::Provider => PROVIDER,
            Organization::Tenant(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_into_one_path_segment() {
        for (name, path) in [
            ("acme", "/oauth/tenant/acme/token"),
            (" Acme ", "/oauth/tenant/Acme/token"),
            ("Blue Sky", "/oauth/tenant/Blue%20Sky/token"),
            ("a?b#c%2e", "/oauth/tenant/a%3Fb%23c%252e/token"),
            ("sm\u{f8}rg\u{e5}s", "/oauth/tenant/sm%C3%B8rg%C3%A5s/token"),
            ("a.b", "/oauth/tenant/a.b/token"),
            ("system", "/oauth/provider/token"),
            ("SYSTEM", "/oauth/provider/token"),
        ] {
            assert_eq!(Organization::parse(name).expect(name).oauth_path("token"), path);
        }
    }

    #[test]
    fn a_token_in_place_of_the_name_is_refused_and_not_repeated() {
        let token = "WVVHoMr9abcdefghijklmnopqrstuvwx";
        let failure = Organization::parse(token).expect_err("looks like a token");
        assert!(!failure.message().contains(token), "{failure}");
        assert!(Organization::parse("0123456789abcdef0123456789abcdef").is_ok(), "a generated name");
    }

    #[test]
    fn names_that_would_change_the_path_are_refused() {
        let long = "x".repeat(256);
        for name in ["", " ", ".", "..", "...", "a/b", "../provider", "a\\b", "a\tb", "a\0b", "Bearer x", &long] {
            assert_eq!(Organization::parse(name).expect_err(name).kind(), FailureKind::InvalidOrganization, "{name}");
        }
    }
}
