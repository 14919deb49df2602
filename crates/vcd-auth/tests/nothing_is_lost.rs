//! New API tokens and fresh sessions that nobody takes.

mod common;

use std::time::Duration;

use common::{Stage, eventually, run, token};
use vcd_auth::{ExchangeRequest, FailureKind, Organization, Progress, Reuse, Site, runtime};
use vcdsim::{Close, Effect, Kind};

#[test]
fn a_service_accounts_new_token_works_and_the_old_one_is_dead() {
    let stage = Stage::new();
    let old = stage.token("acme", Kind::ServiceAccount);
    let exchanged = stage.exchange("acme", &old);
    let new = exchanged.new_api_token.expect("replaced").take();
    assert_ne!(new.expose(), old.secret().expose());
    exchanged.session.expect("session").accept();
    assert_eq!(stage.exchange("acme", &old).session.expect_err("dead").kind(), FailureKind::TokenRejected);
    let again = stage.exchange("acme", &token(new.expose()));
    assert!(again.session.is_ok());
    assert!(stage.recovered().is_empty(), "tokens that were taken leave no file");
    drop(again.new_api_token);
    assert_eq!(stage.recovered().len(), 1, "one that was not taken does");
}

#[test]
fn a_new_token_is_kept_although_the_rest_of_the_answer_is_useless() {
    let answer = |status, length: Option<usize>, body: &str| Effect {
        status: Some(status),
        headers: length.map(|length| ("Content-Length".to_owned(), length.to_string())).into_iter().collect(),
        body: Some(body.to_owned()),
        ..Effect::default()
    };
    let good = r#"{"refresh_token":"REPLACEMENT","access_token":"a.b.c"}"#;
    let endless = format!(r#"{{"refresh_token":"REPLACEMENT","x":"{}"}}"#, "x".repeat(1 << 20));
    for (effect, kind) in [
        (
            answer(200, None, r#"{"access_token":null,"refresh_token":"REPLACEMENT"}"#),
            Some(FailureKind::AnswerIncomplete),
        ),
        (answer(201, None, good), None),
        (answer(200, Some(1000), good), Some(FailureKind::AnswerTimeout)),
        (answer(200, None, &endless), Some(FailureKind::AnswerTooLarge)),
        (answer(200, None, &good.replace('}', "")), Some(FailureKind::AnswerMalformed)),
    ] {
        let stage = Stage::new();
        stage.fault("/oauth/", effect.clone());
        let exchanged = stage.exchange("acme", &stage.token("acme", Kind::ServiceAccount));
        let failure = exchanged.session.map(|session| drop(session.accept())).map_err(|failure| failure.kind()).err();
        assert_eq!(failure, kind, "{effect:?}");
        assert_eq!(exchanged.new_api_token.expect("kept").take().expose(), "REPLACEMENT", "{effect:?}");
    }
}

#[test]
fn an_answer_lost_on_its_way_is_an_unknown_outcome_and_sent_once() {
    let stage = Stage::new();
    stage.fault("/oauth/", Effect { close: Some(Close::AfterRead), ..Effect::default() });
    let failure = stage.exchange("acme", &stage.token("acme", Kind::ServiceAccount)).session.expect_err("lost");
    assert_eq!(failure.kind(), FailureKind::ConnectionLost);
    assert!(failure.outcome_unknown());
    assert_eq!(stage.exchanges(), 1);
}

#[test]
fn a_session_that_nobody_accepts_is_ended() {
    let stage = Stage::new();
    let exchanged = stage.exchange("acme", &stage.token("acme", Kind::Tenant));
    assert_eq!(stage.simulator.sessions().len(), 1);
    drop(exchanged);
    eventually("the session is ended", || stage.simulator.sessions().is_empty());
    assert!(runtime::finish_background(Duration::from_secs(20)));
}

/// Starts an exchange in the background, drops it as soon as `ready` says so, and tells whether the token was sent.
fn exchange_and_leave(stage: &Stage, kind: Kind, ready: impl Fn(&Progress) -> bool) -> Progress {
    let (client, request) = (stage.client.clone(), stage.request("acme", &stage.token("acme", kind)));
    let progress = Progress::default();
    let watched = progress.clone();
    let task = runtime::spawn(async move { client.exchange(&request, &watched).await });
    let task = task.expect("runtime");
    eventually("the moment to leave", || ready(&progress));
    task.abort();
    assert!(run(task).is_err_and(|error| error.is_cancelled()), "the caller has gone");
    progress
}

#[test]
fn an_exchange_whose_caller_leaves_after_sending_goes_on() {
    let stage = Stage::new();
    stage.fault("/oauth/", Effect { delay_ms: 500, ..Effect::default() });
    let progress = exchange_and_leave(&stage, Kind::ServiceAccount, Progress::is_sent);
    assert!(!progress.abandon(), "too late to take it back");
    eventually("the new token is saved", || stage.recovered().len() == 1);
    eventually("the session is ended", || {
        stage.simulator.journal().requests.iter().any(|request| request.method == "DELETE")
    });
    let saved = stage.recovered()[0]["refresh_token"].as_str().expect("text").to_owned();
    stage.simulator.clear_faults();
    assert!(stage.exchange("acme", &token(&saved)).session.is_ok(), "the saved token is the living one");
}

#[test]
fn an_exchange_whose_caller_leaves_before_sending_sends_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let stage = Stage::new();
    let (client, token) = (stage.client.clone(), stage.token("acme", Kind::ServiceAccount));
    let site = Site::parse(&listener.local_addr().expect("bound").to_string()).expect("valid");
    let request = ExchangeRequest::new(site, Organization::parse("acme").expect("valid"), token).reuse(Reuse::Never);
    let progress = Progress::default();
    let watched = progress.clone();
    let task = runtime::spawn(async move { client.exchange(&request, &watched).await });
    // The connection stands, but the TLS handshake never ends.
    let _connection = listener.accept().expect("a connection");
    task.expect("runtime").abort();
    eventually("given up", || progress.abandon());
    assert!(!progress.is_sent());
}
