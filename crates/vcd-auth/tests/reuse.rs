//! Sessions that are shared: the cache, flights, hand-outs.

mod common;

use std::time::Duration;

use common::{Stage, eventually, run, token};
use vcd_auth::{
    Ended, ExchangeRequest, FailureKind, FreshSession, HandOut, Progress, Reuse, SessionRequest, Trust, runtime,
};
use vcdsim::{Effect, Fault, Kind, Match};

/// A session that may be shared, received; with it the number that it is held under.
fn receive(fresh: FreshSession) -> (HandOut, vcd_auth::Session) {
    (fresh.hand_out(), fresh.accept())
}

fn shared_request(stage: &Stage) -> ExchangeRequest {
    stage.request("acme", &stage.token("acme", Kind::Tenant)).reuse(Reuse::Allowed)
}

fn get(stage: &Stage, reuse: Reuse) -> (HandOut, vcd_auth::Session) {
    let exchanged = run(stage.client.exchange(&shared_request(stage).reuse(reuse), &Progress::default()));
    receive(exchanged.session.expect("session"))
}

fn end(stage: &Stage, hand_out: HandOut, session: &vcd_auth::Session, force: bool) -> Ended {
    let request = common::about(session).held_as(hand_out).force(force);
    run(stage.client.end(&request, &Progress::default())).expect("ended")
}

fn deletes(stage: &Stage) -> usize {
    stage.simulator.journal().requests.iter().filter(|request| request.method == "DELETE").count()
}

#[test]
fn callers_of_one_token_share_one_session_and_the_last_one_ends_it() {
    let stage = Stage::new();
    let (first, session) = get(&stage, Reuse::Allowed);
    let (second, same) = get(&stage, Reuse::Allowed);
    assert_eq!(session.bearer, same.bearer);
    assert_ne!(first, second);
    assert_eq!(stage.exchanges(), 1);

    assert_eq!(end(&stage, first, &session, false), Ended::HeldByOthers(1));
    assert_eq!(end(&stage, first, &session, false), Ended::Before, "releasing twice does nothing");
    assert_eq!(deletes(&stage), 0);
    assert_eq!(end(&stage, second, &session, false), Ended::AtServer);
    assert_eq!(deletes(&stage), 1);
    let (_, next) = get(&stage, Reuse::Allowed);
    assert_ne!(next.bearer, session.bearer, "an ended session is not handed out again");
}

#[test]
fn a_session_by_its_number_is_reached_on_the_way_on_which_it_was_made() {
    let stage = Stage::new();
    let (hand_out, session) = get(&stage, Reuse::Allowed);
    // It trusts no certificate of the simulator.
    let other = common::client(Trust::OperatingSystem, Duration::from_secs(30), stage.recovery.path());
    let untrusting = run(other.check(&common::about(&session), &Progress::default())).expect_err("not trusted");
    assert_eq!(untrusting.kind(), FailureKind::CertificateUntrusted);
    let by_number = SessionRequest::held(hand_out).expect("held");
    assert!(run(other.check(&by_number, &Progress::default())).is_ok());
    assert_eq!(run(other.end(&by_number, &Progress::default())).expect("ended"), Ended::AtServer);
    assert!(SessionRequest::held(hand_out).is_none(), "nobody holds it any more");
}

#[test]
fn force_ends_a_session_for_everybody_and_a_foreign_number_ends_it_at_the_server() {
    let stage = Stage::new();
    let (first, session) = get(&stage, Reuse::Allowed);
    let (second, _) = get(&stage, Reuse::Allowed);
    assert_eq!(end(&stage, first, &session, true), Ended::AtServer);
    assert_eq!(end(&stage, second, &session, false), Ended::Before);
    assert_eq!(deletes(&stage), 1);

    let (_, session) = get(&stage, Reuse::Allowed);
    let foreign: HandOut = "ffffffff-7".parse().expect("valid");
    assert_eq!(end(&stage, foreign, &session, false), Ended::AtServer);
    assert!(stage.simulator.sessions().is_empty());
}

#[test]
fn renewing_replaces_and_never_stays_private() {
    let stage = Stage::new();
    let (_, shared) = get(&stage, Reuse::Allowed);
    let (_, own) = get(&stage, Reuse::Never);
    assert_ne!(own.bearer, shared.bearer);
    assert_eq!(get(&stage, Reuse::Allowed).1.bearer, shared.bearer);
    let (_, renewed) = get(&stage, Reuse::Renew);
    assert_ne!(renewed.bearer, shared.bearer);
    assert_eq!(get(&stage, Reuse::Allowed).1.bearer, renewed.bearer);
    assert_eq!(stage.exchanges(), 3);
}

#[test]
fn twenty_callers_at_once_make_one_exchange_and_nineteen_log_out_in_silence() {
    const CALLERS: usize = 20;
    let stage = Stage::new();
    stage.fault("/oauth/", Effect { delay_ms: 300, ..Effect::default() });
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (client, request) = (stage.client.clone(), shared_request(&stage));
            runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime")
        })
        .collect();
    let held: Vec<_> =
        callers.into_iter().map(|caller| receive(run(caller).expect("finished").session.expect("session"))).collect();
    assert_eq!(stage.exchanges(), 1);
    for (number, (hand_out, session)) in held.iter().enumerate() {
        let expected = match CALLERS - 1 - number {
            0 => Ended::AtServer,
            others => Ended::HeldByOthers(others),
        };
        assert_eq!(end(&stage, *hand_out, session, false), expected);
    }
    assert_eq!(deletes(&stage), 1);
}

#[test]
fn a_failed_flight_fails_for_all_its_callers_and_is_not_remembered() {
    let stage = Stage::new();
    stage.simulator.add_fault(Fault {
        matching: Match { path: Some("/oauth/".into()), method: None },
        times: Some(1),
        effect: Effect { status: Some(503), delay_ms: 300, ..Effect::default() },
        ..Fault::default()
    });
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let (client, request) = (stage.client.clone(), shared_request(&stage));
            runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime")
        })
        .collect();
    for caller in callers {
        assert!(run(caller).expect("finished").session.is_err());
    }
    assert_eq!(stage.exchanges(), 1);
    get(&stage, Reuse::Allowed);
    assert_eq!(stage.exchanges(), 2);
}

#[test]
fn the_callers_who_stay_get_what_the_one_who_leaves_began() {
    let stage = Stage::new();
    stage.fault("/oauth/", Effect { delay_ms: 500, ..Effect::default() });
    let start = |progress: &Progress| {
        let (client, request, progress) = (stage.client.clone(), shared_request(&stage), progress.clone());
        runtime::spawn(async move { client.exchange(&request, &progress).await }).expect("runtime")
    };
    let (leader, follower) = (Progress::default(), Progress::default());
    let leaves = start(&leader);
    eventually("the token is sent", || leader.is_sent());
    let stays = start(&follower);
    eventually("the second caller is aboard", || follower.is_sent());
    assert!(!leader.abandon(), "too late to take it back");
    leaves.abort();
    let (_, session) = receive(run(stays).expect("finished").session.expect("session"));
    assert_eq!(stage.check(&session), Ok(()));
    assert_eq!(stage.exchanges(), 1);
}

#[test]
fn a_flight_that_everybody_leaves_before_sending_sends_nothing_and_blocks_nobody() {
    let stage = Stage::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let site = vcd_auth::Site::parse(&listener.local_addr().expect("bound").to_string()).expect("valid");
    let organization = vcd_auth::Organization::parse("acme").expect("valid");
    let request = ExchangeRequest::new(site, organization, token("abcdef"));
    let progress = Progress::default();
    let (client, watched) = (stage.client.clone(), progress.clone());
    let again = request.clone();
    let task = runtime::spawn(async move { client.exchange(&request, &watched).await }).expect("runtime");
    let _connection = listener.accept().expect("a connection");
    task.abort();
    // A new caller starts a flight of its own instead of waiting for the one that was given up.
    let client = stage.client.clone();
    let next = runtime::spawn(async move { client.exchange(&again, &Progress::default()).await }).expect("runtime");
    let _second = listener.accept().expect("a second connection");
    next.abort();
    assert!(!progress.is_sent());
}

#[test]
fn a_rotated_token_finds_its_session_and_every_caller_gets_the_new_one() {
    let stage = Stage::new();
    stage.fault("/oauth/", Effect { delay_ms: 300, ..Effect::default() });
    let old = stage.token("acme", Kind::ServiceAccount);
    let request = stage.request("acme", &old).reuse(Reuse::Allowed);
    let callers: Vec<_> = (0..2)
        .map(|_| {
            let (client, request) = (stage.client.clone(), request.clone());
            runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime")
        })
        .collect();
    let news: Vec<_> = callers
        .into_iter()
        .map(|caller| {
            let exchanged = run(caller).expect("finished");
            exchanged.session.expect("session").accept();
            exchanged.new_api_token.expect("replaced").take().expose().to_owned()
        })
        .collect();
    assert_eq!(news[0], news[1]);
    let with_new = stage.request("acme", &token(&news[0])).reuse(Reuse::Allowed);
    let cached = run(stage.client.exchange(&with_new, &Progress::default()));
    assert!(cached.cached);
    cached.session.expect("session").accept();
    assert_eq!(stage.exchanges(), 1);
    assert!(stage.recovered().is_empty());
}

#[test]
fn a_session_that_nobody_accepts_is_released_and_only_the_last_ends_it() {
    let stage = Stage::new();
    let (hand_out, session) = get(&stage, Reuse::Allowed);
    drop(run(stage.client.exchange(&shared_request(&stage), &Progress::default())));
    assert!(runtime::finish_background(Duration::from_secs(20)));
    assert_eq!(stage.check(&session), Ok(()), "somebody else still holds it");
    assert_eq!(end(&stage, hand_out, &session, false), Ended::AtServer);
}

#[test]
fn a_session_that_could_not_be_ended_is_still_held() {
    let stage = Stage::new();
    let (hand_out, session) = get(&stage, Reuse::Allowed);
    stage.fault("/sessions/current", Effect { status: Some(403), ..Effect::default() });
    let request = common::about(&session).held_as(hand_out);
    assert!(run(stage.client.end(&request, &Progress::default())).is_err());
    stage.simulator.clear_faults();
    assert_eq!(end(&stage, hand_out, &session, false), Ended::AtServer);
}

#[test]
fn a_session_that_comes_when_its_callers_have_gone_is_ended() {
    let stage = Stage::with(vcdsim::Options::default(), Duration::from_millis(500));
    stage.fault("/oauth/", Effect { delay_ms: 1500, ..Effect::default() });
    let late = run(stage.client.exchange(&shared_request(&stage), &Progress::default()));
    assert_eq!(late.session.expect_err("too late").kind(), FailureKind::AnswerTimeout);
    stage.simulator.clear_faults();
    eventually("the session is ended", || deletes(&stage) == 1);
    assert!(stage.simulator.sessions().is_empty());
    let (_, next) = get(&stage, Reuse::Allowed);
    assert!(stage.check(&next).is_ok());
    assert_eq!(stage.exchanges(), 2);
}

#[test]
fn an_exchange_that_is_never_answered_holds_its_token_up_for_a_while_only() {
    let stage = Stage::with(vcdsim::Options::default(), Duration::from_millis(500));
    stage.fault("/oauth/", Effect { delay_ms: 600_000, ..Effect::default() });
    let exchange = || run(stage.client.exchange(&shared_request(&stage), &Progress::default())).session;
    assert_eq!(exchange().expect_err("no answer").kind(), FailureKind::AnswerTimeout);
    stage.simulator.clear_faults();
    // Its answer may carry the only token that works, so it is still waited for, and nothing else is sent meanwhile.
    assert_eq!(exchange().expect_err("no answer yet").kind(), FailureKind::AnswerTimeout);
    assert_eq!(stage.exchanges(), 1);
    eventually("it is given up", || exchange().is_ok());
    assert_eq!(stage.exchanges(), 2);
}

#[test]
fn more_holders_than_are_remembered_do_not_end_the_session_for_the_others() {
    const HOLDERS: usize = 4200;
    let stage = Stage::new();
    let (first, session) = get(&stage, Reuse::Allowed);
    let others: Vec<_> = (1..HOLDERS).map(|_| get(&stage, Reuse::Allowed).0).collect();
    assert!(matches!(end(&stage, first, &session, false), Ended::HeldByOthers(_)));
    assert!(stage.check(&session).is_ok());
    let ended: Vec<_> = others.iter().map(|other| end(&stage, *other, &session, false)).collect();
    assert_eq!(ended.iter().filter(|ended| **ended == Ended::AtServer).count(), 1, "the last one ends it");
    assert_eq!(*ended.last().expect("holders"), Ended::AtServer);
    assert_eq!((stage.exchanges(), deletes(&stage)), (1, 1));
}
