//! A client of few lines that can also send what a good client never sends.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use vcdsim::{Kind, Login, Simulator};

use crate::xml::{self, Node};

/// An `Accept` header that release 10.6 takes.
pub(crate) const JSON_39: &str = "application/json;version=39.0";

/// What a script asks of the legacy interface of release 10.6, where there are still legacy ids.
pub(crate) const XML_37: &str = "application/*+xml;version=37.2";

/// After this time without a byte a test has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// The values of a header that may stand more than once.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.headers.iter().filter(move |(header, _)| header.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.as_str())
    }

    pub(crate) fn xml(&self) -> Node {
        xml::read(&self.body)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The `minorErrorCode`, for comparing failures.
    pub(crate) fn code(&self) -> (u16, String) {
        (self.status, self.json()["minorErrorCode"].as_str().unwrap_or_default().to_owned())
    }
}

/// A connection to either port.
pub(crate) struct Connection<S>(S);

/// The stream of a VCD connection.
pub(crate) type Tls = StreamOwned<ClientConnection, TcpStream>;

impl Connection<Tls> {
    /// Connects to the first listener and trusts the simulator's authority only.
    pub(crate) fn open(simulator: &Simulator) -> Self {
        let stream = connect_tls(simulator, ("127.0.0.1", simulator.port()), "localhost");
        Self(stream.expect("the simulator accepts TLS connections"))
    }

    /// Connects to an address and expects the certificate to be for it.
    pub(crate) fn at(simulator: &Simulator, address: &str, port: u16) -> Self {
        let stream = connect_tls(simulator, (address, port), address);
        Self(stream.expect("the certificate is for the address"))
    }
}

impl<S: Read + Write> Connection<S> {
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)?;
        self.0.flush()
    }

    /// Reads an answer. An interim answer (100) counts as one.
    pub(crate) fn read(&mut self) -> io::Result<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).map_err(io::Error::other)?;
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut answer = Answer { status: status.expect("a status line"), headers, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        answer.body = String::from_utf8(body).map_err(io::Error::other)?;
        Ok(answer)
    }

    pub(crate) fn call(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        self.send(bytes)?;
        self.read()
    }

    /// Whether the other side ends the connection, in whatever way.
    pub(crate) fn is_ended(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }
}

/// A TLS connection to `address` that expects the certificate to be for `name`.
pub(crate) fn connect_tls(simulator: &Simulator, address: (&str, u16), name: &str) -> io::Result<Tls> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(simulator.ca_file()).expect("ca.pem holds a certificate");
    roots.add(authority).expect("the authority can be a root");
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name or an address");
    let mut tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp)?;
    }
    Ok(StreamOwned::new(tls, tcp))
}

/// The bytes of a request. A `Content-Length` is added when there is a body.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: vcd.test\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// The bytes of an exchange.
pub(crate) fn exchange_request(path: &str, api_token: &str) -> Vec<u8> {
    let body = format!("grant_type=refresh_token&refresh_token={api_token}");
    request("POST", path, &[("Content-Type", "application/x-www-form-urlencoded")], &body)
}

/// Sends one request on a connection of its own.
pub(crate) fn call(simulator: &Simulator, bytes: &[u8]) -> Answer {
    Connection::open(simulator).call(bytes).expect("an answer")
}

pub(crate) fn exchange(simulator: &Simulator, path: &str, api_token: &str) -> Answer {
    call(simulator, &exchange_request(path, api_token))
}

/// Exchanges a login on its own endpoint; returns the answer's JSON.
pub(crate) fn log_in(simulator: &Simulator, login: &Login) -> Value {
    let answer = exchange(simulator, &token_path(&login.org), &login.api_token);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Exchanges the token of acme's first user; returns the access token.
pub(crate) fn acme_session(simulator: &Simulator) -> String {
    session(simulator, "acme", Kind::Tenant)
}

/// Exchanges the first token of that organization and kind; returns the access token.
pub(crate) fn session(simulator: &Simulator, org: &str, kind: Kind) -> String {
    let login = simulator.login(org, kind).expect("a login of that kind");
    log_in(simulator, login)["access_token"].as_str().expect("an access token").to_owned()
}

/// A call with a bearer.
pub(crate) fn get(simulator: &Simulator, target: &str, accept: &str, access_token: &str) -> Answer {
    let bearer = format!("Bearer {access_token}");
    call(simulator, &request("GET", target, &[("Accept", accept), ("Authorization", &bearer)], ""))
}

/// The path and the query of an address that the simulator told.
pub(crate) fn target(href: &str) -> &str {
    href.strip_prefix("https://vcd.test").unwrap_or_else(|| panic!("{href} is not the address that was called"))
}

pub(crate) fn token_path(org: &str) -> String {
    if org == "System" {
        return "/oauth/provider/token".to_owned();
    }
    format!("/oauth/tenant/{}/token", org.replace(' ', "%20"))
}

/// A call of `sessions/current`.
pub(crate) fn current(simulator: &Simulator, method: &str, accept: &str, authorization: &str) -> Answer {
    let headers = [("Accept", accept), ("Authorization", authorization)];
    call(simulator, &request(method, "/cloudapi/1.0.0/sessions/current", &headers, ""))
}

/// Whether VCD still takes an access token. Asking restarts its idle time.
pub(crate) fn is_alive(simulator: &Simulator, access_token: &str) -> bool {
    let answer = current(simulator, "GET", JSON_39, &format!("Bearer {access_token}"));
    assert!(answer.status == 200 || answer.status == 401, "{answer:?}");
    answer.status == 200
}

/// Sends one request to the control server.
pub(crate) fn control(url: &str, method: &str, target: &str, body: &str) -> Answer {
    let address = url.strip_prefix("http://").expect("the control server speaks plain HTTP");
    let mut connection = Connection(TcpStream::connect(address).expect("the control server accepts connections"));
    connection.call(&request(method, target, &[], body)).expect("an answer")
}
