//! Requests through a real forward proxy.

mod common;

use std::time::Duration;

use common::{Stage, run};
use vcd_auth::{
    Client, ClientOptions, Exceptions, ExchangeRequest, FailureKind, Organization, Progress, ProxyAddress, ProxyChoice,
    ProxySource, Reuse, Secret, SessionRequest, Site, Trust, runtime,
};
use vcdsim::{ForwardProxy, Kind};

fn exchange(stage: &Stage, proxy: ProxyChoice) -> Result<(), FailureKind> {
    let trust = Trust::from_fingerprint(stage.simulator.leaf_sha256()).expect("valid");
    let options =
        ClientOptions { trust, proxy, timeout: Duration::from_secs(30), max_retries: 0, ..ClientOptions::default() };
    let client = Client::new(options).expect("client");
    let request = stage.request("acme", &stage.token("acme", Kind::Tenant)).reuse(Reuse::Never);
    let exchanged = run(client.exchange(&request, &Progress::default()));
    exchanged.session.map(|session| drop(session.accept())).map_err(|failure| failure.kind())
}

fn explicit(proxy: &ForwardProxy, exceptions: &str) -> ProxyChoice {
    ProxyChoice::Explicit(ProxyAddress::parse(&proxy.url()).expect("valid").into(), Exceptions::parse(exceptions))
}

#[test]
fn an_explicit_proxy_is_used_but_for_its_exceptions() {
    let stage = Stage::new();
    let proxy = ForwardProxy::start(None).expect("proxy");
    assert_eq!(exchange(&stage, explicit(&proxy, "")), Ok(()));
    assert_eq!(proxy.tunnels(), [format!("localhost:{}", stage.simulator.port())]);
    assert_eq!(exchange(&stage, explicit(&proxy, "localhost")), Ok(()));
    assert_eq!(proxy.tunnels().len(), 1, "the second went past it");
}

#[test]
fn a_proxy_that_wants_credentials_gets_them_or_is_named() {
    let stage = Stage::new();
    let proxy = ForwardProxy::start(Some(("alice", "s3cret:x"))).expect("proxy");
    assert_eq!(exchange(&stage, explicit(&proxy, "")), Err(FailureKind::ProxyAuthenticationRequired));
    let address = ProxyAddress::parse(&proxy.url()).expect("valid");
    let with = |password| address.clone().with_credentials("alice".into(), Secret::new(password));
    let choice = |password| ProxyChoice::Explicit(with(password).into(), Exceptions::default());
    assert_eq!(exchange(&stage, choice("wrong")), Err(FailureKind::ProxyAuthenticationRequired));
    assert_eq!(exchange(&stage, choice("s3cret:x")), Ok(()));
    assert_eq!((proxy.refused(), proxy.tunnels().len()), (2, 1));
}

#[test]
fn a_proxy_that_is_not_there_or_cannot_connect_is_the_proxys_failure() {
    let stage = Stage::new();
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("bound").to_string()
    };
    let choice = ProxyChoice::Explicit(ProxyAddress::parse(&gone).expect("valid").into(), Exceptions::default());
    assert_eq!(exchange(&stage, choice), Err(FailureKind::ProxyFailed));

    let proxy = ForwardProxy::start(None).expect("proxy");
    let client = Client::new(ClientOptions {
        proxy: explicit(&proxy, ""),
        trust: Trust::Unchecked,
        max_retries: 0,
        ..ClientOptions::default()
    });
    let site = Site::parse(&gone).expect("valid");
    let request =
        ExchangeRequest::new(site, Organization::Provider, stage.token("acme", Kind::Tenant)).reuse(Reuse::Never);
    let failure = run(client.expect("client").exchange(&request, &Progress::default())).session.expect_err("502");
    assert_eq!(failure.kind(), FailureKind::ProxyFailed, "{failure}");
    assert!(failure.message().contains(&proxy.url()), "{failure}");
}

#[test]
fn the_systems_answer_is_used_if_nothing_else_is_said() {
    let stage = Stage::new();
    let proxy = ForwardProxy::start(None).expect("proxy");
    let trust = Trust::from_fingerprint(stage.simulator.leaf_sha256()).expect("valid");
    let client = Client::new(ClientOptions { trust, ..ClientOptions::default() }).expect("client");
    let system = ProxyAddress::parse(&proxy.url()).expect("valid");
    let route = client.route(&stage.site(), Some(&system)).expect("valid");
    assert_eq!(route.proxy().map(|proxy| proxy.source), Some(ProxySource::System));
    let request = stage.request("acme", &stage.token("acme", Kind::Tenant)).over(route);
    let session = run(client.exchange(&request, &Progress::default())).session.expect("session");
    assert_eq!(proxy.tunnels().len(), 1);

    // By its number it is reached through the proxy again, whatever the client that does it would have taken.
    let held = SessionRequest::held(session.hand_out()).expect("held");
    session.accept();
    run(stage.client.end(&held, &Progress::default())).expect("ended");
    assert_eq!(proxy.tunnels().len(), 2);
}

#[test]
fn a_session_that_nobody_accepts_is_ended_on_the_way_on_which_it_was_made() {
    let stage = Stage::new();
    let proxy = ForwardProxy::start(None).expect("proxy");
    let system = ProxyAddress::parse(&proxy.url()).expect("valid");
    let trust = Trust::from_fingerprint(stage.simulator.leaf_sha256()).expect("valid");
    let client = Client::new(ClientOptions { trust, ..ClientOptions::default() }).expect("client");
    let route = client.route(&stage.site(), Some(&system)).expect("valid");
    let request = stage.request("acme", &stage.token("acme", Kind::Tenant)).over(route);
    drop(run(client.exchange(&request, &Progress::default())));
    assert!(runtime::finish_background(Duration::from_secs(20)));
    assert!(stage.simulator.sessions().is_empty());
    assert_eq!(proxy.tunnels().len(), 2);
}
