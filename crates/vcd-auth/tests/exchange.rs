//! The token exchange against the simulator.

mod common;

use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use common::{Stage, client, run, token};
use vcd_auth::{ExchangeRequest, FailureKind, Organization, Progress, Reuse, Site, Trust};
use vcdsim::{Close, Effect, Kind, Options};

#[test]
fn tenants_and_the_provider_get_a_session() {
    let stage = Stage::new();
    for (org, kind) in
        [("acme", Kind::Tenant), ("globex", Kind::Tenant), ("Blue Sky", Kind::Tenant), ("SYSTEM", Kind::Provider)]
    {
        let shown = if kind == Kind::Provider { "System" } else { org };
        let session = stage.exchange(org, &stage.token(shown, kind)).session.expect(org).accept();
        assert_eq!(session.organization.to_string(), shown);
        assert_eq!(session.user.as_deref(), Some(stage.simulator.login(shown, kind).expect("login").user.as_str()));
        let lifetime = session.expires_at.expect("stated") - session.issued_at;
        assert!((86_000..=86_400).contains(&lifetime.whole_seconds()), "{lifetime}");
        assert_eq!(stage.check(&session), Ok(()));
    }
    let journal = stage.simulator.journal();
    assert!(journal.requests.iter().all(|request| !request.secret_in_url), "{journal:?}");
    let exchange =
        journal.requests.iter().find(|request| request.path.ends_with("/oauth/tenant/acme/token")).expect("sent");
    assert_eq!(exchange.body_fields, ["grant_type", "refresh_token"]);
    assert!(!exchange.authorization);
    assert!(exchange.user_agent.as_deref().is_some_and(|agent| agent.starts_with("VcdBearer/")), "{exchange:?}");
}

#[test]
fn wrong_revoked_and_foreign_tokens_are_rejected_alike() {
    let stage = Stage::new();
    let login = stage.simulator.login("acme", Kind::Tenant).expect("login").clone();
    assert!(stage.exchange("acme", &token(&login.api_token)).session.is_ok());
    for (org, text) in
        [("acme", "0123456789abcdef0123456789abcdef"), ("globex", &login.api_token), ("System", &login.api_token)]
    {
        let failure = stage.exchange(org, &token(text)).session.expect_err(org);
        assert_eq!(failure.kind(), FailureKind::TokenRejected);
        assert!(failure.message().contains(org), "{failure}");
        assert!(!failure.message().contains(text), "{failure}");
        assert_eq!(failure.http_status(), Some(400));
        assert!(failure.request_id().is_some());
    }
    assert!(stage.simulator.revoke_token(&login.name));
    assert_eq!(stage.refused().kind(), FailureKind::TokenRejected);
}

#[test]
fn answers_that_are_no_session_are_told_apart_and_never_asked_again() {
    let html = || Effect { status: Some(200), body: Some("<html>Sign in</html>".into()), ..Effect::default() };
    let status = |status| Effect { status: Some(status), ..Effect::default() };
    let header = |status, name: &str, value: &str| Effect {
        status: Some(status),
        headers: [(name.to_owned(), value.to_owned())].into(),
        ..Effect::default()
    };
    for (effect, kind, unknown) in [
        (html(), FailureKind::NotCloudDirector, true),
        (header(307, "Location", "https://elsewhere.example/login?token=1"), FailureKind::RedirectRefused, false),
        (header(429, "Retry-After", "17"), FailureKind::RateLimited, false),
        (header(503, "Retry-After", "soon"), FailureKind::ServiceUnavailable, false),
        (status(406), FailureKind::ApiVersionUnsupported, false),
        (status(403), FailureKind::AccessDenied, false),
        (status(404), FailureKind::NotCloudDirector, false),
        (status(500), FailureKind::UnexpectedStatus, true),
        (status(204), FailureKind::AnswerMalformed, true),
        (Effect { close: Some(Close::AfterRead), ..Effect::default() }, FailureKind::ConnectionLost, true),
    ] {
        let stage = Stage::new();
        stage.fault("/oauth/", effect.clone());
        let failure = stage.refused();
        assert_eq!((failure.kind(), failure.outcome_unknown()), (kind, unknown), "{effect:?}");
        assert_eq!(stage.exchanges(), 1, "{effect:?}");
        match kind {
            FailureKind::RateLimited => assert_eq!(failure.retry_after(), Some(Duration::from_secs(17))),
            FailureKind::RedirectRefused => assert!(failure.message().contains("elsewhere.example"), "{failure}"),
            _ => {}
        }
    }
}

#[test]
fn an_endless_answer_is_cut_off() {
    let stage = Stage::new();
    stage.fault("/oauth/", Effect { status: Some(200), body: Some("x".repeat(1 << 20)), ..Effect::default() });
    assert_eq!(stage.refused().kind(), FailureKind::AnswerTooLarge);
}

#[test]
fn an_answer_that_stays_away_ends_with_an_unknown_outcome() {
    let stage = Stage::with(Options::default(), Duration::from_millis(700));
    stage.fault("/oauth/", Effect { delay_ms: 60_000, ..Effect::default() });
    let failure = stage.refused();
    assert_eq!(failure.kind(), FailureKind::AnswerTimeout, "{failure}");
    assert!(failure.outcome_unknown());
}

/// What an exchange with this address ends with.
fn exchange_with(address: &str, timeout: Duration) -> vcd_auth::Failure {
    let recovery = tempfile::tempdir().expect("temporary folder");
    let client = client(Trust::OperatingSystem, timeout, recovery.path());
    let organization = Organization::parse("acme").expect("valid");
    let site = Site::parse(address).expect("valid");
    let request = ExchangeRequest::new(site, organization, token("abc")).reuse(Reuse::Never);
    run(client.exchange(&request, &Progress::default())).session.expect_err("nothing there")
}

#[test]
fn where_nobody_answers_the_failure_says_how_far_it_came() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    let silent = exchange_with(&address, Duration::from_millis(600));
    assert_eq!(silent.kind(), FailureKind::ConnectTimeout, "{silent}");
    assert!(!silent.outcome_unknown());
    drop(listener);

    let refused = exchange_with(&address, Duration::from_secs(20));
    assert_eq!(refused.kind(), FailureKind::ConnectFailed, "{refused}");
    assert!(refused.message().contains(&address), "{refused}");

    let unknown = exchange_with("no-such-host.invalid", Duration::from_secs(20));
    assert_eq!(unknown.kind(), FailureKind::NameNotResolved, "{unknown}");
    assert!(unknown.message().contains("no-such-host.invalid"), "{unknown}");
}

#[test]
fn a_port_that_does_not_speak_tls_is_named_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        std::thread::sleep(Duration::from_millis(200));
    });
    let failure = exchange_with(&address, Duration::from_secs(20));
    assert_eq!(failure.kind(), FailureKind::NotTls, "{failure}");
    server.join().expect("server");
}
