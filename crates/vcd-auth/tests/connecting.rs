//! Connecting: a session, who is logged in, and the legacy id.

mod common;

use std::time::{Duration, Instant};

use common::{Stage, about, eventually, run};
use vcd_auth::{Connected, FailureKind, Progress, Reuse, SessionState};
use vcdsim::{CredentialKind, Effect, Kind, LegacyIds, Options};

fn connect(stage: &Stage, org: &str, kind: Kind, legacy_id: bool) -> Connected {
    let request = stage.request(org, &stage.token(org, kind));
    run(stage.client.connect(&request, legacy_id, &Progress::default()))
}

fn without_legacy_ids() -> Stage {
    Stage::with(Options { legacy_ids: LegacyIds::Never, ..Options::default() }, Duration::from_secs(30))
}

fn asked_for(stage: &Stage, path: &str) -> Vec<vcdsim::JournalEntry> {
    stage.simulator.journal().requests.into_iter().filter(|request| request.path == path).collect()
}

#[test]
fn connecting_tells_who_is_logged_in_and_asks_for_the_legacy_id_on_request_only() {
    let stage = Stage::new();
    let plain = connect(&stage, "acme", Kind::Tenant, false);
    let session = plain.exchanged.session.expect("session").accept();
    let state = plain.state.expect("asked");
    let SessionState { user, organization, roles, idle_timeout_minutes, api_version, legacy_id } = state;
    assert_eq!(api_version, "39.0");
    assert_eq!((user, organization.as_deref()), (session.user.clone(), Some("acme")));
    assert_eq!((idle_timeout_minutes, roles.is_empty(), legacy_id), (Some(30), false, None));
    assert!(asked_for(&stage, "/api/session").is_empty());

    let legacy = connect(&stage, "acme", Kind::Tenant, true);
    legacy.exchanged.session.expect("session").accept();
    let id = legacy.state.expect("asked").legacy_id.expect("a legacy id");
    assert_eq!(id.secret().expose().len(), 32);
    assert!(!format!("{id:?}").contains(id.secret().expose()));
    let [asked] = &asked_for(&stage, "/api/session")[..] else { panic!("asked once") };
    assert_eq!(asked.credential, Some(CredentialKind::Bearer));
    // Sites that know sessions of the old kind do so in versions below 38.0.
    assert!(asked.accept.as_deref().is_some_and(|accept| accept.contains("version=37.")), "{asked:?}");
}

#[test]
fn the_organization_is_told_in_the_sites_own_spelling() {
    let stage = Stage::new();
    let body = Some(r#"{"user":{"name":"alice"},"org":{"name":"Acme","id":"urn:vcloud:org:1"}}"#.to_owned());
    stage.fault("/sessions/current", Effect { body, ..Effect::default() });
    let connected = connect(&stage, "acme", Kind::Tenant, false);
    assert_eq!(connected.exchanged.session.expect("session").accept().organization.to_string(), "acme");
    assert_eq!(connected.state.expect("asked").organization.as_deref(), Some("Acme"));
}

#[test]
fn a_session_that_was_made_earlier_tells_its_legacy_id_later() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    let question = about(&session).with_legacy_id(true);
    let state = run(stage.client.check(&question, &Progress::default())).expect("alive");
    assert!(state.legacy_id.is_some());
    stage.end(&session).expect("ended");
    let dead = run(stage.client.check(&question, &Progress::default())).expect_err("ended");
    assert_eq!(dead.kind(), FailureKind::SessionExpired);
}

#[test]
fn a_site_without_legacy_ids_says_what_to_do_and_leaves_no_session() {
    let stage = without_legacy_ids();
    let refused = connect(&stage, "acme", Kind::Tenant, true);
    assert!(refused.state.is_none());
    let failure = refused.exchanged.session.expect_err("there is none");
    assert_eq!(failure.kind(), FailureKind::LegacyIdUnavailable);
    assert!(failure.action().contains("PowerCLI 13.1"), "{}", failure.action());
    eventually("the session is ended", || stage.simulator.sessions().is_empty());

    let stage = Stage::new();
    stage.fault("/api/session", Effect { status: Some(404), ..Effect::default() });
    let without_the_old_interface = connect(&stage, "acme", Kind::Tenant, true).exchanged.session.expect_err("none");
    assert_eq!(without_the_old_interface.kind(), FailureKind::LegacyIdUnavailable);
}

#[test]
fn a_session_that_others_hold_survives_a_failed_connect() {
    let stage = without_legacy_ids();
    let request = stage.request("acme", &stage.token("acme", Kind::Tenant)).reuse(Reuse::Allowed);
    let held = run(stage.client.exchange(&request, &Progress::default())).session.expect("session").accept();
    let refused = run(stage.client.connect(&request, true, &Progress::default()));
    assert!(refused.exchanged.cached && refused.exchanged.session.is_err());
    assert!(vcd_auth::runtime::finish_background(Duration::from_secs(20)));
    assert_eq!(stage.check(&held), Ok(()));
}

#[test]
fn a_new_api_token_survives_whatever_fails_after_the_exchange() {
    for (effect, kind) in [
        (Effect { status: Some(403), ..Effect::default() }, FailureKind::AccessDenied),
        (Effect { status: Some(401), ..Effect::default() }, FailureKind::SessionExpired),
        (Effect { body: Some("<html>".into()), ..Effect::default() }, FailureKind::AnswerMalformed),
        (Effect { delay_ms: 60_000, ..Effect::default() }, FailureKind::AnswerTimeout),
    ] {
        let stage = Stage::with(Options::default(), Duration::from_secs(2));
        stage.fault("/sessions/current", effect.clone());
        let old = stage.token("acme", Kind::ServiceAccount);
        let connected = run(stage.client.connect(&stage.request("acme", &old), false, &Progress::default()));
        let failure = connected.exchanged.session.expect_err("a failure");
        assert_eq!((failure.kind(), failure.outcome_unknown()), (kind, false), "{effect:?}");
        let new = connected.exchanged.new_api_token.expect("handed out").take();
        stage.simulator.clear_faults();
        let again = stage.exchange("acme", &common::token(new.expose()));
        again.session.expect("the new token works").accept();
        again.new_api_token.expect("replaced again").take();
    }
}

#[test]
fn exchange_and_questions_share_one_time_limit() {
    let stage = Stage::with(Options::default(), Duration::from_secs(3));
    stage.fault("/oauth/", Effect { delay_ms: 2000, ..Effect::default() });
    stage.fault("/sessions/current", Effect { delay_ms: 60_000, ..Effect::default() });
    let start = Instant::now();
    let connected = connect(&stage, "acme", Kind::Tenant, false);
    assert_eq!(connected.exchanged.session.expect_err("late").kind(), FailureKind::AnswerTimeout);
    assert!(start.elapsed() < Duration::from_millis(4500), "{:?}", start.elapsed());
}

#[test]
fn a_caller_who_leaves_between_exchange_and_questions_loses_nothing() {
    let stage = Stage::new();
    stage.fault("/sessions/current", Effect { delay_ms: 60_000, ..Effect::default() });
    let (client, request) = (stage.client.clone(), stage.request("acme", &stage.token("acme", Kind::ServiceAccount)));
    let connecting = async move { client.connect(&request, false, &Progress::default()).await };
    let task = vcd_auth::runtime::spawn(connecting).expect("runtime");
    eventually("the question is asked", || !asked_for(&stage, "/cloudapi/1.0.0/sessions/current").is_empty());
    task.abort();
    eventually("the new token is saved", || stage.recovered().len() == 1);
    stage.simulator.clear_faults();
    eventually("the session is ended", || stage.simulator.sessions().is_empty());
}
