//! Faults, latency, and stopping in the middle of them.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use vcdsim::{Close, Effect, Fault, Kind, Match, Options, Simulator};

use crate::client::{Connection, acme_session, call, exchange, exchange_request, request};

const TOKEN_PATH: &str = "/oauth/tenant/acme/token";

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

fn on_exchange(effect: Effect) -> Fault {
    let matching = Match { method: Some("POST".to_owned()), path: Some("/oauth/".to_owned()) };
    Fault { matching, times: Some(1), effect, ..Fault::default() }
}

#[test]
fn a_status_takes_the_place_of_the_call() {
    let simulator = start();
    let token = &simulator.login("acme", Kind::ServiceAccount).unwrap().api_token;
    let headers = BTreeMap::from([("Retry-After".to_owned(), "5".to_owned())]);
    let body = Some("<html>busy</html>".to_owned());
    simulator.add_fault(on_exchange(Effect { status: Some(503), headers, body, ..Effect::default() }));
    let answer = exchange(&simulator, TOKEN_PATH, token);
    assert_eq!((answer.status, answer.body.as_str()), (503, "<html>busy</html>"));
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert!(simulator.sessions().is_empty());
    assert_eq!(exchange(&simulator, TOKEN_PATH, token).status, 200, "the token has not been used");
    let statuses: Vec<_> = simulator.journal().requests.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(503), Some(200)]);
}

#[test]
fn other_calls_are_left_alone() {
    let simulator = start();
    simulator.add_fault(on_exchange(Effect { status: Some(503), ..Effect::default() }));
    assert_eq!(call(&simulator, &request("GET", "/api/versions", &[], "")).status, 200);
    simulator.clear_faults();
    acme_session(&simulator);
}

#[test]
fn without_a_status_the_real_answer_is_changed() {
    let simulator = start();
    let token = &simulator.login("acme", Kind::ServiceAccount).unwrap().api_token;
    let headers = BTreeMap::from([("content-type".to_owned(), "text/html".to_owned())]);
    let body = Some("<p>welcome to the hotel</p>".to_owned());
    simulator.add_fault(on_exchange(Effect { headers, body, ..Effect::default() }));
    let answer = exchange(&simulator, TOKEN_PATH, token);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html")));
    assert_eq!(answer.body, "<p>welcome to the hotel</p>");
    assert_eq!(exchange(&simulator, TOKEN_PATH, token).status, 400, "the token has been used");
}

#[test]
fn a_close_before_reading_changes_nothing() {
    let simulator = start();
    let token = &simulator.login("acme", Kind::ServiceAccount).unwrap().api_token;
    simulator.add_fault(on_exchange(Effect { close: Some(Close::BeforeRead), ..Effect::default() }));
    let whole = exchange_request(TOKEN_PATH, token);
    let head = whole.windows(4).position(|part| part == b"\r\n\r\n").unwrap() + 4;
    let mut connection = Connection::open(&simulator);
    connection.send(&whole[..head]).unwrap();
    assert!(connection.is_ended(), "without waiting for the body");
    let entry = simulator.journal().requests.remove(0);
    assert_eq!((entry.status, entry.body_fields.len()), (None, 0));
    assert_eq!(call(&simulator, &whole).status, 200, "the token has not been used");
}

#[test]
fn a_close_after_reading_loses_the_answer() {
    let simulator = start();
    let token = &simulator.login("acme", Kind::ServiceAccount).unwrap().api_token;
    simulator.add_fault(on_exchange(Effect { close: Some(Close::AfterRead), ..Effect::default() }));
    let whole = exchange_request(TOKEN_PATH, token);
    let mut connection = Connection::open(&simulator);
    assert!(connection.call(&whole).is_err());
    let entry = simulator.journal().requests.remove(0);
    assert_eq!((entry.status, entry.body_fields.len()), (None, 2));
    assert_eq!(simulator.sessions().len(), 1, "VCD knows nothing of the loss");
    assert_eq!(call(&simulator, &whole).code(), (400, "invalid_grant".to_owned()));
}

#[test]
fn faults_are_counted() {
    let simulator = start();
    let status = |status| Effect { status: Some(status), ..Effect::default() };
    simulator.add_fault(Fault { skip: 1, times: Some(2), ..on_exchange(status(503)) });
    simulator.add_fault(Fault { skip: 3, times: None, ..on_exchange(status(429)) });
    let token = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
    let statuses: Vec<_> = (0..7).map(|_| exchange(&simulator, TOKEN_PATH, token).status).collect();
    assert_eq!(statuses, [200, 503, 503, 200, 200, 429, 429]);
}

#[test]
#[should_panic(expected = "status 42")]
fn a_fault_that_cannot_be_sent_is_a_mistake_of_the_test() {
    start().add_fault(on_exchange(Effect { status: Some(42), ..Effect::default() }));
}

#[test]
fn latency_delays_each_answer() {
    const LATENCY: Duration = Duration::from_millis(300);
    let simulator = Simulator::start(Options { latency: LATENCY, ..Options::default() }).unwrap();
    let mut connection = Connection::open(&simulator);
    for _ in 0..2 {
        let begin = Instant::now();
        connection.call(&request("GET", "/api/versions", &[], "")).unwrap();
        assert!(begin.elapsed() >= LATENCY, "{:?}", begin.elapsed());
    }
}

#[test]
fn delayed_answers_do_not_wait_for_each_other() {
    const CLIENTS: usize = 40;
    const LATENCY: Duration = Duration::from_millis(250);
    let simulator = Simulator::start(Options { latency: LATENCY, ..Options::default() }).unwrap();
    let begin = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| acme_session(&simulator));
        }
    });
    let took = begin.elapsed();
    assert!(took < LATENCY * CLIENTS as u32 / 2, "one after the other, or nearly: {took:?}");
}

#[test]
fn a_delayed_request_is_applied_at_once_and_stopping_does_not_wait_for_it() {
    let simulator = start();
    simulator.add_fault(on_exchange(Effect { delay_ms: 600_000, ..Effect::default() }));
    let token = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
    let mut connection = Connection::open(&simulator);
    connection.send(&exchange_request(TOKEN_PATH, token)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while simulator.sessions().is_empty() {
        assert!(Instant::now() < deadline, "the request has not been applied");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(simulator.journal().requests[0].status, None, "not answered yet");
    let begin = Instant::now();
    drop(simulator);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert!(connection.is_ended());
}
