//! Product releases, the API versions that each of them offers, and what a client asks for in `Accept`.

use std::fmt;
use std::str::FromStr;

/// An API version such as 39.0 or `37.0.0-alpha`, ordered by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ApiVersion {
    major: u16,
    minor: u16,
    stability: Stability,
}

/// Alpha versions come before the final version of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stability {
    Alpha,
    Final,
}

impl ApiVersion {
    pub(crate) const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor, stability: Stability::Final }
    }

    const fn alpha(major: u16) -> Self {
        Self { major, minor: 0, stability: Stability::Alpha }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, stability } = self;
        match stability {
            Stability::Final => write!(formatter, "{major}.{minor}"),
            Stability::Alpha => write!(formatter, "{major}.{minor}.0-alpha"),
        }
    }
}

/// A release of VCD that the simulator can imitate. Made by parsing its number: `"10.3.3".parse()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    name: &'static str,
    current: &'static [ApiVersion],
    deprecated: &'static [ApiVersion],
    alpha: ApiVersion,
}

const fn v(major: u16, minor: u16) -> ApiVersion {
    ApiVersion::new(major, minor)
}

impl Release {
    /// VCD 10.3.3. It still offers API 31.0, which PowerCLI up to 12.7 asks for, and knows no service accounts. The list
    /// is the one in the error text of go-vcloud-director pull request 536.
    pub const V10_3_3: Self = Self {
        name: "10.3.3",
        current: &[v(36, 3), v(36, 2), v(36, 1), v(36, 0), v(35, 2), v(35, 0), v(34, 0)],
        deprecated: &[v(33, 0), v(32, 0), v(31, 0)],
        alpha: ApiVersion::alpha(37),
    };

    /// VCD 10.6. Its highest version is documented (39.0); the exact list of a real system is not.
    pub const V10_6: Self = Self {
        name: "10.6",
        current: &[v(39, 0), v(38, 1), v(38, 0), v(37, 3), v(37, 2), v(37, 1), v(37, 0)],
        deprecated: &[v(36, 3), v(36, 2), v(36, 1), v(36, 0)],
        alpha: ApiVersion::alpha(40),
    };

    /// All releases that can be imitated, oldest first.
    pub const ALL: &'static [Self] = &[Self::V10_3_3, Self::V10_6];

    /// The product's number, such as `10.6`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Service accounts came with VCD 10.4 (API 37.0).
    #[must_use]
    pub fn has_service_accounts(&self) -> bool {
        self.current.contains(&ApiVersion::new(37, 0))
    }

    /// Final versions, highest first, each with whether it is deprecated.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (ApiVersion, bool)> {
        let current = self.current.iter().map(|version| (*version, false));
        current.chain(self.deprecated.iter().map(|version| (*version, true)))
    }

    pub(crate) fn alpha_version(&self) -> ApiVersion {
        self.alpha
    }

    /// The list as VCD prints it in its 406 answers: deprecated versions are marked `[D]`.
    pub(crate) fn offer(&self) -> String {
        let finals =
            self.versions().map(|(version, deprecated)| format!("{version}{}", if deprecated { " [D]" } else { "" }));
        let all: Vec<String> = std::iter::once(self.alpha.to_string()).chain(finals).collect();
        format!("[{}] where [D] = deprecated", all.join(", "))
    }

    /// The version that an `Accept` header asks for: the first `version=` in it that this release offers.
    pub(crate) fn negotiate<'a>(&self, accept: impl Iterator<Item = &'a str>) -> Option<ApiVersion> {
        let offered = |wanted: &str| {
            let finals = self.versions().map(|(version, _)| version);
            finals.chain([self.alpha]).find(|version| version.to_string() == wanted)
        };
        accept.flat_map(|value| value.split([',', ';'])).find_map(|part| {
            let (name, wanted) = part.split_once('=')?;
            offered(wanted.trim()).filter(|_| name.trim().eq_ignore_ascii_case("version"))
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(name: &str) -> Result<Self, UnknownRelease> {
        Self::ALL.iter().find(|release| release.name == name).copied().ok_or(UnknownRelease)
    }
}

/// The text is not the number of a release that can be imitated. Its message lists those that can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownRelease;

impl fmt::Display for UnknownRelease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Release::ALL.iter().map(Release::name).collect();
        write!(formatter, "no such release; these can be imitated: {}", names.join(", "))
    }
}

impl std::error::Error for UnknownRelease {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_names_a_version_in_any_of_its_forms() {
        for (accept, expected) in [
            ("application/json;version=39.0", Some(v(39, 0))),
            ("application/json; version = 38.1", Some(v(38, 1))),
            ("application/*;version=36.3", Some(v(36, 3))),
            ("application/*+xml;VERSION=37.0;multisite=global", Some(v(37, 0))),
            ("text/html, application/json;version=37.2", Some(v(37, 2))),
            ("application/json;version=40.0.0-alpha", Some(ApiVersion::alpha(40))),
            ("application/json;version=31.0", None),
            ("application/json;version=39", None),
            ("application/json;version=", None),
            ("application/json;conversion=39.0", None),
            ("application/json", None),
            ("", None),
        ] {
            assert_eq!(Release::V10_6.negotiate([accept].into_iter()), expected, "{accept}");
        }
        assert_eq!(Release::V10_3_3.negotiate(["application/*+xml;version=31.0"].into_iter()), Some(v(31, 0)));
    }

    #[test]
    fn the_offer_of_10_3_3_is_the_list_of_a_real_system() {
        assert_eq!(
            Release::V10_3_3.offer(),
            "[37.0.0-alpha, 36.3, 36.2, 36.1, 36.0, 35.2, 35.0, 34.0, 33.0 [D], 32.0 [D], 31.0 [D]] where [D] = deprecated"
        );
    }

    #[test]
    fn releases_are_parsed_by_their_number() {
        assert_eq!("10.6".parse(), Ok(Release::V10_6));
        assert_eq!("10.3.3".parse(), Ok(Release::V10_3_3));
        let error = "9.7".parse::<Release>().unwrap_err();
        assert_eq!(error.to_string(), "no such release; these can be imitated: 10.3.3, 10.6");
    }

    #[test]
    fn service_accounts_came_with_api_37() {
        assert!(Release::V10_6.has_service_accounts());
        assert!(!Release::V10_3_3.has_service_accounts());
    }

    #[test]
    fn versions_are_ordered_by_number() {
        assert!(v(37, 10) > v(37, 2) && v(37, 0) > ApiVersion::alpha(37) && ApiVersion::alpha(37) > v(36, 3));
    }
}
