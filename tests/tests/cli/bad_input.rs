//! What the program refuses: each with its own reason, without a connection, and without showing the secret.

use crate::{Case, Site, text};

pub(crate) const CASES: &[Case] = &[
    ("refused_before_a_connection", refused_before_a_connection),
    ("tokens_are_refused_before_a_connection", tokens_are_refused_before_a_connection),
    ("a_stray_argument_is_not_repeated", a_stray_argument_is_not_repeated),
    ("a_rejected_token_is_explained", a_rejected_token_is_explained),
    ("contradictions_are_usage_errors", contradictions_are_usage_errors),
];

const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5";

fn refused_before_a_connection(site: &Site) {
    let url = site.simulator.url();
    let with_user = url.replace("https://", "https://canary:canary@");
    let plain = url.replace("https://", "http://");
    for (server, org, name) in [
        ("", "acme", "InvalidServer (1011)"),
        (&with_user, "acme", "InvalidServer (1011)"),
        (&plain, "acme", "InvalidServer (1011)"),
        ("local\thost", "acme", "InvalidServer (1011)"),
        (JWT, "acme", "InvalidServer (1011)"),
        (&format!("Bearer {JWT}"), "acme", "InvalidServer (1011)"),
        (url, "", "InvalidOrganization (1012)"),
        (url, "a/b", "InvalidOrganization (1012)"),
        (url, "..", "InvalidOrganization (1012)"),
        (url, "a\nb", "InvalidOrganization (1012)"),
        (url, JWT, "InvalidOrganization (1012)"),
        (url, "WVVHoMr9canarymnopqrstuvwx012345", "InvalidOrganization (1012)"),
    ] {
        let mut call = site.call(&["get", "--server", server, "--org", org]);
        let refused = call.write_stdin(site.tenant().api_token.as_str()).assert().code(2).stdout("");
        let told = text(&refused.get_output().stderr);
        assert!(told.contains(name) && told.contains("What to do: "), "{server:?} {org:?}: {told}");
        assert!(!told.contains("canary") && !told.contains(JWT), "{told}");
    }
    let bad_options: [&[&str]; 3] =
        [&["--ca-certificate", "/nowhere/ca.pem"], &["--certificate-sha256", "abc"], &["--provider"]];
    for options in bad_options {
        let mut call = site.call(&["get", "--server", url, "--org", "acme"]);
        call.args(options);
        let refused = call.write_stdin(site.tenant().api_token.as_str()).assert().code(2).stdout("");
        assert!(text(&refused.get_output().stderr).contains("InvalidOption (1014)"));
    }
    assert_eq!(site.simulator.journal().connections, 0);
}

fn tokens_are_refused_before_a_connection(site: &Site) {
    let megabyte = "canary".repeat(200_000);
    for token in
        ["", " \n", "can ary", "can\nary", "can\u{7}ary", "\"canary\"", JWT, &format!("Bearer {JWT}"), &megabyte]
    {
        let mut call = site.trusting_call(&["get", "--org", "acme"]);
        let refused = call.write_stdin(token).assert().code(2).stdout("");
        let told = text(&refused.get_output().stderr);
        assert!(told.contains("InvalidToken (1013)"), "{told}");
        assert!(!told.contains("canary") && !told.contains(JWT), "{told}");
    }
    assert_eq!(site.simulator.journal().connections, 0);
}

fn a_stray_argument_is_not_repeated(site: &Site) {
    for arguments in [&["canary-token"][..], &["get", "--provider", "canary-token"], &["get", "--token=canary-token"]] {
        let mut call = site.trusting_call(arguments);
        let told = text(&call.write_stdin("").assert().code(2).stdout("").get_output().stderr);
        assert!(!told.contains("canary") && told.contains("--help"), "{told}");
    }
}

fn a_rejected_token_is_explained(site: &Site) {
    let mut call = site.trusting_call(&["get", "--org", "globex"]);
    let token = &site.tenant().api_token;
    let rejected = call.write_stdin(token.as_str()).assert().code(4).stdout("");
    let told = text(&rejected.get_output().stderr);
    assert!(told.contains("TokenRejected (3001)") && told.contains("globex"), "{told}");
    assert!(told.contains("HTTP status 400") && told.contains("What to do: "), "{told}");
    assert!(!told.contains(token.as_str()), "{told}");
}

fn contradictions_are_usage_errors(site: &Site) {
    let pin = site.simulator.leaf_sha256();
    let ca = &site.program.paths().write(site.simulator.ca_file());
    let both = "cannot be used with";
    for (arguments, complaint) in [
        (&["get", "--server", "localhost"][..], "--org <NAME>"),
        (&["get", "--org", "acme"], "--server <HOST>"),
        (&["check"], "--server <HOST>"),
        (&["end", "--server", "localhost", "--skip-certificate-check", "--certificate-sha256", pin], both),
        (&["end", "--server", "localhost", "--ca-certificate", ca, "--certificate-sha256", pin], both),
        (&["end", "--server", "localhost", "--ca-certificate", ca, "--skip-certificate-check"], both),
        (&["check", "--server", "localhost", "--timeout", "0"], "--timeout <SECONDS>"),
        (&["get", "--server", "localhost", "--org", "acme", "--format", "xml"], "--format <FORMAT>"),
    ] {
        let told = text(&site.call(arguments).write_stdin("").assert().code(2).stdout("").get_output().stderr);
        assert!(told.starts_with("error: ") && told.contains(complaint), "{arguments:?}: {told}");
    }
}
