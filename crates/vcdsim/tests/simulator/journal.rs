//! What the journal records, and what it must not.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use vcdsim::{CredentialKind, Kind, Options, Simulator};

use crate::client::{JSON_39, XML_37, acme_session, call, connect_tls, current, exchange_request, get, request};

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

#[test]
fn a_request_is_recorded_without_its_secrets() {
    let simulator = start();
    let token = acme_session(&simulator);
    let bearer = format!("Bearer {token}");
    let headers = [("Accept", JSON_39), ("Authorization", bearer.as_str()), ("User-Agent", "test/1")];
    call(&simulator, &request("GET", "/cloudapi/1.0.0/sessions/current?x=1", &headers, ""));
    let journal = simulator.journal();
    let [exchange, check] = journal.requests.as_slice() else { panic!("{journal:?}") };
    assert_eq!((exchange.n, exchange.method.as_str(), exchange.status), (1, "POST", Some(200)));
    assert_eq!(exchange.path, "/oauth/tenant/acme/token");
    assert_eq!(exchange.listener, format!("127.0.0.1:{}", simulator.port()));
    assert_eq!(exchange.body_fields, ["grant_type", "refresh_token"]);
    assert!(!exchange.authorization && !exchange.secret_in_url && exchange.user_agent.is_none());
    assert_eq!((check.n, check.path.as_str()), (2, "/cloudapi/1.0.0/sessions/current?x=1"));
    assert_eq!((check.user_agent.as_deref(), check.accept.as_deref()), (Some("test/1"), Some(JSON_39)));
    assert!(check.authorization);
    assert_eq!((exchange.credential, check.credential), (None, Some(CredentialKind::Bearer)));
    let shown = format!("{journal:?}");
    let api_token = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
    assert!(!shown.contains(api_token.as_str()) && !shown.contains(&token), "{shown}");
}

#[test]
fn a_legacy_id_is_told_from_a_bearer_and_not_shown() {
    let simulator = start();
    let token = acme_session(&simulator);
    let id = get(&simulator, "/api/session", XML_37, &token).header("x-vcloud-authorization").unwrap().to_owned();
    let headers = [("Accept", XML_37), ("x-vcloud-authorization", id.as_str())];
    call(&simulator, &request("GET", &format!("/api/session?note={id}"), &headers, ""));
    let journal = simulator.journal();
    let entry = journal.requests.last().unwrap();
    assert_eq!((entry.credential, entry.authorization), (Some(CredentialKind::Legacy), false));
    assert_eq!((entry.path.as_str(), entry.secret_in_url), ("/api/session?note=***", true));
    let json = serde_json::to_string(&journal).unwrap();
    assert!(json.contains(r#""credential":"legacy""#) && !json.contains(&id), "{json}");
}

#[test]
fn a_token_in_the_url_works_but_is_noticed() {
    let simulator = start();
    let api_token = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
    let target = format!("/oauth/tenant/acme/token?grant_type=refresh_token&refresh_token={api_token}");
    assert_eq!(call(&simulator, &request("POST", &target, &[], "")).status, 200);
    let entry = simulator.journal().requests.remove(0);
    assert!(entry.secret_in_url);
    assert_eq!(entry.path, "/oauth/tenant/acme/token?grant_type=refresh_token&refresh_token=***");
}

#[test]
fn known_secrets_are_noticed_wherever_they_stand() {
    let simulator = start();
    let access_token = acme_session(&simulator);
    let used = simulator.login("acme", Kind::ServiceAccount).unwrap().api_token.clone();
    call(&simulator, &exchange_request("/oauth/tenant/acme/token", &used));
    for (target, recorded) in
        [(format!("/x/{access_token}"), "/x/***"), (format!("/x?note={used}"), "/x?note=***"), ("/x".into(), "/x")]
    {
        simulator.clear_journal();
        call(&simulator, &request("GET", &target, &[], ""));
        let entry = simulator.journal().requests.remove(0);
        assert_eq!((entry.path.as_str(), entry.secret_in_url), (recorded, target != recorded));
    }
}

#[test]
fn connections_count_even_without_tls() {
    let simulator = start();
    drop(TcpStream::connect(("127.0.0.1", simulator.port())).unwrap());
    assert!(connect_tls(&simulator, ("127.0.0.1", simulator.port()), "wrong.test").is_err());
    current(&simulator, "GET", JSON_39, "Bearer x");
    let deadline = Instant::now() + Duration::from_secs(5);
    while simulator.journal().connections < 3 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!((simulator.journal().connections, simulator.journal().requests.len()), (3, 1));
    simulator.clear_journal();
    assert_eq!(simulator.journal(), vcdsim::Journal::default());
}
