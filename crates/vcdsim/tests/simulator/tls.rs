//! Certificates, listeners and the state folder.

use std::net::{SocketAddr, TcpListener};

use vcdsim::{Options, Simulator, StartError};

use crate::client::{Connection, call, connect_tls, request};

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

#[test]
fn the_certificate_is_for_the_loopback_names_and_no_other() {
    let simulator = Simulator::start(Options::default()).unwrap();
    for (name, is_valid) in
        [("localhost", true), ("127.0.0.1", true), ("::1", true), ("127.0.0.2", false), ("vcd.test", false)]
    {
        let connected = connect_tls(&simulator, ("127.0.0.1", simulator.port()), name);
        assert_eq!(connected.is_ok(), is_valid, "{name}");
    }
}

#[test]
fn each_simulator_has_its_own_authority() {
    let (one, other) = (Simulator::start(Options::default()).unwrap(), Simulator::start(Options::default()).unwrap());
    assert_ne!(one.leaf_sha256(), other.leaf_sha256());
    assert!(connect_tls(&one, ("127.0.0.1", other.port()), "localhost").is_err());
}

#[test]
fn the_fingerprint_is_that_of_the_presented_certificate() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let stream = connect_tls(&simulator, ("127.0.0.1", simulator.port()), "localhost").unwrap();
    let presented = stream.conn.peer_certificates().expect("a certificate");
    let digest = ring::digest::digest(&ring::digest::SHA256, &presented[0]);
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(simulator.leaf_sha256(), hex);
    assert_eq!(presented.len(), 1, "the authority itself is not sent");
}

/// Only Linux and Windows answer on all of 127.0.0.0/8 without being told to.
#[cfg(any(target_os = "linux", windows))]
#[test]
fn further_addresses_are_in_the_certificate() {
    let listen = vec![address("127.0.0.1:0"), address("127.0.0.2:0")];
    let simulator = Simulator::start(Options { listen, ..Options::default() }).unwrap();
    let [first, second] = simulator.listeners() else { panic!("two listeners") };
    assert_eq!((simulator.url(), simulator.port()), (first.url.as_str(), first.address.port()));
    assert_eq!(first.url, format!("https://localhost:{}", first.address.port()));
    assert_eq!(second.url, format!("https://127.0.0.2:{}", second.address.port()));
    let mut connection = Connection::at(&simulator, "127.0.0.2", second.address.port());
    assert_eq!(connection.call(&request("GET", "/api/versions", &[], "")).unwrap().status, 200);
    let journal = simulator.journal();
    assert_eq!((journal.connections, &journal.requests[0].listener), (1, &second.address.to_string()));
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    match Simulator::start(Options { listen: vec![address], ..Options::default() }) {
        Err(StartError::Listen(refused, _)) => assert_eq!(refused, address),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("two programs listen on {address}"),
    }
}

#[test]
fn no_address_means_the_default() {
    let simulator = Simulator::start(Options { listen: Vec::new(), ..Options::default() }).unwrap();
    assert_eq!(call(&simulator, &request("GET", "/api/versions", &[], "")).status, 200);
}

#[test]
fn only_the_temporary_folder_is_removed_at_the_end() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let temporary = simulator.ca_file().to_owned();
    assert!(temporary.is_absolute() && temporary.exists());
    drop(simulator);
    assert!(!temporary.parent().unwrap().exists());

    let folder = tempfile::tempdir().unwrap();
    let state_dir = folder.path().join("not").join("yet");
    let simulator = Simulator::start(Options { state_dir: Some(state_dir.clone()), ..Options::default() }).unwrap();
    assert_eq!(simulator.ca_file(), state_dir.join("ca.pem"));
    drop(simulator);
    assert!(state_dir.join("ca.pem").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let started = Simulator::start(Options { state_dir: Some(file.join("below")), ..Options::default() });
    assert!(matches!(started, Err(StartError::StateDir(path, _)) if path.starts_with(&file)));
}

/// An address of its own: on 127.0.0.1 another test could get the freed port at once.
#[cfg(any(target_os = "linux", windows))]
#[test]
fn stopping_frees_the_port() {
    let start = |port| {
        let listen = vec![SocketAddr::from(([127, 0, 0, 77], port))];
        Simulator::start(Options { listen, ..Options::default() }).unwrap()
    };
    let simulator = start(0);
    let port = simulator.port();
    drop(simulator);
    assert!(std::net::TcpStream::connect(("127.0.0.77", port)).is_err());
    assert_eq!(start(port).port(), port);
}

#[test]
fn stopping_ends_open_connections() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let mut open = Connection::open(&simulator);
    drop(simulator);
    assert!(open.is_ended());
}
