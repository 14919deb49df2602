//! One file in turns with another program: a small stand-in for Terraform's provider that shares no code with the product.
//! It reads and writes as go-vcloud-director does, without lock and in one truncating write.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde::{Deserialize, Serialize};
use vcdsim::Simulator;

use super::AccountFile;
use crate::{Case, Site};

pub(super) const CASES: &[Case] = &[("a_file_moves_between_programs", a_file_moves_between_programs)];

/// The members in Go's order.
#[derive(Deserialize, Serialize)]
struct TokenFile {
    token_type: String,
    refresh_token: String,
    updated_by: String,
    updated_on: String,
}

fn a_file_moves_between_programs(site: &Site) {
    let file = AccountFile::new(site);
    let first = file.token();
    write_as_go_does(&file, &first);
    for turn in 0..10 {
        let read: TokenFile = serde_json::from_slice(&fs::read(&file.path).expect("readable")).expect("its own form");
        assert_eq!(read.token_type, "Service Account");
        assert_eq!(read.updated_by.starts_with("VcdBearer/"), turn > 0, "{}", read.updated_by);
        let replaced = exchange(&site.simulator, &read.refresh_token);
        write_as_go_does(&file, &replaced);
        let (before, text) = (file.token(), fs::read_to_string(&file.path).expect("text"));
        file.next_run_succeeds("our turn");
        assert_ne!(file.token(), before);
        // Everything but the three values is as it was, to the last space.
        let shape = |text: &str| text.split('"').step_by(2).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(shape(&fs::read_to_string(&file.path).expect("text")), shape(&text));
    }
}

/// `json.MarshalIndent(token, " ", " ")` and one write.
fn write_as_go_does(file: &AccountFile<'_>, token: &str) {
    let content = format!(
        "{{\n  \"token_type\": \"Service Account\",\n  \"refresh_token\": \"{token}\",\n  \"updated_by\": \"terraform-provider-vcd/3.14\",\n  \"updated_on\": \"2024-05-17T09:30:00+02:00\"\n }}"
    );
    fs::write(&file.path, content).expect("writable");
}

/// One exchange over HTTP/1.1, by hand.
fn exchange(simulator: &Simulator, token: &str) -> String {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(simulator.ca_file()).expect("a certificate");
    roots.add(authority).expect("an authority");
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let tls = ClientConnection::new(Arc::new(config), name).expect("a client");
    let tcp = TcpStream::connect(("127.0.0.1", simulator.port())).expect("the simulator listens");
    let mut stream = StreamOwned::new(tls, tcp);
    let body = format!("grant_type=refresh_token&refresh_token={token}");
    write!(
        stream,
        "POST /oauth/tenant/acme/token HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    body["refresh_token"].as_str().expect("a service account's").to_owned()
}
