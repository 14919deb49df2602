//! Token files: a service account's new token is in the file before anybody hears of the session.

mod common;

use std::fs;
use std::time::Duration;

use common::with_file::WithFile;
use common::{Stage, eventually, run, token};
use vcd_auth::{ExchangeRequest, Exchanged, FailureKind, Organization, Progress, Reuse, runtime};
use vcd_os::LockFile;
use vcdsim::{Close, Effect, Kind};

#[test]
fn each_use_replaces_the_token_and_leaves_nothing_beside() {
    let with = WithFile::new();
    let mut tokens = vec![with.in_file()];
    for _ in 0..3 {
        let exchanged = with.succeed(Reuse::Never);
        assert!(exchanged.new_api_token.is_none(), "it is in the file");
        let report = exchanged.token_file.expect("from a file");
        assert!(report.replaced && report.warnings.iter().all(|warning| warning.contains("read the token file")));
        tokens.push(with.in_file());
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 4);
    assert_eq!(with.beside(), [""; 0]);
    assert!(with.stage.recovered().is_empty());
    assert!(with.works());
}

#[test]
fn a_session_that_is_still_good_leaves_the_token_alone() {
    let with = WithFile::new();
    let first = with.succeed(Reuse::Allowed).session.expect("session").accept();
    let replaced = with.in_file();
    let again = with.succeed(Reuse::Allowed);
    assert!(again.cached && again.token_file.is_some_and(|report| !report.replaced));
    assert_eq!(again.session.expect("session").accept().bearer, first.bearer);
    assert_eq!((with.in_file(), with.stage.exchanges()), (replaced.clone(), 1));

    with.succeed(Reuse::Renew).session.expect("session").accept();
    assert_ne!(with.in_file(), replaced);
    assert_eq!(with.stage.exchanges(), 2);
}

#[test]
fn an_answer_that_comes_after_the_time_limit_is_saved_all_the_same() {
    let with = WithFile::on(Stage::with(vcdsim::Options::default(), Duration::from_millis(700)));
    with.stage.fault("/oauth/", Effect { delay_ms: 1_500, ..Effect::default() });
    let before = with.in_file();
    assert_eq!(with.fail().kind(), FailureKind::AnswerTimeout);
    eventually("the new token is in the file", || with.in_file() != before);
    eventually("the session is ended", || with.stage.simulator.sessions().is_empty());
    assert!(runtime::finish_background(Duration::from_secs(20)));
    with.stage.simulator.clear_faults();
    assert_eq!(with.beside(), [""; 0]);
    assert!(with.works());
}

#[test]
fn a_caller_who_leaves_before_sending_leaves_nothing_behind() {
    let with = WithFile::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let site = vcd_auth::Site::parse(&listener.local_addr().expect("bound").to_string()).expect("valid");
    let organization = Organization::parse("acme").expect("valid");
    let request = ExchangeRequest::from_file(site, organization, with.file.clone()).reuse(Reuse::Never);
    let client = with.stage.client.clone();
    let task = runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime");
    let _connection = listener.accept().expect("a connection");
    assert!(
        with.beside().contains(&"account.json.vcd-pending".to_owned()),
        "the intent stands before the token is sent"
    );
    task.abort();
    eventually("everything is cleared away", || with.beside().is_empty());
    assert!(with.works());
}

#[test]
fn what_was_not_sent_clears_the_intent_away() {
    let with = WithFile::new();
    with.stage.fault("/oauth/", Effect { status: Some(503), ..Effect::default() });
    assert_eq!(with.fail().kind(), FailureKind::ServiceUnavailable);
    assert_eq!(with.beside(), [""; 0]);
    with.stage.simulator.clear_faults();
    assert!(with.works());
}

#[test]
fn a_lost_answer_explains_the_rejection_that_follows_until_the_token_is_another_one() {
    let with = WithFile::new();
    with.stage.fault("/oauth/", Effect { close: Some(Close::AfterRead), ..Effect::default() });
    assert!(with.fail().outcome_unknown());
    assert_eq!(with.beside(), ["account.json.vcd-pending"]);
    with.stage.simulator.clear_faults();
    // The simulator closes before it acts, so the token is revoked to be dead.
    let name = &with.stage.simulator.login("acme", Kind::ServiceAccount).expect("login").name.clone();
    assert!(with.stage.simulator.revoke_token(name));
    for _ in 0..2 {
        let rejected = with.fail();
        assert_eq!(rejected.kind(), FailureKind::TokenRejected);
        let process = format!("Process {} sent this token", std::process::id());
        assert!(rejected.message().contains(&process), "{rejected}");
    }
    let fresh = with.stage.simulator.create_token("acme", Kind::ServiceAccount).expect("made");
    with.put(&fresh.api_token);
    assert!(with.succeed(Reuse::Never).token_file.is_some_and(|report| report.replaced));
    assert_eq!(with.beside(), [""; 0]);
}

/// Sends a dead token and puts another one into the file while the answer is on its way.
fn with_another_token_meanwhile(with: &WithFile, another: &str) -> Exchanged {
    let name = with.stage.simulator.login("acme", Kind::ServiceAccount).expect("login").name.clone();
    with.stage.simulator.revoke_token(&name);
    with.stage.fault("/oauth/", Effect { delay_ms: 500, ..Effect::default() });
    let (client, request) = (with.stage.client.clone(), with.request().reuse(Reuse::Never));
    let progress = Progress::default();
    let watched = progress.clone();
    let task = runtime::spawn(async move { client.exchange(&request, &watched).await }).expect("runtime");
    eventually("the dead token is sent", || progress.is_sent());
    with.put(another);
    let exchanged = run(task).expect("finished");
    with.stage.simulator.clear_faults();
    assert_eq!(with.stage.exchanges(), 2);
    exchanged
}

#[test]
fn a_token_that_another_program_put_into_the_file_is_tried() {
    let with = WithFile::new();
    let fresh = with.stage.simulator.create_token("acme", Kind::ServiceAccount).expect("made").api_token;
    with_another_token_meanwhile(&with, &fresh).session.expect("session").accept();
    assert_ne!(with.in_file(), fresh);
    assert!(with.works());
}

#[test]
fn a_dead_token_that_another_program_put_into_the_file_is_tried_once_and_explained_by_nobody() {
    let with = WithFile::new();
    let rejected = with_another_token_meanwhile(&with, "DEADASWELL").session.expect_err("both are dead");
    assert_eq!(rejected.kind(), FailureKind::TokenRejected);
    assert_eq!(with.beside(), [""; 0]);
    assert!(!with.fail().message().contains("sent this token"));
}

#[test]
fn a_session_of_a_file_is_not_shared_with_those_who_give_its_token() {
    let with = WithFile::new();
    let tenant = with.stage.token("acme", Kind::Tenant);
    fs::write(&with.file, tenant.secret().expose()).expect("writable");
    with.succeed(Reuse::Allowed).session.expect("session").accept();
    let given = with.stage.request("acme", &tenant).reuse(Reuse::Allowed);
    // If this one's token were replaced, there would be no file to put it into.
    assert!(!run(with.stage.client.exchange(&given, &Progress::default())).cached);
}

#[test]
fn a_file_that_says_api_token_needs_no_lock_and_is_not_written() {
    let with = WithFile::new();
    let tenant = with.stage.token("acme", Kind::Tenant);
    let content = format!(r#"{{"token_type":"API Token","refresh_token":"{}"}}"#, tenant.secret().expose());
    fs::write(&with.file, &content).expect("writable");
    let lock = LockFile::open(&with.folder.path().join("account.json.vcd-lock")).expect("made");
    assert!(lock.try_lock().expect("a local disk"));
    let report = with.succeed(Reuse::Never).token_file.expect("from a file");
    assert!(!report.replaced);
    assert_eq!(fs::read_to_string(&with.file).expect("readable"), content);
}

#[test]
fn a_line_of_text_takes_part_in_the_protocol_whichever_token_it_is() {
    let with = WithFile::new();
    for (kind, replaced) in [(Kind::Tenant, false), (Kind::ServiceAccount, true)] {
        let old = with.stage.token("acme", kind).secret().expose().to_owned();
        fs::write(&with.file, format!("\u{feff}{old}\r\n")).expect("writable");
        let report = with.succeed(Reuse::Never).token_file.expect("from a file");
        let text = fs::read_to_string(&with.file).expect("readable");
        assert!(text.starts_with('\u{feff}') && text.ends_with("\r\n"), "{text:?}");
        assert_eq!((report.replaced, !text.contains(&old)), (replaced, replaced));
        assert_eq!(with.beside(), [""; 0]);
    }
}

#[test]
fn a_file_that_cannot_be_replaced_is_used_if_it_does_not_say_that_it_must_be() {
    let with = WithFile::new();
    fs::hard_link(&with.file, with.folder.path().join("other")).expect("a second name");
    let refused = with.fail();
    assert_eq!(refused.kind(), FailureKind::TokenFileUnsafe);
    assert!(refused.message().contains("hard link"), "{refused}");
    assert_eq!(with.stage.exchanges(), 0);

    let old = with.in_file();
    fs::write(&with.file, &old).expect("writable");
    let exchanged = with.succeed(Reuse::Never);
    assert!(exchanged.token_file.is_some_and(|report| report.notes.iter().any(|note| note.contains("used as it is"))));
    let new = exchanged.new_api_token.expect("the caller's to keep").take();
    assert_eq!(fs::read_to_string(&with.file).expect("readable"), old);
    assert!(with.stage.exchange("acme", &token(new.expose())).session.is_ok());
}
