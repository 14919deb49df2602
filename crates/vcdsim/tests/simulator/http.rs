//! HTTP/1.1 as clients differ in speaking it.

use vcdsim::{Kind, Options, Simulator};

use crate::client::{Connection, call, exchange_request, request};

const VERSIONS: &str = "/api/versions";

fn start() -> Simulator {
    Simulator::start(Options::default()).expect("a simulator")
}

#[test]
fn a_connection_serves_many_requests() {
    let simulator = start();
    let mut connection = Connection::open(&simulator);
    for _ in 0..3 {
        assert_eq!(connection.call(&request("GET", VERSIONS, &[], "")).unwrap().status, 200);
    }
    let journal = simulator.journal();
    assert_eq!(journal.connections, 1);
    assert_eq!(journal.requests.iter().map(|entry| entry.connection).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn a_connection_ends_when_the_client_asks_for_it() {
    let simulator = start();
    for bytes in [
        request("GET", VERSIONS, &[("Connection", "close")], ""),
        b"GET /api/versions HTTP/1.0\r\nHost: vcd.test\r\n\r\n".to_vec(),
    ] {
        let mut connection = Connection::open(&simulator);
        let answer = connection.call(&bytes).unwrap();
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
        assert!(connection.is_ended());
    }
}

#[test]
fn chunked_bodies_are_read() {
    let simulator = start();
    let token = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
    let head = "POST /oauth/tenant/acme/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    let first = "grant_type=refresh_token&refresh_token=";
    let body = format!("{:x}\r\n{first}\r\n{:X}\r\n{token}\r\n0\r\n\r\n", first.len(), token.len());
    assert_eq!(call(&simulator, format!("{head}{body}").as_bytes()).status, 200);
}

#[test]
fn a_client_that_waits_to_be_asked_for_its_body_is_asked() {
    let simulator = start();
    let token = &simulator.login("acme", Kind::Tenant).unwrap().api_token;
    let whole = String::from_utf8(exchange_request("/oauth/tenant/acme/token", token)).unwrap();
    let (head, body) = whole.split_once("\r\n\r\n").unwrap();
    let mut connection = Connection::open(&simulator);
    let interim = connection.call(format!("{head}\r\nExpect: 100-continue\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(interim.status, 100);
    assert_eq!(connection.call(body.as_bytes()).unwrap().status, 200);
}

#[test]
fn what_cannot_be_read_is_refused_and_ends_the_connection() {
    let simulator = start();
    let long = "x".repeat(100_000);
    for (bytes, status) in [
        (b"NOT HTTP AT ALL\r\n\r\n".to_vec(), 400),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n".to_vec(), 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 2000000\r\n\r\nx".to_vec(), 413),
        (request("GET", VERSIONS, &[("X-Long", &long)], ""), 431),
    ] {
        let mut connection = Connection::open(&simulator);
        assert_eq!(connection.call(&bytes).unwrap().status, status);
        assert!(connection.is_ended());
    }
    let statuses: Vec<_> = simulator.journal().requests.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(400), Some(413)], "requests whose head could be read are in the journal");
}

#[test]
fn a_request_that_is_cut_off_changes_nothing() {
    let simulator = start();
    let login = simulator.login("acme", Kind::ServiceAccount).unwrap();
    let whole = exchange_request("/oauth/tenant/acme/token", &login.api_token);
    let mut connection = Connection::open(&simulator);
    connection.send(&whole[..whole.len() - 1]).unwrap();
    drop(connection);
    assert_eq!(call(&simulator, &whole).status, 200, "the token has not been used");
}

#[test]
fn head_gets_no_body() {
    let simulator = start();
    let mut connection = Connection::open(&simulator);
    connection.send(&request("HEAD", VERSIONS, &[("Connection", "close")], "")).unwrap();
    let error = connection.read().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "the announced body does not come");
}
