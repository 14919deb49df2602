//! Token files: a service account's new token is in the file before anybody hears of the session.

mod common;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use common::{Stage, eventually, run, token};
use vcd_auth::{
    ApiToken, ExchangeRequest, Exchanged, Failure, FailureKind, NewTokenFile, Organization, Progress, Reuse,
    TokenFileForm, runtime,
};
use vcd_os::LockFile;
use vcdsim::{Close, Effect, Kind};

/// A stage and a token file of its service account.
struct WithFile {
    stage: Stage,
    folder: tempfile::TempDir,
    file: PathBuf,
}

impl WithFile {
    fn new() -> Self {
        Self::on(Stage::new())
    }

    fn on(stage: Stage) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("account.json");
        let this = WithFile { stage, folder, file };
        this.put(this.stage.token("acme", Kind::ServiceAccount).secret().expose());
        this
    }

    /// Writes the file as the Terraform provider does.
    fn put(&self, token: &str) {
        let content = format!(
            "{{\n  \"token_type\": \"Service Account\",\n  \"refresh_token\": \"{token}\",\n  \"updated_by\": \"terraform\",\n  \"updated_on\": \"2024-05-17T09:30:00Z\"\n }}"
        );
        fs::write(&self.file, content).expect("writable");
    }

    fn request(&self) -> ExchangeRequest {
        let organization = Organization::parse("acme").expect("valid");
        ExchangeRequest::from_file(self.stage.site(), organization, self.file.clone())
    }

    fn exchange(&self, reuse: Reuse) -> Exchanged {
        run(self.stage.client.exchange(&self.request().reuse(reuse), &Progress::default()))
    }

    fn succeed(&self, reuse: Reuse) -> Exchanged {
        let exchanged = self.exchange(reuse);
        assert!(exchanged.session.is_ok(), "{exchanged:?}");
        exchanged
    }

    fn fail(&self) -> Failure {
        self.exchange(Reuse::Never).session.expect_err("a failure")
    }

    /// The token that the file holds.
    fn in_file(&self) -> String {
        let file: serde_json::Value = serde_json::from_slice(&fs::read(&self.file).expect("readable")).expect("JSON");
        file["refresh_token"].as_str().expect("text").to_owned()
    }

    /// The names in the file's folder, without the file and its lock.
    fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).expect("a folder").flatten();
        let names = names.map(|entry| entry.file_name().into_string().expect("text"));
        names.filter(|name| name != "account.json" && name != "account.json.vcd-lock").collect()
    }

    /// Whether the token in the file is the living one.
    fn works(&self) -> bool {
        self.stage.exchange("acme", &token(&self.in_file())).session.is_ok()
    }
}

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
    let callers: Vec<_> = (0..5)
        .map(|_| {
            let (client, request) = (with.stage.client.clone(), with.request().reuse(Reuse::Never));
            runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime")
        })
        .collect();
    for caller in callers {
        run(caller).expect("finished").session.expect("session").accept();
    }
    assert_eq!(with.stage.exchanges(), 5);
    assert!(with.works());
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

/// Writes a token file as a task does.
fn save(path: &std::path::Path, form: TokenFileForm, overwrite: bool) -> Result<PathBuf, FailureKind> {
    let new = NewTokenFile { path: path.to_owned(), form, account: None, overwrite };
    write(new, token("SAVED")).map_err(|failure| failure.kind())
}

fn write(new: NewTokenFile, token: ApiToken) -> Result<PathBuf, Failure> {
    let saving = async move { vcd_auth::save_token_file(&new, &token, Duration::from_millis(300)).await };
    run(runtime::spawn(saving).expect("runtime")).expect("finished")
}

#[test]
fn a_token_file_is_written_in_each_form_and_replaced_only_if_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("a/b/token");
    for (form, content) in [
        (TokenFileForm::Line, "SAVED\n"),
        (TokenFileForm::ServiceAccount, "\"token_type\": \"Service Account\""),
        (TokenFileForm::ApiToken, "\"token_type\": \"API Token\""),
    ] {
        let first = form == TokenFileForm::Line;
        assert_eq!(save(&path, form, false).is_ok(), first);
        let saved = save(&path, form, true).expect("replaced");
        let written = fs::read_to_string(&saved).expect("readable");
        assert!(written.contains(content) && written.contains("SAVED"), "{written}");
    }
    assert_eq!(save(&path, TokenFileForm::Line, false), Err(FailureKind::TokenFileNotSaved));
    assert_eq!(save(folder.path(), TokenFileForm::Line, true), Err(FailureKind::TokenFileNotSaved));
    assert_eq!(save(&path.join("below-a-file"), TokenFileForm::Line, true), Err(FailureKind::TokenFileNotSaved));
    let lock = LockFile::open(&folder.path().join("a/b/token.vcd-lock")).expect("made");
    assert!(lock.try_lock().expect("a local disk"));
    assert_eq!(save(&path, TokenFileForm::Line, true), Err(FailureKind::TokenFileLocked));
}

#[cfg(unix)]
#[test]
fn a_token_file_that_is_written_is_private_and_so_is_its_folder() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("made/token");
    let saved = save(&path, TokenFileForm::Line, false).expect("saved");
    assert_eq!((mode(&saved), mode(saved.parent().expect("a folder"))), (0o600, 0o700));
    // What others could read before they cannot any more.
    fs::set_permissions(&saved, fs::Permissions::from_mode(0o644)).expect("ours");
    save(&path, TokenFileForm::Line, true).expect("replaced");
    assert_eq!(mode(&saved), 0o600);
    fs::set_permissions(saved.parent().expect("a folder"), fs::Permissions::from_mode(0o777)).expect("ours");
    assert_eq!(save(&path, TokenFileForm::Line, true), Err(FailureKind::TokenFileUnsafe));
}

/// Asks for a file for another account, and for what is said about it.
fn refusal_for(account: &str, form: TokenFileForm) -> String {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("made/token");
    let new = NewTokenFile { path, form, account: Some(account.to_owned()), overwrite: false };
    let refused = write(new, token("SAVED")).expect_err("refused");
    assert_eq!(refused.kind(), FailureKind::InvalidOption, "{refused}");
    assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 0, "nothing was made");
    refused.message().to_owned()
}

#[cfg(unix)]
#[test]
fn only_windows_makes_a_file_for_another_account() {
    assert!(refusal_for("backup", TokenFileForm::Line).contains("sudo -u backup"));
}

#[cfg(windows)]
#[test]
fn a_file_that_its_account_could_not_read_is_not_made() {
    let encrypted = |scope| TokenFileForm::named(Some("secure_string"), Some(scope)).expect("known");
    assert!(refusal_for("SYSTEM", encrypted("user")).contains("Use scope=machine"));
    assert!(refusal_for("no such account", encrypted("machine")).contains("knows no account no such account"));
    assert!(refusal_for("Everyone", TokenFileForm::Line).contains("Everyone is a group"));
}

#[cfg(windows)]
#[test]
fn what_windows_encrypts_is_used_and_encrypted_again() {
    for scope in ["user", "machine"] {
        let with = WithFile::new();
        let path = with.folder.path().join("made/token.xml");
        let form = TokenFileForm::named(None, Some(scope)).expect("the default");
        let new = NewTokenFile { path, form, account: None, overwrite: false };
        let saved = write(new, token(&with.in_file())).expect("saved");
        let (organization, site) = (Organization::parse("acme").expect("valid"), with.stage.site());
        let request = ExchangeRequest::from_file(site, organization, saved.clone()).reuse(Reuse::Never);
        let digits = || {
            let file = fs::read_to_string(&saved).expect("ASCII");
            let (_, rest) = file.split_once("<SS>01000000").expect("a SecureString, encrypted");
            rest.split_once("</SS>").expect("its end").0.to_owned()
        };
        for _ in 0..2 {
            let before = digits();
            let exchanged = run(with.stage.client.exchange(&request, &Progress::default()));
            assert!(exchanged.session.is_ok(), "{exchanged:?}");
            assert_ne!(digits(), before, "the token was replaced");
        }
    }
}
