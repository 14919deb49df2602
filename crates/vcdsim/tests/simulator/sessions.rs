//! `sessions/current`.

use std::time::Duration;

use vcdsim::{Options, Release, Simulator};

use crate::client::{JSON_39, acme_session, current, is_alive};

const MINUTE: Duration = Duration::from_secs(60);

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

#[test]
fn a_session_tells_who_it_is() {
    let simulator = start();
    let bearer = format!("Bearer {}", acme_session(&simulator));
    let answer = current(&simulator, "GET", JSON_39, &bearer);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json;version=39.0")));
    let session = answer.json();
    assert_eq!(session["id"], simulator.sessions()[0].id.as_str());
    assert_eq!(session["user"]["name"], "alice");
    assert_eq!(session["org"]["name"], "acme");
    assert_eq!(session["org"]["id"], "urn:vcloud:org:11111111-2222-4333-8444-555555555555");
    assert_eq!(session["location"], "11111111-2222-4333-8444-555555555555@66666666-7777-4888-8999-aaaaaaaaaaaa");
    assert_eq!(session["roles"][0], "Organization Administrator");
    assert_eq!(session["roleRefs"][0]["name"], "Organization Administrator");
    assert_eq!(session["sessionIdleTimeoutMinutes"], 30);
    assert_eq!(session["site"]["id"], "urn:vcloud:site:66666666-7777-4888-8999-aaaaaaaaaaaa");
    let older = current(&simulator, "GET", "application/json;version=36.3", &bearer).json();
    assert!(older.get("site").is_none(), "the site came with API 37.1");
}

#[test]
fn the_scheme_is_taken_in_any_case() {
    let simulator = start();
    let token = acme_session(&simulator);
    for (authorization, status) in [
        (format!("bearer {token}"), 200),
        (format!("BEARER  {token}"), 200),
        (format!("Basic {token}"), 401),
        (token.clone(), 401),
        (format!("Bearer {token}x"), 401),
        ("Bearer".to_owned(), 401),
    ] {
        assert_eq!(current(&simulator, "GET", JSON_39, &authorization).status, status);
    }
}

#[test]
fn logging_out_ends_this_session_only() {
    let simulator = start();
    let (first, second) = (acme_session(&simulator), acme_session(&simulator));
    let answer = current(&simulator, "DELETE", JSON_39, &format!("Bearer {first}"));
    assert_eq!((answer.status, answer.body.as_str(), answer.header("content-length")), (204, "", None));
    assert_eq!(current(&simulator, "DELETE", JSON_39, &format!("Bearer {first}")).status, 401);
    assert!(!is_alive(&simulator, &first) && is_alive(&simulator, &second));
    assert_eq!(simulator.sessions().len(), 1);
}

#[test]
fn a_dead_session_gets_401_without_a_body() {
    let simulator = start();
    let answer = current(&simulator, "GET", JSON_39, "Bearer a.b.c");
    assert_eq!((answer.status, answer.header("content-length"), answer.body.as_str()), (401, Some("0"), ""));
    assert!(answer.header("content-type").is_none() && answer.header("X-VMWARE-VCLOUD-REQUEST-ID").is_some());
}

#[test]
fn idle_sessions_die_and_used_ones_live_on() {
    let simulator = start();
    let (used, idle) = (acme_session(&simulator), acme_session(&simulator));
    simulator.advance_clock(20 * MINUTE);
    assert!(is_alive(&simulator, &used));
    simulator.advance_clock(20 * MINUTE);
    assert_eq!(simulator.sessions().len(), 1);
    assert!(is_alive(&simulator, &used) && !is_alive(&simulator, &idle));
}

#[test]
fn no_session_lives_longer_than_a_day() {
    let simulator = Simulator::start(Options { idle_timeout: 48 * 60 * MINUTE, ..Options::default() }).unwrap();
    let token = acme_session(&simulator);
    simulator.advance_clock(23 * 60 * MINUTE);
    assert!(is_alive(&simulator, &token));
    simulator.advance_clock(60 * MINUTE);
    assert!(!is_alive(&simulator, &token));
}

#[test]
fn a_version_must_be_asked_for_and_offered() {
    let simulator = start();
    let bearer = format!("Bearer {}", acme_session(&simulator));
    for accept in ["application/json", "application/json;version=31.0", "application/json;version=", "*/*"] {
        let answer = current(&simulator, "GET", accept, &bearer);
        assert_eq!(answer.code(), (406, "NOT_ACCEPTABLE".to_owned()), "{accept}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("39.0, 38.1,") && message.contains("36.0 [D]"), "{message}");
    }
    let post = current(&simulator, "POST", JSON_39, &bearer);
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, DELETE")));
}

#[test]
fn calls_do_not_exist_in_versions_before_them() {
    let simulator = Simulator::start(Options { release: Release::V10_3_3, ..Options::default() }).unwrap();
    let bearer = format!("Bearer {}", acme_session(&simulator));
    for (method, version, status) in
        [("GET", "33.0", 404), ("GET", "34.0", 200), ("DELETE", "35.2", 404), ("DELETE", "36.0", 204)]
    {
        let answer = current(&simulator, method, &format!("application/json;version={version}"), &bearer);
        assert_eq!(answer.status, status, "{method} {version}");
    }
}
