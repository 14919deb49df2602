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

/// A release of VCD that the simulator can imitate. Made by parsing its name: `"10.3.3".parse()`.
///
/// Only the list of versions of [`Release::V10_3_3`] is that of a real system. Of the others the highest version is known
/// (for 10.4.3, 10.6.1 and VCF Automation only by inference); how far down their lists reach is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    name: &'static str,
    newest: ApiVersion,
    /// From here down to the oldest, versions are deprecated.
    newest_deprecated: ApiVersion,
    oldest: ApiVersion,
    alpha: ApiVersion,
    /// Another name of the newest version, which stands in the list as well.
    alias: Option<&'static str>,
}

/// What an `Accept` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted<'a> {
    pub(crate) version: ApiVersion,
    /// The media range that names the version, such as `application/*+xml`.
    pub(crate) media_range: &'a str,
}

const fn v(major: u16, minor: u16) -> ApiVersion {
    ApiVersion::new(major, minor)
}

/// All final API versions, highest first.
const VERSIONS: [ApiVersion; 20] = [
    v(40, 1),
    v(40, 0),
    v(39, 1),
    v(39, 0),
    v(38, 1),
    v(38, 0),
    v(37, 3),
    v(37, 2),
    v(37, 1),
    v(37, 0),
    v(36, 3),
    v(36, 2),
    v(36, 1),
    v(36, 0),
    v(35, 2),
    v(35, 0),
    v(34, 0),
    v(33, 0),
    v(32, 0),
    v(31, 0),
];

impl Release {
    /// VCD 10.3.1, the first with API tokens.
    pub const V10_3_1: Self = Self::new("10.3.1", v(36, 1), v(33, 0), v(31, 0));
    /// VCD 10.3.2.
    pub const V10_3_2: Self = Self::new("10.3.2", v(36, 2), v(33, 0), v(31, 0));
    /// VCD 10.3.3. It still offers API 31.0, which PowerCLI up to 12.7 asks for, and knows no service accounts. The list
    /// is the one in the error text of go-vcloud-director pull request 536.
    pub const V10_3_3: Self = Self::new("10.3.3", v(36, 3), v(33, 0), v(31, 0));
    /// VCD 10.4, the first with service accounts.
    pub const V10_4: Self = Self::new("10.4", v(37, 0), v(35, 2), v(34, 0));
    /// VCD 10.4.1.
    pub const V10_4_1: Self = Self::new("10.4.1", v(37, 1), v(35, 2), v(34, 0));
    /// VCD 10.4.2.
    pub const V10_4_2: Self = Self::new("10.4.2", v(37, 2), v(35, 2), v(34, 0));
    /// VCD 10.4.3.
    pub const V10_4_3: Self = Self::new("10.4.3", v(37, 3), v(35, 2), v(34, 0));
    /// VCD 10.5. That it still takes 36.x and 37.x was seen (build-tools-for-vmware-aria issue 183).
    pub const V10_5: Self = Self::new("10.5", v(38, 0), v(36, 3), v(36, 0));
    /// VCD 10.5.1.
    pub const V10_5_1: Self = Self::new("10.5.1", v(38, 1), v(36, 3), v(36, 0));
    /// VCD 10.6.
    pub const V10_6: Self = Self::new("10.6", v(39, 0), v(36, 3), v(36, 0));
    /// VCD 10.6.1.
    pub const V10_6_1: Self = Self::new("10.6.1", v(39, 1), v(36, 3), v(36, 0));
    /// VCF Automation 9.0, the successor of VCD. Its list also names versions after the product.
    pub const VCFA_9_0: Self = Self { alias: Some("9.0.0"), ..Self::new("vcfa-9.0", v(40, 0), v(39, 1), v(40, 0)) };
    /// VCF Automation 9.1.
    pub const VCFA_9_1: Self = Self { alias: Some("9.1.0"), ..Self::new("vcfa-9.1", v(40, 1), v(39, 1), v(40, 0)) };

    /// All releases that can be imitated, oldest first.
    pub const ALL: &'static [Self] = &[
        Self::V10_3_1,
        Self::V10_3_2,
        Self::V10_3_3,
        Self::V10_4,
        Self::V10_4_1,
        Self::V10_4_2,
        Self::V10_4_3,
        Self::V10_5,
        Self::V10_5_1,
        Self::V10_6,
        Self::V10_6_1,
        Self::VCFA_9_0,
        Self::VCFA_9_1,
    ];

    const fn new(name: &'static str, newest: ApiVersion, newest_deprecated: ApiVersion, oldest: ApiVersion) -> Self {
        let alpha = ApiVersion::alpha(newest.major + 1);
        Self { name, newest, newest_deprecated, oldest, alpha, alias: None }
    }

    /// The name, such as `10.6` or `vcfa-9.0`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The number of the product in four parts, as VCD tells it to its provider. The last one, the build, is made up.
    pub(crate) fn product_version(&self) -> String {
        let number = self.name.trim_start_matches("vcfa-");
        let zero = if number.matches('.').count() < 2 { ".0" } else { "" };
        format!("{number}{zero}.12345678")
    }

    /// Service accounts came with VCD 10.4 (API 37.0).
    #[must_use]
    pub fn has_service_accounts(&self) -> bool {
        self.newest >= ApiVersion::new(37, 0)
    }

    /// Final versions, highest first, each with whether it is deprecated.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (ApiVersion, bool)> {
        let Self { newest, newest_deprecated, oldest, .. } = *self;
        let offered = VERSIONS.into_iter().filter(move |version| (oldest..=newest).contains(version));
        offered.map(move |version| (version, version <= newest_deprecated))
    }

    pub(crate) fn newest(&self) -> ApiVersion {
        self.newest
    }

    pub(crate) fn alpha_version(&self) -> ApiVersion {
        self.alpha
    }

    pub(crate) fn alias(&self) -> Option<&'static str> {
        self.alias
    }

    /// The list as VCD prints it in its 406 answers: deprecated versions are marked `[D]`.
    pub(crate) fn offer(&self) -> String {
        let finals =
            self.versions().map(|(version, deprecated)| format!("{version}{}", if deprecated { " [D]" } else { "" }));
        let alias = self.alias.map(str::to_owned);
        let all: Vec<String> = std::iter::once(self.alpha.to_string()).chain(finals).chain(alias).collect();
        format!("[{}] where [D] = deprecated", all.join(", "))
    }

    /// What an `Accept` header asks for: the first media range in it whose version this release offers.
    pub(crate) fn negotiate<'a>(&self, mut accept: impl Iterator<Item = &'a str>) -> Option<Accepted<'a>> {
        accept.find_map(|value| value.split(',').find_map(|range| self.accepted(range)))
    }

    fn accepted<'a>(&self, range: &'a str) -> Option<Accepted<'a>> {
        let (media_range, parameters) = range.split_once(';')?;
        let version = parameters.split(';').find_map(|parameter| {
            let (name, wanted) = parameter.split_once('=')?;
            self.offered(wanted.trim()).filter(|_| name.trim().eq_ignore_ascii_case("version"))
        })?;
        Some(Accepted { version, media_range: media_range.trim() })
    }

    fn offered(&self, wanted: &str) -> Option<ApiVersion> {
        if self.alias == Some(wanted) {
            return Some(self.newest);
        }
        let finals = self.versions().map(|(version, _)| version);
        finals.chain([self.alpha]).find(|version| version.to_string() == wanted)
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
        let negotiate = |release: Release, accept| release.negotiate([accept].into_iter());
        for (accept, media_range, version) in [
            ("application/json;version=39.0", "application/json", v(39, 0)),
            ("application/json; version = 38.1", "application/json", v(38, 1)),
            ("application/*;version=36.3", "application/*", v(36, 3)),
            ("application/*+xml;VERSION=37.0;multisite=global", "application/*+xml", v(37, 0)),
            ("application/*+xml;multisite=global;version=37.0", "application/*+xml", v(37, 0)),
            ("text/html, application/json;version=37.2", "application/json", v(37, 2)),
            ("application/*+xml;version=31.0, application/*+json;version=39.0", "application/*+json", v(39, 0)),
            ("application/json;version=40.0.0-alpha", "application/json", ApiVersion::alpha(40)),
        ] {
            assert_eq!(negotiate(Release::V10_6, accept), Some(Accepted { version, media_range }), "{accept}");
        }
        for accept in [
            "application/json;version=31.0",
            "application/json;version=39",
            "application/json;version=",
            "application/json;conversion=39.0",
            "application/json",
            "version=39.0",
            "",
        ] {
            assert_eq!(negotiate(Release::V10_6, accept), None, "{accept}");
        }
        assert_eq!(negotiate(Release::V10_3_3, "application/*+xml; version=31.0").unwrap().version, v(31, 0));
        assert_eq!(negotiate(Release::VCFA_9_1, "application/json;version=9.1.0").unwrap().version, v(40, 1));
    }

    #[test]
    fn each_release_has_its_versions() {
        for (release, count, highest, deprecated) in [
            (Release::V10_3_1, 8, v(36, 1), 3),
            (Release::V10_3_2, 9, v(36, 2), 3),
            (Release::V10_3_3, 10, v(36, 3), 3),
            (Release::V10_4, 8, v(37, 0), 3),
            (Release::V10_4_1, 9, v(37, 1), 3),
            (Release::V10_4_2, 10, v(37, 2), 3),
            (Release::V10_4_3, 11, v(37, 3), 3),
            (Release::V10_5, 9, v(38, 0), 4),
            (Release::V10_5_1, 10, v(38, 1), 4),
            (Release::V10_6, 11, v(39, 0), 4),
            (Release::V10_6_1, 12, v(39, 1), 4),
            (Release::VCFA_9_0, 1, v(40, 0), 0),
            (Release::VCFA_9_1, 2, v(40, 1), 0),
        ] {
            let versions: Vec<_> = release.versions().collect();
            assert_eq!((versions.len(), versions[0]), (count, (highest, false)), "{release}");
            assert_eq!(versions.iter().filter(|(_, deprecated)| *deprecated).count(), deprecated, "{release}");
        }
        assert!(VERSIONS.is_sorted_by(|left, right| left > right));
    }

    #[test]
    fn the_product_tells_its_number_in_four_parts() {
        for (release, number) in
            [(Release::V10_6, "10.6.0"), (Release::V10_3_3, "10.3.3"), (Release::VCFA_9_0, "9.0.0")]
        {
            assert_eq!(release.product_version(), format!("{number}.12345678"));
        }
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
        assert_eq!(
            error.to_string(),
            "no such release; these can be imitated: 10.3.1, 10.3.2, 10.3.3, 10.4, \
            10.4.1, 10.4.2, 10.4.3, 10.5, 10.5.1, 10.6, 10.6.1, vcfa-9.0, vcfa-9.1"
        );
    }

    #[test]
    fn service_accounts_came_with_api_37() {
        assert!(Release::V10_6.has_service_accounts());
        assert!(!Release::V10_3_3.has_service_accounts() && Release::VCFA_9_0.has_service_accounts());
    }

    #[test]
    fn versions_are_ordered_by_number() {
        assert!(v(37, 10) > v(37, 2) && v(37, 0) > ApiVersion::alpha(37) && ApiVersion::alpha(37) > v(36, 3));
    }
}
