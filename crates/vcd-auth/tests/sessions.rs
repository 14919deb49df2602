//! Checking and ending sessions against the simulator.

mod common;

use std::time::Duration;

use common::{Stage, about, run};
use vcd_auth::{FailureKind, Progress};
use vcdsim::{Effect, Kind, Options, Release};

#[test]
fn a_session_is_alive_until_it_is_ended_idle_or_revoked() {
    let stage = Stage::new();
    let ended = stage.session("acme", Kind::Tenant);
    let state = run(stage.client.check(&about(&ended), &Progress::default())).expect("alive");
    assert_eq!(state.organization.as_deref(), Some("acme"));
    assert_eq!(state.user, ended.user);
    assert_eq!((state.idle_timeout_minutes, state.roles.is_empty()), (Some(30), false));
    assert_eq!(stage.end(&ended), Ok(()));
    assert_eq!(stage.check(&ended), Err(FailureKind::SessionExpired));
    assert_eq!(stage.end(&ended), Ok(()), "ending a dead session is no failure");

    let idle = stage.session("acme", Kind::Tenant);
    stage.simulator.advance_clock(Duration::from_secs(29 * 60));
    assert_eq!(stage.check(&idle), Ok(()));
    stage.simulator.advance_clock(Duration::from_secs(31 * 60));
    assert_eq!(stage.check(&idle), Err(FailureKind::SessionExpired));

    let revoked = stage.session("acme", Kind::Tenant);
    let name = stage.simulator.login("acme", Kind::Tenant).expect("login").name.clone();
    assert!(stage.simulator.revoke_token(&name));
    assert_eq!(stage.check(&revoked), Err(FailureKind::SessionExpired));
}

#[test]
fn every_release_is_asked_in_a_version_that_it_offers_and_only_once_for_its_list() {
    for (release, version) in [("10.3.3", "36.3"), ("10.6", "39.")] {
        let release: Release = release.parse().expect("known");
        let stage = Stage::with(Options { release, ..Options::default() }, Duration::from_secs(30));
        let session = stage.session("acme", Kind::Tenant);
        assert_eq!(stage.check(&session), Ok(()));
        assert_eq!(stage.end(&session), Ok(()));
        let requests = stage.simulator.journal().requests;
        let lists = requests.iter().filter(|request| request.path == "/api/versions").count();
        assert_eq!(lists, 1, "{requests:?}");
        let asked = requests.iter().find(|request| request.path.ends_with("/sessions/current")).expect("asked");
        assert!(
            asked.accept.as_deref().is_some_and(|accept| accept.contains(&format!("version={version}"))),
            "{asked:?}"
        );
    }
}

#[test]
fn a_hidden_version_list_and_a_later_upgrade_do_no_harm() {
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    stage.simulator.add_fault(vcdsim::Fault {
        matching: vcdsim::Match { path: Some("/api/versions".into()), method: None },
        times: Some(1),
        effect: Effect { status: Some(404), ..Effect::default() },
        ..Default::default()
    });
    assert_eq!(stage.check(&session), Ok(()), "asked in an assumed version");
    stage.simulator.add_fault(vcdsim::Fault {
        matching: vcdsim::Match { path: Some("/sessions/current".into()), method: None },
        times: Some(1),
        effect: Effect { status: Some(406), ..Effect::default() },
        ..Default::default()
    });
    assert_eq!(stage.check(&session), Ok(()), "the list is read again after a 406");
}

#[test]
fn what_cannot_be_answered_is_a_failure_and_not_a_dead_session() {
    for (status, kind) in [
        (503, FailureKind::ServiceUnavailable),
        (403, FailureKind::AccessDenied),
        (500, FailureKind::UnexpectedStatus),
        (302, FailureKind::RedirectRefused),
        (418, FailureKind::UnexpectedStatus),
    ] {
        let stage = Stage::new();
        let session = stage.session("acme", Kind::Tenant);
        stage.fault("/sessions/current", Effect { status: Some(status), ..Effect::default() });
        assert_eq!(stage.check(&session), Err(kind));
        assert_eq!(stage.end(&session), Err(kind));
    }
    let stage = Stage::new();
    let session = stage.session("acme", Kind::Tenant);
    stage.fault("/sessions/current", Effect { status: Some(404), ..Effect::default() });
    assert_eq!(stage.check(&session), Err(FailureKind::NotCloudDirector));
    let stage = Stage::with(Options::default(), Duration::from_millis(700));
    let session = stage.session("acme", Kind::Tenant);
    stage.fault("/sessions/current", Effect { delay_ms: 60_000, ..Effect::default() });
    assert_eq!(stage.check(&session), Err(FailureKind::AnswerTimeout));
}
