//! REST calls.

use vcdsim::{Effect, Fault, Match};

use crate::{Case, Site, text};

pub(crate) const CASES: &[Case] = &[
    ("a_call_prints_the_body_and_nothing_else", a_call_prints_the_body_and_nothing_else),
    ("a_list_tells_its_next_page", a_list_tells_its_next_page),
    ("a_body_comes_from_a_file_or_standard_input", a_body_comes_from_a_file_or_standard_input),
    ("a_refusal_has_its_exit_status_and_prints_nothing", a_refusal_has_its_exit_status_and_prints_nothing),
    ("a_call_to_another_place_is_refused_before_a_connection", a_call_to_another_place_is_refused_before_a_connection),
    ("a_dead_session_ends_a_call", a_dead_session_ends_a_call),
    ("the_help_of_call_has_examples", the_help_of_call_has_examples),
];

/// Lets requests to `/things` be answered so.
fn answer_things(site: &Site, status: u16, headers: &[(&str, &str)]) {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let effect = Effect { status: Some(status), headers, ..Effect::default() };
    let matching = Match { path: Some("/things".to_owned()), ..Match::default() };
    site.simulator.add_fault(Fault { matching, effect, ..Fault::default() });
}

fn a_call_prints_the_body_and_nothing_else(site: &Site) {
    let session = site.session();
    let call = |arguments: &[&str]| {
        let mut call = site.trusting_call(&["call"]);
        let done = call.args(arguments).write_stdin(session.as_str()).assert().success().stderr("");
        text(&done.get_output().stdout)
    };
    let current: serde_json::Value =
        serde_json::from_str(&call(&["/cloudapi/1.0.0/sessions/current"])).expect("JSON and nothing else");
    assert_eq!(current["user"]["name"], site.tenant().user.as_str());
    assert!(call(&["/api/org"]).contains("<OrgList"));
    assert!(call(&["--accept", "application/*+json", "/api/org"]).starts_with('{'));
    assert!(call(&[&format!("{}/api/org", site.simulator.url())]).contains("<OrgList"));
    call(&["--api-version", "36.3", "/api/org"]);
    let journal = site.simulator.journal();
    assert_eq!(journal.requests.last().and_then(|last| last.accept.as_deref()), Some("application/*+xml;version=36.3"));
    assert!(journal.requests.iter().all(|request| !request.secret_in_url), "{journal:?}");
}

fn a_list_tells_its_next_page(site: &Site) {
    let session = site.session();
    let mut path = "/api/query?type=vm&format=records&pageSize=5".to_owned();
    let (mut pages, mut records) = (0, 0);
    loop {
        let done = site.trusting_call(&["call", &path]).write_stdin(session.as_str()).assert().success();
        pages += 1;
        records += text(&done.get_output().stdout).matches("<VMRecord ").count();
        match text(&done.get_output().stderr).trim_end().strip_prefix("next page: ") {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((pages, records), (3, 12));
}

fn a_body_comes_from_a_file_or_standard_input(site: &Site) {
    const BODY: &str = r#"{"name":"x","size":7}"#;
    let session = site.session();
    let file = site.home.path().join("body.json");
    std::fs::write(&file, BODY).expect("writable");
    answer_things(site, 202, &[("Location", "/cloudapi/1.0.0/things/1")]);
    let post = ["call", "--method", "post", "/cloudapi/1.0.0/things"];

    let mut call = site.trusting_call(&post);
    let done = call
        .arg("--body-file")
        .arg(site.program.paths().write(&file))
        .write_stdin(session.as_str())
        .assert()
        .success()
        .stdout("");
    let told = text(&done.get_output().stderr);
    assert!(told.contains("HTTP status 202") && told.contains("/cloudapi/1.0.0/things/1"), "{told}");

    let mut call = site.trusting_call(&post);
    call.args(["--body-file", "-"]).env("VCD_TOKEN", &session).write_stdin(BODY).assert().success();
    let sent = site.simulator.journal().requests;
    let sent: Vec<_> = sent.iter().filter(|request| request.path.ends_with("/things")).collect();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| request.body_fields == ["name", "size"]), "{sent:?}");

    let mut call = site.trusting_call(&post);
    let told = text(&call.args(["--body-file", "-"]).write_stdin(BODY).assert().code(2).stdout("").get_output().stderr);
    assert!(told.contains("MissingParameter (1010)") && told.contains("VCD_TOKEN"), "{told}");
    let mut call = site.trusting_call(&post);
    let told = text(
        &call.args(["--body-file", "/nowhere/x"]).write_stdin(session.as_str()).assert().code(2).get_output().stderr,
    );
    assert!(told.contains("InvalidOption (1014)"), "{told}");
}

fn a_refusal_has_its_exit_status_and_prints_nothing(site: &Site) {
    let session = site.session();
    for (arguments, name, said) in [
        (&["/api/nothing"][..], "NotFound (3010)", "RESOURCE_NOT_FOUND"),
        (&["/cloudapi/1.0.0/tokens"], "AccessDenied (3003)", "ACCESS_TO_RESOURCE_IS_FORBIDDEN"),
        (&["--api-version", "99.0", "/api/org"], "ApiVersionUnsupported (3008)", "39.0"),
        (&["--method", "PUT", "/api/org"], "RequestRejected (3011)", "HTTP status 405, request id "),
    ] {
        let mut call = site.trusting_call(&["call"]);
        let done = call.args(arguments).write_stdin(session.as_str()).assert().code(4).stdout("");
        let told = text(&done.get_output().stderr);
        assert!(told.contains(name) && told.contains(said) && told.contains("request id"), "{arguments:?}: {told}");
    }
}

fn a_call_to_another_place_is_refused_before_a_connection(site: &Site) {
    let session = site.session();
    let before = site.simulator.journal().connections;
    let token = &site.tenant().api_token;
    for path in
        ["https://elsewhere.example/api/org", "//elsewhere.example/", "/api/../x", "api/org", "/api#canary", token]
    {
        let mut call = site.trusting_call(&["call", path]);
        let told = text(&call.write_stdin(session.as_str()).assert().code(2).stdout("").get_output().stderr);
        assert!(told.contains("InvalidOption (1014)"), "{path}: {told}");
        assert!(!told.contains("elsewhere") && !told.contains("canary") && !told.contains(token), "{told}");
    }
    assert_eq!(site.simulator.journal().connections, before);
}

fn a_dead_session_ends_a_call(site: &Site) {
    let session = site.session();
    site.trusting_call(&["end"]).write_stdin(session.as_str()).assert().success();
    let mut call = site.trusting_call(&["call", "/api/org"]);
    let told = text(&call.write_stdin(session.as_str()).assert().code(4).stdout("").get_output().stderr);
    assert!(told.contains("SessionExpired (3004)"), "{told}");
}

fn the_help_of_call_has_examples(site: &Site) {
    let help = text(&site.call(&["call", "--help"]).assert().success().get_output().stdout);
    assert!(help.contains("Examples:") && help.contains("vcd-bearer call --server"), "{help}");
}
