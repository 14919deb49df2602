//! The address of a call: a path on the site that the session belongs to, and nowhere else.

use url::Url;

use crate::site::Site;
use crate::{Failure, FailureKind};

/// The longest address that is sent, in bytes.
const LENGTH_LIMIT: usize = 8 * 1024;

/// An address on a site, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target(Url);

/// The families of Cloud Director's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// `/api`: XML, or JSON on request.
    Legacy,
    /// `/cloudapi`: JSON.
    Open,
    /// What needs no API version: uploads, downloads, pages.
    Other,
}

impl Target {
    /// Reads a path, which begins with a slash, or a whole https address of `site`; a query may follow. What is not encoded
    /// yet and has to be, such as white space, is encoded.
    ///
    /// # Errors
    /// `InvalidOption` for an address of another site, another scheme, user information, a fragment, `.` and `..`
    /// as segments, backslashes and control characters. The message never repeats the text.
    pub(crate) fn parse(text: &str, site: &Site) -> Result<Self, Failure> {
        if text.len() > LENGTH_LIMIT {
            return refused("The path of the call is longer than 8 KiB.");
        }
        if text.contains(|c: char| c.is_control() || c == '\\' || c == '#') {
            return refused("The path of the call contains a control character, a backslash or a fragment (#).");
        }
        let path_and_query = if text.starts_with('/') { text } else { on_site(text, site)? };
        // Two slashes would begin another host's name, if anybody read the path as an address.
        if path_and_query.starts_with("//") {
            return refused("The path of the call begins with two slashes.");
        }
        let path = path_and_query.split('?').next().unwrap_or_default();
        if path.split('/').any(is_dots) {
            return refused("The path of the call contains a segment of dots.");
        }
        match Url::parse(&site.url(path_and_query)) {
            Ok(url) => Ok(Target(url)),
            Err(_) => refused("The path of the call cannot stand in an address."),
        }
    }

    /// What an answer calls the address of something, if it lies on `site`.
    pub(crate) fn told(&self, text: &str, site: &Site) -> Option<Self> {
        let url = self.0.join(text).ok()?;
        Self::parse(url.as_str(), site).ok()
    }

    /// Path and query of what an answer calls the address of something, whatever site it names: those whose public address
    /// differs from the one that the caller uses name that one. `None` if it is this very address.
    pub(crate) fn path_told(&self, text: &str) -> Option<String> {
        let url = self.0.join(text).ok()?;
        let there = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        (there != self.0[url::Position::BeforePath..]).then_some(there)
    }

    /// Path and query of the page of this number: the rest of the query stays as it is.
    pub(crate) fn at_page(&self, page: u64) -> String {
        let mut url = self.0.clone();
        let others = self.query().filter(|(name, _)| *name != "page").map(|(_, pair)| pair.to_owned());
        let query: Vec<String> = others.chain([format!("page={page}")]).collect();
        url.set_query(Some(&query.join("&")));
        url[url::Position::BeforePath..].to_owned()
    }

    /// The page that the query names; the first unless it does.
    pub(crate) fn page(&self) -> u64 {
        let named = self.query().find_map(|(_, pair)| pair.strip_prefix("page="));
        named.and_then(|page| page.parse().ok()).unwrap_or(1)
    }

    /// The names of the query, each with the whole pair.
    fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| (pair.split('=').next().unwrap_or_default(), pair))
    }

    /// The family that the path belongs to.
    pub(crate) fn api(&self) -> Api {
        match self.0.path_segments().and_then(|mut segments| segments.next()) {
            Some("api") => Api::Legacy,
            Some("cloudapi") => Api::Open,
            _ => Api::Other,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The path of an address that must be one of `site`.
fn on_site<'a>(address: &'a str, site: &Site) -> Result<&'a str, Failure> {
    const SCHEME: &str = "https://";
    let scheme = address.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME));
    if !scheme {
        return refused("The path of the call begins with neither a slash nor https://.");
    }
    let end = address[SCHEME.len()..].find(['/', '?']).map_or(address.len(), |length| SCHEME.len() + length);
    let (origin, path) = address.split_at(end);
    match Site::parse(origin) {
        Ok(other) if other == *site && path.starts_with('/') => Ok(path),
        Ok(other) if other == *site => refused("The address of the call has no path."),
        Ok(_) => refused("The address of the call is on another site than the session's, where no session is sent to."),
        Err(_) => refused("The address of the call has a host that is none, or user information before it."),
    }
}

/// Whether a segment goes up or nowhere, encoded or not.
fn is_dots(segment: &str) -> bool {
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    plain == "." || plain == ".."
}

fn refused<T>(why: &str) -> Result<T, Failure> {
    Err(Failure::new(FailureKind::InvalidOption, why))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn site() -> Site {
        Site::parse("vcd.example.com:8443").expect("valid")
    }

    fn target(text: &str) -> Target {
        Target::parse(text, &site()).expect(text)
    }

    #[test]
    fn a_path_stays_on_the_site_and_is_encoded() {
        for (text, url) in [
            ("/api/org", "/api/org"),
            ("/", "/"),
            ("/api/query?type=vm&filter=(name==a b)", "/api/query?type=vm&filter=(name==a%20b)"),
            ("/cloudapi/1.0.0/vms?filter=a..b", "/cloudapi/1.0.0/vms?filter=a..b"),
            ("/api/caf\u{e9}/a%2Fb", "/api/caf%C3%A9/a%2Fb"),
            ("/api/@evil.example:1/", "/api/@evil.example:1/"),
            ("https://vcd.example.com:8443/api/org?x=/..", "/api/org?x=/.."),
            ("HTTPS://VCD.example.com.:8443/api", "/api"),
        ] {
            assert_eq!(target(text).as_str(), format!("https://vcd.example.com:8443{url}"), "{text}");
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        let long = format!("/{}", "x".repeat(9000));
        for text in [
            "",
            "api/org",
            "//evil.example/api",
            "https://evil.example/api",
            "https://vcd.example.com/api",
            "https://vcd.example.com:443/api",
            "https://vcd.example.com:8443@evil.example/api",
            "https://user:secret@vcd.example.com:8443/api",
            "https://vcd.example.com:8443.evil.example/api",
            "https://vcd.example.com:8443",
            "https://vcd.example.com:8443?x=1",
            "https:///api",
            "http://vcd.example.com:8443/api",
            "ftp://vcd.example.com:8443/api",
            "https:/vcd.example.com:8443/api",
            "/api/../oauth",
            "/api/%2e%2E/oauth",
            "/api/.%2e",
            "/api/./org",
            "/..",
            "/api\\..\\oauth",
            "\\\\evil.example/api",
            "/api/org#part",
            "/api/org\n",
            "/api/\tx",
            "/api\0",
            " /api",
            &long,
        ] {
            let failure = Target::parse(text, &site()).expect_err(text);
            assert_eq!(failure.kind(), FailureKind::InvalidOption, "{text}");
            assert!(!failure.message().contains("evil") && !failure.message().contains("secret"), "{failure}");
        }
    }

    #[test]
    fn the_family_is_told_by_the_first_segment() {
        for (text, api) in [
            ("/api", Api::Legacy),
            ("/api/org", Api::Legacy),
            ("/api?x=1", Api::Legacy),
            ("/apis/x", Api::Other),
            ("/cloudapi/1.0.0/vms", Api::Open),
            ("/transfer/x", Api::Other),
            ("/", Api::Other),
        ] {
            assert_eq!(target(text).api(), api, "{text}");
        }
    }

    #[test]
    fn addresses_in_answers_are_taken_if_they_are_on_the_site() {
        let told = |text| target("/api/vApp/1?x=1").told(text, &site()).map(|target| target.as_str().to_owned());
        let task = "https://vcd.example.com:8443/api/task/7";
        assert_eq!(told(task).as_deref(), Some(task));
        assert_eq!(told("/api/task/7").as_deref(), Some(task));
        for foreign in ["https://evil.example/api/task/7", "//evil.example/", "http://vcd.example.com:8443/api", "#x"] {
            assert_eq!(told(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn pages_are_named_in_the_query() {
        assert_eq!(target("/a?pageSize=5").page(), 1);
        assert_eq!(target("/a?page=3&pageSize=5").page(), 3);
        assert_eq!(target("/a?page=3&filter=x%3D%3D1").at_page(4), "/a?filter=x%3D%3D1&page=4");
        let here = target("/a?page=3");
        assert_eq!(here.path_told("https://public.example/a?page=4#x").as_deref(), Some("/a?page=4"));
        assert_eq!(here.path_told("/a?page=3"), None);
    }

    proptest! {
        #[test]
        fn whatever_the_text_the_address_is_on_the_site(text in "(https://(vcd\\.example\\.com:8443)?|/)?.{0,60}") {
            if let Ok(Target(url)) = Target::parse(&text, &site()) {
                prop_assert_eq!((url.scheme(), url.host_str(), url.port()), ("https", Some("vcd.example.com"), Some(8443)));
                prop_assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
                let again = Target::parse(url.as_str(), &site());
                prop_assert_eq!(again.map(|again| again.0), Ok(url));
            }
        }

        #[test]
        fn dots_never_leave_their_place(segments in prop::collection::vec("(\\.|%2[eE]|a|/|;|%2f){0,4}", 1..5)) {
            let text = format!("/api/{}", segments.join("/"));
            if let Ok(Target(url)) = Target::parse(&text, &site()) {
                prop_assert_eq!(url.path(), text.as_str());
            }
        }
    }
}
