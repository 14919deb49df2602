//! Calls of any path, against the simulator.

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{Stage, about, run};
use vcd_auth::{CallOptions, CallRequest, Failure, FailureKind, Method, Progress, Response, Reuse, Session};
use vcdsim::{Close, Effect, Fault, Kind, Match, Options, Release};

fn call(
    stage: &Stage,
    session: &Session,
    method: Method,
    path: &str,
    options: CallOptions,
) -> Result<Response, Failure> {
    let request = CallRequest::new(about(session), method, path, options)?;
    run(stage.client.call(&request, &Progress::default()))
}

fn get(stage: &Stage, session: &Session, path: &str) -> Result<Response, Failure> {
    call(stage, session, Method::Get, path, CallOptions::default())
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).expect("text")
}

fn body(text: &str) -> CallOptions {
    CallOptions { body: Some(text.as_bytes().to_vec().into()), ..CallOptions::default() }
}

/// How many requests to such a path arrived.
fn arrived(stage: &Stage, path: &str) -> usize {
    stage.simulator.journal().requests.iter().filter(|request| request.path.contains(path)).count()
}

fn answering(status: u16, headers: &[(&str, &str)], body: &str) -> Effect {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Effect { status: Some(status), headers, body: Some(body.to_owned()), ..Effect::default() }
}

fn once(stage: &Stage, path: &str, effect: Effect) {
    let matching = Match { path: Some(path.to_owned()), method: None };
    stage.simulator.add_fault(Fault { matching, effect, times: Some(1), ..Fault::default() });
}

#[test]
fn both_interfaces_answer_in_their_own_form_and_versions_are_agreed_on_once() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    let org = get(&stage, &session, "/api/org").expect("XML");
    assert!(text(&org).contains("<OrgList"), "{}", text(&org));
    assert!(org.content_type.as_deref().is_some_and(|own| own.contains("+xml")), "{:?}", org.content_type);
    assert_eq!((org.http_status, org.attempts, org.request_id.is_some()), (200, 1, true));
    assert_eq!(org.api_version.as_deref(), Some("39.0"));

    let whole = format!("{}/cloudapi/1.0.0/sessions/current", stage.simulator.url());
    let current = get(&stage, &session, &whole).expect("JSON");
    let json: serde_json::Value = serde_json::from_slice(&current.body).expect("JSON");
    assert_eq!(json["org"]["name"], "acme");

    let json = CallOptions { accept: Some("application/*+json".into()), ..CallOptions::default() };
    let json = call(&stage, &session, Method::Get, "/api/org", json).expect("JSON of the legacy API");
    assert!(text(&json).starts_with('{'), "{}", text(&json));

    let old = CallOptions { api_version: Some("36.3".into()), ..CallOptions::default() };
    call(&stage, &session, Method::Get, "/api/org", old).expect("an older version");
    let asked: Vec<String> =
        stage.simulator.journal().requests.into_iter().filter_map(|request| request.accept).collect();
    assert_eq!(asked.last().map(String::as_str), Some("application/*+xml;version=36.3"));
    assert_eq!(arrived(&stage, "/api/versions"), 1);
}

#[test]
fn a_head_asks_without_a_body() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    once(&stage, "/api/org", answering(200, &[("Content-Length", "7000000")], ""));
    let head = call(&stage, &session, Method::Head, "/api/org", CallOptions::default()).expect("answered");
    assert!(head.body.is_empty() && head.next_page.is_none());
}

/// Follows a list to its end: how many pages, and how often `record` occurs in them.
fn pages(stage: &Stage, session: &Session, first: &str, record: &str) -> (usize, usize) {
    let (mut path, mut pages, mut records) = (first.to_owned(), 0, 0);
    loop {
        let page = get(stage, session, &path).expect("a page");
        pages += 1;
        records += text(&page).matches(record).count();
        match page.next_page {
            Some(next) => path = next,
            None => return (pages, records),
        }
    }
}

#[test]
fn a_list_of_six_hundred_is_followed_to_its_end_in_both_interfaces() {
    let stage = Stage::with(Options { inventory_vms: 600, ..Options::default() }, Duration::from_secs(30));
    let session = stage.session("acme", Kind::Tenant);
    let xml = "/api/query?type=vm&format=records&pageSize=128&sortAsc=name";
    assert_eq!(pages(&stage, &session, xml, "<VMRecord "), (5, 600));
    assert_eq!(pages(&stage, &session, "/api/query?type=vm&filter=(name==app*)", "<VMRecord ").1, 600);
    let json = "/cloudapi/1.0.0/securityTags/entities?pageSize=100";
    assert_eq!(pages(&stage, &session, json, "\"entityType\""), (6, 600));
}

#[test]
fn an_address_that_could_lead_elsewhere_is_refused_before_anything_is_sent() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    let other = Stage::new();
    let before = stage.simulator.journal().connections;
    for path in [other.simulator.url(), "https://127.0.0.1/api/org", "//evil.example/", "/api/../oauth/x", "api/org"] {
        let failure = get(&stage, &session, path).err().expect(path);
        assert_eq!(failure.kind(), FailureKind::InvalidOption, "{path}");
    }
    assert_eq!(stage.simulator.journal().connections, before);
    assert_eq!(other.simulator.journal().connections, 0);
}

#[test]
fn refusals_carry_what_cloud_director_said() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    for path in ["/api/nothing", "/cloudapi/1.0.0/nothing"] {
        let failure = get(&stage, &session, path).err().expect(path);
        assert_eq!((failure.kind(), failure.http_status()), (FailureKind::NotFound, Some(404)), "{path}");
        assert_eq!(failure.minor_error_code(), Some("RESOURCE_NOT_FOUND"), "{path}");
        assert!(failure.message().contains("simulated: ") && failure.request_id().is_some(), "{failure}");
    }
    let forbidden = get(&stage, &session, "/cloudapi/1.0.0/tokens").err().expect("forbidden");
    assert_eq!(forbidden.kind(), FailureKind::AccessDenied);
    let version = CallOptions { api_version: Some("99.0".into()), ..CallOptions::default() };
    let version = call(&stage, &session, Method::Get, "/api/org", version).err().expect("not offered");
    assert_eq!(version.kind(), FailureKind::ApiVersionUnsupported);
    assert!(version.message().contains("39.0"), "the list of the server: {version}");
    assert_eq!(arrived(&stage, "/api/versions"), 1, "a version that was named is not replaced");

    let login = stage.simulator.login("acme", Kind::Tenant).expect("login").name.clone();
    assert!(stage.simulator.revoke_token(&login));
    assert_eq!(get(&stage, &session, "/api/org").err().expect("dead").kind(), FailureKind::SessionExpired);
}

#[test]
fn a_redirect_is_not_followed() {
    let (stage, other) = (Stage::new(), Stage::new());
    let session = stage.session("acme", Kind::Tenant);
    once(&stage, "/api/org", answering(307, &[("Location", other.simulator.url())], ""));
    assert_eq!(get(&stage, &session, "/api/org").err().expect("refused").kind(), FailureKind::RedirectRefused);
    assert_eq!(other.simulator.journal().connections, 0);
}

#[test]
fn a_site_that_was_upgraded_is_asked_for_its_versions_again_and_only_once() {
    let release: Release = "10.6".parse().expect("known");
    let stage = Stage::with(Options { release, ..Options::default() }, Duration::from_secs(30));
    let session = stage.session("acme", Kind::Tenant);
    once(&stage, "/api/versions", answering(404, &[], ""));
    get(&stage, &session, "/api/org").expect("in an assumed version");
    once(&stage, "/api/org", answering(406, &[], ""));
    get(&stage, &session, "/api/org").expect("in a version of the list");
    stage.fault("/api/org", answering(406, &[], ""));
    let failure = get(&stage, &session, "/api/org").err().expect("no version will do");
    assert_eq!(failure.kind(), FailureKind::ApiVersionUnsupported);
    assert_eq!((arrived(&stage, "/api/versions"), arrived(&stage, "/api/org")), (3, 4));
}

#[test]
fn what_only_asks_is_repeated_and_what_changes_something_is_not() {
    for (method, attempts) in [(Method::Get, 3), (Method::Head, 3), (Method::Post, 1), (Method::Delete, 1)] {
        let stage = Stage::new();
        let session = stage.session("acme", Kind::Tenant);
        get(&stage, &session, "/api/org").expect("versions are agreed on");
        for effect in [answering(503, &[], ""), Effect { close: Some(Close::AfterRead), ..Effect::default() }] {
            stage.simulator.clear_faults();
            stage.simulator.clear_journal();
            stage.fault("/api/vdc/1", effect.clone());
            let failure =
                call(&stage, &session, method, "/api/vdc/1", CallOptions::default()).err().expect("a failure");
            assert_eq!(arrived(&stage, "/api/vdc/1"), attempts, "{method:?} {effect:?}");
            let lost = effect.close.is_some();
            assert_eq!(failure.outcome_unknown(), lost && !method.is_question(), "{method:?} {failure}");
        }
    }
}

#[test]
fn what_changes_something_has_a_connection_of_its_own() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    stage.fault("/things", answering(200, &[], ""));
    let connection = |method, options| {
        call(&stage, &session, method, "/cloudapi/1.0.0/things", options).expect("answered");
        stage.simulator.journal().requests.last().expect("sent").connection
    };
    let first = connection(Method::Get, CallOptions::default());
    assert_eq!(connection(Method::Get, CallOptions::default()), first);
    let changes = [
        connection(Method::Post, body("{}")),
        connection(Method::Post, CallOptions::default()),
        connection(Method::Delete, CallOptions::default()),
    ];
    assert!(
        changes.iter().all(|own| *own != first) && changes[0] != changes[1] && changes[1] != changes[2],
        "{changes:?}"
    );
    assert_eq!(connection(Method::Head, CallOptions::default()), first);
}

#[test]
fn a_call_that_finds_the_session_dead_takes_it_out_of_the_cache() {
    let stage = Stage::new();
    let shared = stage.request("acme", &stage.token("acme", Kind::Tenant)).reuse(Reuse::Allowed);
    let exchange = || run(stage.client.exchange(&shared, &Progress::default()));
    let session = exchange().session.expect("session").accept();
    get(&stage, &session, "/api/org").expect("alive");
    assert!(exchange().cached);
    stage.simulator.advance_clock(Duration::from_secs(31 * 60));
    assert_eq!(get(&stage, &session, "/api/org").err().expect("idle").kind(), FailureKind::SessionExpired);
    assert!(!exchange().cached);
}

#[test]
fn a_body_arrives_with_its_type_and_what_it_made_is_told() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    let task = format!("{}/api/task/7", stage.simulator.url());
    let headers = [("Location", "/cloudapi/1.0.0/things/1"), ("X-VMWARE-VCLOUD-TASK-HREF", &task)];
    once(&stage, "/cloudapi/1.0.0/things", answering(202, &headers, ""));
    let made =
        call(&stage, &session, Method::Post, "/cloudapi/1.0.0/things", body(r#"{"name":"x"}"#)).expect("accepted");
    assert_eq!((made.http_status, made.body.is_empty()), (202, true));
    assert_eq!(made.location, Some(format!("{}/cloudapi/1.0.0/things/1", stage.simulator.url())));
    assert_eq!(made.task, Some(task));
    let requests = stage.simulator.journal().requests;
    assert_eq!(requests.last().expect("sent").body_fields, ["name"]);

    once(&stage, "/cloudapi/1.0.0/things", answering(201, &[("Location", "https://elsewhere.example/x")], ""));
    let made = call(&stage, &session, Method::Put, "/cloudapi/1.0.0/things", body("{}")).expect("made");
    assert_eq!(made.location, None);
}

#[test]
fn an_answer_is_read_up_to_its_limit() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    let large = "x".repeat(8 << 20);
    once(&stage, "/transfer/large", answering(200, &[("Content-Type", "text/plain")], &large));
    assert_eq!(get(&stage, &session, "/transfer/large").expect("large").body.len(), 8 << 20);
    once(&stage, "/transfer/large", answering(200, &[("Content-Type", "text/plain")], &(large + "x")));
    assert_eq!(get(&stage, &session, "/transfer/large").err().expect("too large").kind(), FailureKind::AnswerTooLarge);
}

#[test]
fn a_call_whose_caller_leaves_before_sending_sends_nothing() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    let progress = Progress::default();
    assert!(progress.abandon());
    for options in [CallOptions::default(), body("{}")] {
        let request =
            CallRequest::new(about(&session), Method::Post, "/cloudapi/1.0.0/things", options).expect("valid");
        assert!(run(stage.client.call(&request, &progress)).is_err());
    }
    assert_eq!(arrived(&stage, "/things"), 0);
}

#[test]
fn no_secret_is_in_an_address_or_an_answer_of_the_client() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    let bearer = session.bearer.secret().expose();
    let echo = format!("{}/api/x?token={bearer}", stage.simulator.url());
    let links = format!("<{echo}>;rel=\"nextPage\"");
    let headers = BTreeMap::from([("Location".to_owned(), echo), ("Link".to_owned(), links)]);
    stage.fault("/api/org", Effect { headers, ..Effect::default() });
    let response = get(&stage, &session, "/api/org").expect("answered");
    assert_eq!((response.location, response.next_page), (None, None));
    assert!(stage.simulator.journal().requests.iter().all(|request| !request.secret_in_url));
}
