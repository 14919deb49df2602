//! Many callers of one token file, in this process and beside it.

mod common;

use std::fs;
use std::time::Duration;

use common::with_file::WithFile;
use common::{Stage, run, token};
use vcd_auth::{FailureKind, Progress, Reuse, runtime};
use vcd_os::LockFile;
use vcdsim::{Effect, Kind, Options};

#[test]
fn callers_at_the_same_time_share_one_exchange() {
    let with = WithFile::new();
    with.stage.fault("/oauth/", Effect { delay_ms: 300, ..Effect::default() });
    let callers: Vec<_> = (0..10)
        .map(|_| {
            let (client, request) = (with.stage.client.clone(), with.request());
            runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime")
        })
        .collect();
    for caller in callers {
        run(caller).expect("finished").session.expect("session").accept();
    }
    assert_eq!(with.stage.exchanges(), 1);
}

#[test]
fn private_sessions_wait_for_each_other() {
    let with = WithFile::new();
    for exchanged in with.crowd(5) {
        exchanged.session.expect("session").accept();
    }
    assert_eq!(with.stage.exchanges(), 5);
    assert!(with.works());
}

#[test]
fn a_lock_that_is_held_is_waited_for_and_its_holder_named() {
    let with = WithFile::on(Stage::with(vcdsim::Options::default(), Duration::from_secs(1)));
    let before = fs::read(&with.file).expect("readable");
    let mut lock = LockFile::open(&with.folder.path().join("account.json.vcd-lock")).expect("made");
    assert!(lock.try_lock().expect("a local disk"));
    lock.write_note("process 4711 since 2026-01-01T00:00:00Z").expect("written");
    let failure = with.fail();
    assert_eq!(failure.kind(), FailureKind::TokenFileLocked);
    // Windows lets nobody read a locked file.
    let holder = failure.message().contains("is in use by process 4711 since 2026-01-01T00:00:00Z");
    assert!(holder || (cfg!(windows) && failure.message().contains("is in use by another process")), "{failure}");
    assert_eq!((fs::read(&with.file).expect("readable"), with.stage.exchanges()), (before, 0));
    drop(lock);
    with.succeed(Reuse::Never);
}

#[test]
fn a_token_that_was_replaced_while_the_lock_was_waited_for_is_read_again() {
    let with = WithFile::new();
    let lock = LockFile::open(&with.folder.path().join("account.json.vcd-lock")).expect("made");
    assert!(lock.try_lock().expect("a local disk"));
    let (client, request) = (with.stage.client.clone(), with.request().reuse(Reuse::Never));
    let task = runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime");
    std::thread::sleep(Duration::from_millis(200));
    // As the holder of the lock would do it.
    let new = with.stage.exchange("acme", &token(&with.in_file())).new_api_token.expect("replaced").take();
    with.put(new.expose());
    drop(lock);
    run(task).expect("finished").session.expect("session").accept();
    assert!(with.works());
}

#[test]
fn a_session_that_came_while_the_lock_was_waited_for_will_do() {
    let with = WithFile::new();
    let lock = LockFile::open(&with.folder.path().join("account.json.vcd-lock")).expect("made");
    assert!(lock.try_lock().expect("a local disk"));
    let start = || {
        let (client, request) = (with.stage.client.clone(), with.request());
        let task = runtime::spawn(async move { client.exchange(&request, &Progress::default()).await });
        // Until it has read the file and waits for the lock.
        std::thread::sleep(Duration::from_millis(200));
        task.expect("runtime")
    };
    let first = start();
    with.put(&with.stage.simulator.create_token("acme", Kind::ServiceAccount).expect("made").api_token);
    let second = start();
    drop(lock);
    let bearers = [first, second].map(|task| run(task).expect("finished").session.expect("session").accept().bearer);
    assert_eq!(bearers[0], bearers[1]);
    assert_eq!(with.stage.exchanges(), 1);
}

#[test]
fn a_crowd_at_a_slow_site_comes_to_its_end_although_that_takes_longer_than_the_limit_of_each() {
    let with = WithFile::on(Stage::with(Options::default(), Duration::from_secs(2)));
    with.stage.fault("/oauth/", Effect { delay_ms: 300, ..Effect::default() });
    for exchanged in with.crowd(16) {
        exchanged.session.expect("session").accept();
    }
    assert_eq!(with.stage.exchanges(), 16);
}

#[test]
fn time_in_line_is_not_taken_from_the_questions_of_a_connection() {
    let with = WithFile::on(Stage::with(Options::default(), Duration::from_secs(2)));
    let lock = LockFile::open(&with.beside_at(".vcd-lock")).expect("made");
    assert!(lock.try_lock().expect("a local disk"));
    let (client, request) = (with.stage.client.clone(), with.request());
    let task = runtime::spawn(async move { client.connect(&request, false, &Progress::default()).await });
    // The holder goes on, as one sees by its note, for longer than the limit.
    let mut lock = lock;
    for turn in 0..6 {
        lock.write_note(&format!("process 4711 since 2026-01-01T00:00:0{turn}Z")).expect("written");
        std::thread::sleep(Duration::from_millis(500));
    }
    drop(lock);
    let connected = run(task.expect("runtime")).expect("finished");
    connected.exchanged.session.expect("session").accept();
    assert_eq!(connected.state.and_then(|state| state.organization).as_deref(), Some("acme"));
}

#[test]
fn a_call_of_this_process_that_hangs_is_no_other_process() {
    let with = WithFile::on(Stage::with(Options::default(), Duration::from_secs(1)));
    with.stage.fault("/oauth/", Effect { delay_ms: 3_000, ..Effect::default() });
    let mut failures: Vec<_> = with.crowd(3).into_iter().map(|done| done.session.expect_err("too slow")).collect();
    failures.sort_by_key(|failure| failure.kind().number());
    let kinds: Vec<_> = failures.iter().map(|failure| failure.kind()).collect();
    assert_eq!(kinds, [FailureKind::AnswerTimeout, FailureKind::TokenFileLocked, FailureKind::TokenFileLocked]);
    for locked in &failures[1..] {
        assert!(locked.message().contains("is in use by another call of this process"), "{locked}");
    }
    assert!(runtime::finish_background(Duration::from_secs(20)));
}

#[test]
fn all_who_stand_in_line_give_up_with_the_first_if_another_process_hangs() {
    let with = WithFile::on(Stage::with(Options::default(), Duration::from_secs(2)));
    let mut lock = LockFile::open(&with.beside_at(".vcd-lock")).expect("made");
    assert!(lock.try_lock().expect("a local disk"));
    lock.write_note("process 4711 since 2026-01-01T00:00:00Z").expect("written");
    // Free again at a time when only those would still wait who began to be patient when their turn came.
    let holder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        drop(lock);
    });
    let failures = with.crowd(5).into_iter().map(|done| done.session.expect_err("locked"));
    for failure in failures {
        assert_eq!(failure.kind(), FailureKind::TokenFileLocked, "{failure}");
        assert!(failure.message().contains("waited for 1 s"), "{failure}");
        assert!(cfg!(windows) || failure.message().contains("is in use by process 4711"), "{failure}");
    }
    holder.join().expect("it only sleeps");
    assert_eq!(with.stage.exchanges(), 0);
}
