//! `GET /api/versions`, and paths that do not exist.

use vcdsim::{Options, Release, Simulator};

use crate::client::{acme_session, call, get, request};

/// The texts between `<tag>` and `</tag>`.
fn texts<'a>(xml: &'a str, tag: &str) -> Vec<&'a str> {
    let parts = xml.split(&format!("<{tag}>")).skip(1).collect::<Vec<_>>();
    parts.into_iter().map(|part| part.split("</").next().unwrap()).collect()
}

fn versions_of(release: Release) -> String {
    let simulator = Simulator::start(Options { release, ..Options::default() }).expect("a simulator");
    let answer = call(&simulator, &request("GET", "/api/versions", &[], ""));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/xml")));
    answer.body
}

#[test]
fn the_list_of_10_6_ends_with_39_0() {
    let xml = versions_of(Release::V10_6);
    let expected = ["36.0", "36.1", "36.2", "36.3", "37.0", "37.1", "37.2", "37.3", "38.0", "38.1", "39.0"];
    assert_eq!(texts(&xml, "Version")[..11], expected);
    assert_eq!(texts(&xml, "Version")[11..], ["40.0.0-alpha-123456"]);
    assert_eq!(xml.matches("<VersionInfo deprecated=\"true\">").count(), 4);
    assert_eq!(texts(&xml, "LoginUrl")[0], "https://vcd.test/cloudapi/1.0.0/sessions");
    assert_eq!(texts(&xml, "ProviderLoginUrl")[0], "https://vcd.test/cloudapi/1.0.0/sessions/provider");
}

#[test]
fn the_list_of_10_3_3_offers_31_0_as_deprecated() {
    let xml = versions_of(Release::V10_3_3);
    assert!(xml.contains("<VersionInfo deprecated=\"true\">\n    <Version>31.0</Version>\n"), "{xml}");
    assert_eq!(texts(&xml, "Version")[9], "36.3");
    assert_eq!(texts(&xml, "LoginUrl")[0], "https://vcd.test/api/sessions");
    assert_eq!(texts(&xml, "ProviderLoginUrl").len(), 9, "33.0 to 36.3 and the alpha");
}

#[test]
fn vcf_automation_offers_nothing_below_40_0() {
    let simulator = Simulator::start(Options { release: Release::VCFA_9_0, ..Options::default() }).unwrap();
    let xml = versions_of(Release::VCFA_9_0);
    assert_eq!(texts(&xml, "Version"), ["40.0", "9.0.0", "41.0.0-alpha-123456"]);
    let token = acme_session(&simulator);
    for (accept, status) in [
        ("application/json;version=40.0", 200),
        ("application/json;version=9.0.0", 200),
        ("application/json;version=39.1", 406),
    ] {
        assert_eq!(get(&simulator, "/cloudapi/1.0.0/sessions/current", accept, &token).status, status, "{accept}");
    }
}

#[test]
fn what_does_not_exist_is_told_in_the_form_of_its_interface() {
    let simulator = Simulator::start(Options::default()).expect("a simulator");
    for (path, content_type) in [
        ("/cloudapi/1.0.0/nothing", "application/json"),
        ("/api/nothing", "application/vnd.vmware.vcloud.error+xml"),
        ("/oauth/tenant/acme", "text/html; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/oauth/tenant/acme%2Ftoken", "text/html; charset=utf-8"),
    ] {
        let answer = call(&simulator, &request("GET", path, &[], ""));
        assert_eq!((answer.status, answer.header("content-type")), (404, Some(content_type)), "{path}");
    }
    let post = call(&simulator, &request("POST", "/api/versions", &[], ""));
    assert_eq!((post.status, post.header("allow")), (405, Some("GET")));
    assert_eq!(post.header("content-type"), Some("application/vnd.vmware.vcloud.error+xml"));
}
