//! What lies in the way of a token file or beside it: told by its own name, and nothing is lost.

mod common;

use std::fs;

use common::with_file::WithFile;
use common::{eventually, run, token};
use vcd_auth::{Failure, FailureKind, Progress, Reuse, runtime};
use vcdsim::{Close, Effect, Kind};

/// The token is sent and no answer comes, which leaves the intent.
fn lose_an_answer(with: &WithFile) {
    with.stage.fault("/oauth/", Effect { close: Some(Close::AfterRead), ..Effect::default() });
    assert!(with.fail().outcome_unknown());
    assert_eq!(with.beside(), ["account.json.vcd-pending"]);
    with.stage.simulator.clear_faults();
}

fn revoke(with: &WithFile) {
    let name = with.stage.simulator.login("acme", Kind::ServiceAccount).expect("login").name.clone();
    assert!(with.stage.simulator.revoke_token(&name));
}

fn said(failure: &Failure) -> String {
    format!("{failure} {}", failure.action())
}

#[test]
fn what_lies_in_the_way_is_named() {
    for ending in [".vcd-pending", ".vcd-new", ".vcd-lock"] {
        let with = WithFile::new();
        let path = with.beside_at(ending);
        fs::create_dir(&path).expect("made");
        let failure = with.fail();
        assert_eq!(failure.kind(), FailureKind::TokenFileNotWritable, "{failure}");
        assert!(failure.message().contains(&path.display().to_string()), "{failure}");
        assert!(
            failure.message().contains("nothing was sent") && !failure.message().contains("its folder"),
            "{failure}"
        );
        assert_eq!(with.stage.exchanges(), 0);
        fs::remove_dir(&path).expect("ours");
        assert!(with.works());
    }
}

#[cfg(unix)]
#[test]
fn links_in_the_way_are_not_followed_and_named() {
    for ending in [".vcd-pending", ".vcd-lock"] {
        let with = WithFile::new();
        let (path, elsewhere) = (with.beside_at(ending), with.stage.recovery.path().join("elsewhere"));
        fs::write(&elsewhere, "precious").expect("writable");
        std::os::unix::fs::symlink(&elsewhere, &path).expect("a link");
        let failure = with.fail();
        assert_eq!(failure.kind(), FailureKind::TokenFileNotWritable, "{failure}");
        let path = path.display().to_string();
        assert!(failure.message().contains(&path) && failure.message().contains("symbolic link"), "{failure}");
        assert_eq!(fs::read_to_string(&elsewhere).expect("readable"), "precious");
    }
}

#[test]
fn a_line_beside_a_lock_that_cannot_be_opened_is_not_used_without_it() {
    let with = WithFile::new();
    let tenant = with.stage.token("acme", Kind::Tenant);
    fs::write(&with.file, tenant.secret().expose()).expect("writable");
    fs::create_dir(with.beside_at(".vcd-lock")).expect("made");
    let failure = with.fail();
    assert_eq!(failure.kind(), FailureKind::TokenFileNotWritable, "{failure}");
    assert!(failure.message().contains("its lock ") && failure.message().contains(".vcd-lock"), "{failure}");
    assert_eq!(with.stage.exchanges(), 0);
}

#[test]
fn a_file_that_is_gone_is_no_reason_to_overlook_the_journal_beside_it() {
    let with = WithFile::new();
    lose_an_answer(&with);
    fs::remove_file(&with.file).expect("ours");
    let failure = with.fail();
    assert_eq!(failure.kind(), FailureKind::TokenFileNotFound);
    assert!(
        said(&failure).contains("account.json.vcd-pending") && said(&failure).contains("Do not remove"),
        "{failure}"
    );
    with.put(&with.stage.simulator.create_token("acme", Kind::ServiceAccount).expect("made").api_token);
    with.succeed(Reuse::Never);
    fs::remove_file(&with.file).expect("ours");
    assert!(!said(&with.fail()).contains("vcd-pending"));
}

#[test]
fn a_torn_answer_is_kept_and_explains_the_rejection() {
    let with = WithFile::new();
    lose_an_answer(&with);
    let mut journal = fs::read(with.beside_at(".vcd-pending")).expect("there");
    journal[1024..1030].copy_from_slice(b"{\"new_");
    fs::write(with.beside_at(".vcd-pending"), &journal).expect("writable");
    revoke(&with);
    let exchanged = with.exchange(Reuse::Never);
    let rejected = exchanged.session.expect_err("dead");
    assert!(rejected.message().contains("sent this token at"), "{rejected}");
    let warnings = exchanged.token_file.expect("from a file").warnings.join(" ");
    assert!(warnings.contains("was writing a new token down") && warnings.contains(".vcd-aside-1"), "{warnings}");
    assert_eq!(fs::read(with.beside_at(".vcd-aside-1")).expect("kept"), journal);
    // And still does the next time, without another copy.
    assert!(with.fail().message().contains("sent this token at"));
    let mut beside = with.beside();
    beside.sort();
    assert_eq!(beside, ["account.json.vcd-aside-1", "account.json.vcd-pending"]);
}

#[test]
fn a_token_that_is_set_aside_is_a_token_file_by_itself_and_reported_once() {
    let with = WithFile::new();
    with.stage.fault("/oauth/", Effect { delay_ms: 500, ..Effect::default() });
    let (client, request) = (with.stage.client.clone(), with.request().reuse(Reuse::Never));
    let progress = Progress::default();
    let watched = progress.clone();
    let task = runtime::spawn(async move { client.exchange(&request, &watched).await }).expect("runtime");
    eventually("the token is sent", || progress.is_sent());
    with.put("THEIRS");
    let exchanged = run(task).expect("finished");
    with.stage.simulator.clear_faults();
    exchanged.session.expect("session").accept();
    assert!(exchanged.new_api_token.is_none(), "the report says where it is, and nobody has to keep it");
    let warnings = exchanged.token_file.expect("from a file").warnings.join(" ");
    assert!(warnings.contains("account.json.vcd-aside-1, a token file by itself"), "{warnings}");
    assert_eq!((with.in_file().as_str(), with.beside()), ("THEIRS", vec!["account.json.vcd-aside-1".to_owned()]));
    assert!(with.stage.recovered().is_empty());
    fs::rename(with.beside_at(".vcd-aside-1"), &with.file).expect("as the warning says");
    with.succeed(Reuse::Never);
}

#[test]
fn a_refused_service_account_is_authorized_again_and_not_given_a_token_of_the_portal() {
    let with = WithFile::new();
    let tenants_remedy = with.stage.exchange("acme", &token("NEVERISSUED")).session.expect_err("unknown");
    assert!(tenants_remedy.action().contains("make a new token in the portal"));
    revoke(&with);
    let rejected = with.fail();
    assert_eq!(rejected.kind(), FailureKind::TokenRejected);
    assert!(rejected.action().contains("authorize the account again"), "{}", rejected.action());
    assert!(!rejected.action().contains("portal"), "{}", rejected.action());

    // A line does not say what it holds, but an earlier run that had no answer does.
    let with = WithFile::new();
    fs::write(&with.file, with.in_file()).expect("writable");
    lose_an_answer(&with);
    revoke(&with);
    assert!(with.fail().action().contains("authorize the account again"));
}
