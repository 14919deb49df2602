//! Logging in, checking and logging out.

use vcdsim::Kind;

use crate::{Case, Site, text};

pub(crate) const CASES: &[Case] = &[
    ("get_prints_each_format", get_prints_each_format),
    ("json_tells_what_is_known", json_tells_what_is_known),
    ("check_and_end_follow_the_session", check_and_end_follow_the_session),
    ("the_token_comes_from_the_environment_first", the_token_comes_from_the_environment_first),
    ("a_byte_order_mark_is_no_part_of_a_secret", a_byte_order_mark_is_no_part_of_a_secret),
    ("the_provider_logs_in_both_ways", the_provider_logs_in_both_ways),
    ("organizations_are_encoded", organizations_are_encoded),
    ("nothing_secret_is_in_an_address", nothing_secret_is_in_an_address),
    ("help_has_examples_and_shells_have_completions", help_has_examples_and_shells_have_completions),
];

/// Three dotted parts of base64url.
fn is_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let base64url =
        |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    parts.len() == 3 && parts.iter().all(base64url)
}

fn get_prints_each_format(site: &Site) {
    for (format, prefix) in [
        (None, "Bearer "),
        (Some("session-id"), "Bearer "),
        (Some("bearer"), ""),
        (Some("header"), "Authorization: Bearer "),
    ] {
        let arguments: Vec<&str> = format.iter().flat_map(|format| ["--format", format]).collect();
        let output = site.get(&arguments).assert().success().stderr("").get_output().stdout.clone();
        let output = text(&output);
        let jwt = output.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('\n')).unwrap_or_default();
        assert!(is_jwt(jwt), "{format:?} gave {output:?}");
    }
}

fn json_tells_what_is_known(site: &Site) {
    let output = site.get(&["--format", "json"]).assert().success().get_output().stdout.clone();
    let json: serde_json::Value = serde_json::from_slice(&output).expect("one JSON object");
    assert_eq!(json["server"], "localhost");
    assert_eq!(json["port"], site.simulator.port());
    assert_eq!(json["org"], "acme");
    assert_eq!(json["user"], site.tenant().user.as_str());
    assert!(json["access_token"].as_str().is_some_and(is_jwt), "{}", json["access_token"]);
    assert_eq!(json["session_id"], format!("Bearer {}", json["access_token"].as_str().expect("a string")));
    let [issued, expires] = ["issued_at", "expires_at"].map(|name| json[name].as_str().expect("a time").to_owned());
    assert!(issued.len() == 20 && issued.ends_with('Z') && issued < expires, "{issued} {expires}");
    assert_eq!(json.as_object().expect("an object").len(), 8);
}

fn check_and_end_follow_the_session(site: &Site) {
    let session = site.session();
    let alive = site.trusting_call(&["check"]).write_stdin(session.as_str()).assert().success().stdout("");
    let told = text(&alive.get_output().stderr);
    assert!(told.contains(&site.tenant().user) && told.contains("acme"), "{told}");

    site.trusting_call(&["end"]).write_stdin(session.as_str()).assert().success().stdout("");
    assert!(site.simulator.sessions().is_empty());

    let over = site.trusting_call(&["check"]).write_stdin(session.as_str()).assert().code(4).stdout("");
    assert!(text(&over.get_output().stderr).contains("SessionExpired (3004)"));
    site.trusting_call(&["end"]).write_stdin(session.as_str()).assert().success();
}

/// Windows PowerShell pipes so with `$OutputEncoding = [Text.Encoding]::UTF8`.
fn a_byte_order_mark_is_no_part_of_a_secret(site: &Site) {
    let piped = |text: &str| format!("\u{feff}{text}\r\n");
    let mut call = site.trusting_call(&["get", "--org", "acme"]);
    let output = call.write_stdin(piped(&site.tenant().api_token)).assert().success().get_output().stdout.clone();
    site.trusting_call(&["check"]).write_stdin(piped(text(&output).trim_end())).assert().success();
}

fn the_token_comes_from_the_environment_first(site: &Site) {
    let mut call = site.trusting_call(&["get", "--org", "acme"]);
    call.env("VCD_API_TOKEN", &site.tenant().api_token).write_stdin("not a token").assert().success();

    let session = site.session();
    let mut call = site.trusting_call(&["check"]);
    call.env("VCD_TOKEN", &session).write_stdin("not a session").assert().success();

    let mut call = site.get(&[]);
    call.env("VCD_API_TOKEN", "").assert().success();
}

fn the_provider_logs_in_both_ways(site: &Site) {
    let provider = site.simulator.login("System", Kind::Provider).expect("there is a provider");
    for arguments in [&["get", "--provider"][..], &["get", "--org", "system"]] {
        let mut call = site.trusting_call(arguments);
        let output = call.arg("--format=json").write_stdin(provider.api_token.as_str()).assert().success();
        let json: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).expect("JSON");
        assert_eq!((&json["org"], &json["user"]), (&"System".into(), &provider.user.as_str().into()));
    }
}

fn organizations_are_encoded(site: &Site) {
    let login = site.simulator.login("Blue Sky", Kind::Tenant).expect("Blue Sky has a tenant user");
    site.trusting_call(&["get", "--org", "Blue Sky"]).write_stdin(login.api_token.as_str()).assert().success();
    let journal = site.simulator.journal();
    assert!(journal.requests.iter().any(|request| request.path == "/oauth/tenant/Blue%20Sky/token"), "{journal:?}");
}

fn nothing_secret_is_in_an_address(site: &Site) {
    let session = site.session();
    site.trusting_call(&["check"]).write_stdin(session.as_str()).assert().success();
    site.trusting_call(&["end"]).write_stdin(session.as_str()).assert().success();
    let journal = site.simulator.journal();
    assert!(journal.requests.len() >= 3, "{journal:?}");
    assert!(journal.requests.iter().all(|request| !request.secret_in_url), "{journal:?}");
}

fn help_has_examples_and_shells_have_completions(site: &Site) {
    for arguments in [&["--help"][..], &["get", "--help"]] {
        let help = text(&site.call(arguments).assert().success().get_output().stdout);
        assert!(help.contains("Examples:") && help.contains("vcd-bearer get --server"), "{help}");
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = text(&site.call(&["completions", shell]).assert().success().get_output().stdout);
        assert!(script.contains("--ca-certificate") || script.contains("ca-certificate"), "{shell}: {script}");
    }
}
