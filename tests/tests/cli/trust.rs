//! Which certificates the program accepts.

use crate::{Case, Site, text};

pub(crate) const CASES: &[Case] = &[
    ("an_unknown_authority_is_refused_with_the_fingerprint", an_unknown_authority_is_refused_with_the_fingerprint),
    ("a_pin_is_enough", a_pin_is_enough),
    ("a_wrong_pin_is_refused", a_wrong_pin_is_refused),
    ("skipping_the_check_warns", skipping_the_check_warns),
];

fn get(site: &Site, trust: &[&str]) -> assert_cmd::assert::Assert {
    let mut call = site.call(&["get", "--server", site.simulator.url(), "--org", "acme"]);
    call.args(trust).write_stdin(site.tenant().api_token.as_str()).assert()
}

/// No request, and with it no token, has reached the simulator.
fn assert_nothing_was_sent(site: &Site) {
    assert!(site.simulator.journal().requests.is_empty(), "{:?}", site.simulator.journal());
}

fn an_unknown_authority_is_refused_with_the_fingerprint(site: &Site) {
    let refused = get(site, &[]).code(3).stdout("");
    let told = text(&refused.get_output().stderr);
    assert!(told.contains("CertificateUntrusted (2012)") && told.contains(site.simulator.leaf_sha256()), "{told}");
    assert_nothing_was_sent(site);
}

fn a_pin_is_enough(site: &Site) {
    get(site, &["--certificate-sha256", site.simulator.leaf_sha256()]).success().stderr("");
}

fn a_wrong_pin_is_refused(site: &Site) {
    let refused = get(site, &["--certificate-sha256", &"0".repeat(64)]).code(3).stdout("");
    let told = text(&refused.get_output().stderr);
    assert!(told.contains("CertificatePinMismatch (2015)") && told.contains(site.simulator.leaf_sha256()), "{told}");
    assert_nothing_was_sent(site);
}

fn skipping_the_check_warns(site: &Site) {
    let told = text(&get(site, &["--skip-certificate-check"]).success().get_output().stderr);
    assert!(told.starts_with("warning: ") && told.contains("not checked"), "{told}");
}
