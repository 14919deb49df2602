//! New token files: private, durable, and nothing beside them.

mod common;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

#[cfg(windows)]
use common::with_file::WithFile;
use common::{run, token};
use vcd_auth::{ApiToken, Failure, FailureKind, NewTokenFile, TokenFileForm, runtime};
#[cfg(windows)]
use vcd_auth::{ExchangeRequest, Organization, Progress, Reuse};
use vcd_os::LockFile;

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

/// The names in a folder.
fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("there").flatten();
    entries.map(|entry| entry.file_name().into_string().expect("text")).collect()
}

#[test]
fn a_new_file_has_no_lock_beside_it_which_would_belong_to_whoever_made_it() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("made/token");
    for overwrite in [false, true] {
        save(&path, TokenFileForm::Line, overwrite).expect("saved");
        assert_eq!(names(&folder.path().join("made")), ["token"]);
        fs::remove_file(&path).expect("ours");
    }
}

#[test]
fn a_token_in_the_place_of_the_path_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for secret in ["canaryA1canaryA1canaryA1canaryA1", "eyJcanary.canary.canary"] {
        for path in [folder.path().join(secret), secret.into()] {
            let new = NewTokenFile { path, form: TokenFileForm::Line, account: None, overwrite: true };
            let refused = write(new, token("SAVED")).expect_err("refused");
            assert_eq!(refused.kind(), FailureKind::InvalidOption);
            assert!(!format!("{refused} {}", refused.action()).contains("canary"), "{refused}");
        }
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_save_that_fails_leaves_nothing_and_says_nothing_of_sending() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("token");
    let message = |overwrite| {
        let new = NewTokenFile { path: path.clone(), form: TokenFileForm::Line, account: None, overwrite };
        let refused = write(new, token("SAVED")).expect_err("refused");
        format!("{refused} {}", refused.action())
    };
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("ours");
    assert!(!message(false).contains("sent") && names(folder.path()).is_empty());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("ours");
    fs::write(&path, "OLD").expect("writable");
    let lock = LockFile::open(&folder.path().join("token.vcd-lock")).expect("made");
    assert!(lock.try_lock().expect("a local disk"));
    let locked = message(true);
    assert!(locked.contains("nothing was written") && !locked.contains("sent"), "{locked}");
    assert_eq!(fs::read_to_string(&path).expect("there"), "OLD");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_keeps_its_owner_and_loses_what_others_may() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("token");
    fs::write(&path, "OLD").expect("writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
    // Only the administrator can give files away.
    let _ = chown(&path, Some(65534), Some(65534));
    let owner = |path: &PathBuf| fs::metadata(path).map(|file| (file.uid(), file.gid())).expect("there");
    let before = owner(&path);
    save(&path, TokenFileForm::Line, true).expect("replaced");
    assert_eq!(owner(&path), before);
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
}
