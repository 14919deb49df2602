//! The control server: each call once, and that it is the same state as the library shows.

use serde_json::{Value, json};
use vcdsim::{Kind, Options, Simulator};

use crate::client::{acme_session, control, exchange, is_alive};

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

fn ask(simulator: &Simulator, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = control(simulator.control_url(), method, target, &body);
    (answer.status, if answer.body.is_empty() { Value::Null } else { answer.json() })
}

#[test]
fn the_journal_can_be_read_and_cleared() {
    let simulator = start();
    acme_session(&simulator);
    let (status, journal) = ask(&simulator, "GET", "/sim/journal", &Value::Null);
    assert_eq!((status, &journal), (200, &json!(simulator.journal())));
    assert_eq!(journal["connections"], 1);
    let entry = &journal["requests"][0];
    for (field, value) in [
        ("n", json!(1)),
        ("listener", json!(format!("127.0.0.1:{}", simulator.port()))),
        ("method", json!("POST")),
        ("path", json!("/oauth/tenant/acme/token")),
        ("status", json!(200)),
        ("secret_in_url", json!(false)),
        ("body_fields", json!(["grant_type", "refresh_token"])),
        ("user_agent", Value::Null),
    ] {
        assert_eq!(entry[field], value, "{field}");
    }
    assert_eq!(ask(&simulator, "DELETE", "/sim/journal", &Value::Null), (204, Value::Null));
    assert_eq!(simulator.journal(), vcdsim::Journal::default(), "the control port's own calls do not count");
}

#[test]
fn faults_can_be_added_and_removed() {
    let simulator = start();
    let fault = json!({"match": {"method": "POST", "path": "/oauth/"}, "times": 2,
        "fault": {"status": 503, "headers": {"Retry-After": "7"}, "body": "busy", "delay_ms": 0}});
    assert_eq!(ask(&simulator, "POST", "/sim/faults", &fault), (204, Value::Null));
    let answer = exchange(&simulator, "/oauth/provider/token", "x");
    assert_eq!((answer.status, answer.header("retry-after"), answer.body.as_str()), (503, Some("7"), "busy"));
    assert_eq!(ask(&simulator, "DELETE", "/sim/faults", &Value::Null), (204, Value::Null));
    assert_eq!(exchange(&simulator, "/oauth/provider/token", "x").status, 400);
}

#[test]
fn the_clock_can_be_moved() {
    let simulator = start();
    let token = acme_session(&simulator);
    let (status, first) = ask(&simulator, "POST", "/sim/clock", &json!({"advance_s": 0}));
    let (_, second) = ask(&simulator, "POST", "/sim/clock", &json!({"advance_s": 1860}));
    let moved = second["now"].as_u64().unwrap() - first["now"].as_u64().unwrap();
    assert!(status == 200 && (1860..1900).contains(&moved), "{first} {second}");
    assert!(!is_alive(&simulator, &token));
}

#[test]
fn sessions_are_listed_without_their_secrets() {
    let simulator = start();
    let token = acme_session(&simulator);
    let (status, listed) = ask(&simulator, "GET", "/sim/sessions", &Value::Null);
    assert_eq!((status, &listed), (200, &json!({ "sessions": simulator.sessions() })));
    assert_eq!(listed["sessions"][0]["user"], "alice");
    assert!(!listed.to_string().contains(&token));
}

#[test]
fn tokens_can_be_made_listed_and_revoked() {
    let simulator = start();
    let (status, made) = ask(&simulator, "POST", "/sim/tokens", &json!({"org": "Blue Sky", "kind": "tenant"}));
    assert_eq!(status, 201);
    let (name, value) = (made["name"].as_str().unwrap(), made["api_token"].as_str().unwrap());
    assert_eq!(exchange(&simulator, "/oauth/tenant/Blue%20Sky/token", value).status, 200);
    let (_, listed) = ask(&simulator, "GET", "/sim/tokens", &Value::Null);
    assert_eq!(listed, json!({ "tokens": simulator.tokens() }));
    assert!(listed.to_string().contains(name) && !listed.to_string().contains(value));
    let target = format!("/sim/tokens/{name}");
    assert_eq!(ask(&simulator, "DELETE", &target, &Value::Null), (204, Value::Null));
    assert_eq!(ask(&simulator, "DELETE", &target, &Value::Null).0, 404);
    assert_eq!(exchange(&simulator, "/oauth/tenant/Blue%20Sky/token", value).status, 400);
    let (status, account) =
        ask(&simulator, "POST", "/sim/tokens", &json!({"org": "System", "kind": "service_account"}));
    assert_eq!((status, account["kind"].as_str()), (201, Some("service_account")));
    let rotated = exchange(&simulator, "/oauth/provider/token", account["api_token"].as_str().unwrap()).json();
    assert!(rotated["refresh_token"].is_string());
}

#[test]
fn wrong_calls_change_nothing_and_say_why() {
    let simulator = start();
    let before = simulator.tokens();
    for (method, target, body, status, hint) in [
        ("GET", "/", json!(null), 404, "no such call"),
        ("GET", "/sim/nothing", json!(null), 404, "no such call"),
        ("PUT", "/sim/journal", json!(null), 405, "method"),
        ("GET", "/sim/clock", json!(null), 405, "method"),
        ("POST", "/sim/clock", json!(null), 400, "body"),
        ("POST", "/sim/clock", json!({"advance_s": -1}), 400, "-1"),
        ("POST", "/sim/clock", json!({"advance_m": 1}), 400, "advance_m"),
        ("POST", "/sim/clock", json!({"advance_s": u64::MAX}), 400, "hundred years"),
        ("POST", "/sim/tokens", json!({"org": "nowhere", "kind": "tenant"}), 400, "organization"),
        ("POST", "/sim/tokens", json!({"org": "acme", "kind": "root"}), 400, "root"),
        ("POST", "/sim/faults", json!({"fault": {"status": 42}}), 400, "status 42"),
        ("POST", "/sim/faults", json!({"fault": {"headers": {"a b": "c"}}}), 400, "header"),
        ("POST", "/sim/faults", json!({"match": {"host": "x"}, "fault": {}}), 400, "host"),
        ("DELETE", "/sim/tokens/nobody", json!(null), 404, "nobody"),
    ] {
        let (actual, answer) = ask(&simulator, method, target, &body);
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(actual == status && error.contains(hint), "{method} {target} {body}: {actual} {answer}");
    }
    assert_eq!(simulator.tokens(), before);
    assert_eq!(exchange(&simulator, "/oauth/tenant/acme/token", "x").status, 400, "no fault was added");
    assert!(simulator.login("acme", Kind::Tenant).is_some());
}
