//! API versions: which ones a site offers, and which one to ask for.
//!
//! The token exchange needs none. Everything under `/cloudapi` wants one in its `Accept` header and answers 406 without.

use std::fmt;
use std::str::FromStr;

use quick_xml::events::Event;

/// The lowest version that knows API tokens (Cloud Director 10.3.1).
const LOWEST: ApiVersion = ApiVersion { major: 36, minor: 1 };
/// The highest major version this client was written for (Cloud Director 10.6).
const HIGHEST_MAJOR: u16 = 39;
/// The highest major version in which sites still know sessions of the old kind.
const LAST_LEGACY_MAJOR: u16 = 37;

/// A version of Cloud Director's API, such as 37.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ApiVersion {
    major: u16,
    minor: u16,
}

impl ApiVersion {
    /// Offered from 10.4 to 10.6.
    const USUAL: ApiVersion = ApiVersion { major: 37, minor: 0 };
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = ();

    /// Takes `major.minor` only: alpha versions and newer forms such as 9.0.0 are none that this client knows.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.trim().split_once('.').ok_or(())?;
        Ok(ApiVersion { major: major.parse().map_err(drop)?, minor: minor.parse().map_err(drop)? })
    }
}

/// The versions to ask a site for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// The one for everything that exists in it.
    pub(crate) current: ApiVersion,
    /// The one for what ended with 38.0: the same at sites that offer none below.
    pub(crate) legacy: ApiVersion,
}

impl Agreed {
    /// What is asked for when a site hides its list.
    pub(crate) const ASSUMED: Agreed = Agreed { current: ApiVersion::USUAL, legacy: ApiVersion::USUAL };
}

/// One entry of `/api/versions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offer {
    version: ApiVersion,
    deprecated: bool,
}

/// Reads the answer of `GET /api/versions`; `None` if it is no such list.
pub(crate) fn read(body: &[u8]) -> Option<Vec<Offer>> {
    let mut reader = quick_xml::Reader::from_reader(body);
    let (mut offers, mut is_list, mut deprecated, mut in_version) = (Vec::new(), false, None, false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "SupportedVersions" => is_list = true,
                "VersionInfo" => {
                    let attribute = element.try_get_attribute("deprecated").ok().flatten();
                    deprecated = Some(attribute.is_some_and(|flag| flag.value.as_ref() == "true"));
                }
                "Version" => in_version = true,
                _ => {}
            },
            Event::Text(text) if in_version => {
                let version = text.parse().ok();
                // Alpha versions stand outside VersionInfo and are left out.
                if let (Some(version), Some(deprecated)) = (version, deprecated) {
                    offers.push(Offer { version, deprecated });
                }
            }
            Event::End(element) => match element.local_name().as_ref() {
                "VersionInfo" => deprecated = None,
                "Version" => in_version = false,
                _ => {}
            },
            Event::Eof => return is_list.then_some(offers),
            _ => {}
        }
    }
}

/// The versions to ask for: the highest that this client was written for, rather ones that are not deprecated; at a site
/// that is newer altogether, the lowest it has. `None` if the site is too old.
pub(crate) fn choose(offers: &[Offer]) -> Option<Agreed> {
    let newer = || offers.iter().map(|offer| offer.version).filter(|version| version.major > HIGHEST_MAJOR).min();
    let current = highest(offers, HIGHEST_MAJOR).or_else(newer)?;
    Some(Agreed { current, legacy: highest(offers, LAST_LEGACY_MAJOR).unwrap_or(current) })
}

/// The highest offer up to a major version.
fn highest(offers: &[Offer], up_to: u16) -> Option<ApiVersion> {
    let usable = || offers.iter().filter(|offer| offer.version >= LOWEST && offer.version.major <= up_to);
    let current = usable().filter(|offer| !offer.deprecated).map(|offer| offer.version).max();
    current.or_else(|| usable().map(|offer| offer.version).max())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, bool)]) -> String {
        let entries: String = entries
            .iter()
            .map(|(version, deprecated)| {
                format!(r#"<VersionInfo deprecated="{deprecated}"><Version>{version}</Version><LoginUrl>https://sim/</LoginUrl></VersionInfo>"#)
            })
            .collect();
        format!(
            r#"<?xml version="1.0"?><SupportedVersions xmlns="http://www.vmware.com/vcloud/versions">{entries}
            <AlphaVersion deprecated="false"><Version>40.0.0-alpha-1</Version></AlphaVersion></SupportedVersions>"#
        )
    }

    #[test]
    fn the_version_asked_for_is_known_current_and_high() {
        for (entries, expected) in [
            (&[("36.3", true), ("37.2", false), ("37.10", false)][..], Some(("37.10", "37.10"))),
            (&[("38.1", false), ("39.1", false), ("40.0", false)], Some(("39.1", "39.1"))),
            (&[("39.1", true), ("38.1", false)], Some(("38.1", "38.1"))),
            (&[("36.1", true), ("36.3", true)], Some(("36.3", "36.3"))),
            (&[("36.3", true), ("37.1", true), ("38.0", false), ("39.0", false)], Some(("39.0", "37.1"))),
            (&[("40.0", false), ("40.1", false)], Some(("40.0", "40.0"))),
            (&[("36.0", false), ("35.0", false)], None),
            (&[], None),
        ] {
            let offers = read(list(entries).as_bytes()).expect("a list");
            let chosen = choose(&offers).map(|agreed| (agreed.current.to_string(), agreed.legacy.to_string()));
            let chosen = chosen.as_ref().map(|(current, legacy)| (current.as_str(), legacy.as_str()));
            assert_eq!(chosen, expected, "{entries:?}");
        }
    }

    #[test]
    fn what_is_no_list_gives_nothing() {
        for body in ["", "<html></html>", "<SupportedVersions>", "not xml <", "{}"] {
            assert!(read(body.as_bytes()).is_none_or(|offers| offers.is_empty()), "{body}");
        }
        assert!(read(b"<html></html>").is_none());
    }
}
