//! Files that cannot be used: each with its own reason, the token on the disk untouched, and nothing sent.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::{AccountFile, run, set_mode};
use crate::{Case, Site, text};

pub(super) const CASES: &[Case] = &[
    ("what_is_no_token_file_has_its_own_reason", what_is_no_token_file_has_its_own_reason),
    ("names_are_taken_as_they_are", names_are_taken_as_they_are),
    ("two_sources_are_one_too_many", two_sources_are_one_too_many),
    ("folders_of_others_are_refused", folders_of_others_are_refused),
    ("what_is_no_file_is_refused_at_once", what_is_no_file_is_refused_at_once),
    ("a_hanging_holder_of_the_lock_is_named", a_hanging_holder_of_the_lock_is_named),
];
pub(super) const TRACED_CASES: &[Case] = &[
    (
        "what_the_system_forbids_is_told_before_anything_is_sent",
        what_the_system_forbids_is_told_before_anything_is_sent,
    ),
    ("a_line_that_cannot_be_written_is_used_as_it_is", a_line_that_cannot_be_written_is_used_as_it_is),
];

/// Runs `get` with the file and checks that it is refused with this failure and these words, that nothing was sent, and that
/// no secret is told.
fn refused(file: &AccountFile<'_>, path: &Path, name: &str, words: &str) {
    let output = run(file.untimed(path));
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{name}: {told}");
    assert!(told.contains(name) && told.contains(words), "{name} {words}: {told}");
    assert!(told.contains("What to do: ") && !told.contains("canary"), "{told}");
    assert_eq!(file.site.simulator.journal().connections, 0, "{told}");
}

fn what_is_no_token_file_has_its_own_reason(site: &Site) {
    let file = AccountFile::new(site);
    let megabyte = "canary".repeat(200_000);
    for (content, name, words) in [
        (&b""[..], "TokenFileInvalid (6003)", "is empty"),
        (megabyte.as_bytes(), "TokenFileInvalid (6003)", "is larger than 64 KiB"),
        (b"{\"refresh_token\":\"canary\"", "TokenFileInvalid (6003)", "is cut off or is not JSON"),
        (b"{\"token\":\"canary\"}", "TokenFileInvalid (6003)", "has no refresh_token"),
        (b"canary\ncanary", "TokenFileInvalid (6003)", "more than one line"),
        (b"can\xe4ry", "TokenFileInvalid (6003)", "neither UTF-8 nor UTF-16"),
        (
            b"<Objs><SS>01000000d08c9ddf0115d1118c7a00c04fc297eb01</SS></Objs>",
            "TokenFileUnreadable (6002)",
            "belongs to uid",
        ),
    ] {
        file.write(content);
        refused(&file, &file.path, name, words);
        assert_eq!(fs::read(&file.path).expect("still there"), content);
    }
    refused(&file, &file.folder.path().join("missing"), "TokenFileNotFound (6001)", "missing is not there");
    for secret in ["canaryA1canaryA1canaryA1canaryA1", "eyJcanary.canary.canary"] {
        for path in [file.folder.path().join(secret), secret.into()] {
            refused(&file, &path, "TokenFileNotFound (6001)", "looks like a token, and is not repeated");
        }
    }
    refused(&file, file.folder.path(), "TokenFileUnreadable (6002)", "it is a folder");
    assert_eq!(file.beside(), [""; 0]);
}

fn names_are_taken_as_they_are(site: &Site) {
    let file = AccountFile::new(site);
    let odd = file.folder.path().join("to[k]en *?\u{e9}.json");
    fs::rename(&file.path, &odd).expect("a name like any other");
    let output = run(file.untimed(&odd));
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn two_sources_are_one_too_many(site: &Site) {
    let file = AccountFile::new(site);
    let without_file = |command: &mut Command| {
        let arguments = file.arguments(&file.path);
        command.args(&arguments[..arguments.len() - 2]);
    };
    for (first, second) in [("VCD_API_TOKEN", "VCD_SA_TOKEN_FILE"), ("VCD_API_TOKEN_FILE", "VCD_SA_TOKEN_FILE")] {
        let mut get = site.plain(site.program.file());
        without_file(&mut get);
        get.env(first, "canary").env(second, &file.path);
        let output = run(get);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("InvalidOption (1014)") && told.contains(first) && told.contains(second), "{told}");
        assert!(!told.contains("canary"), "{told}");
    }
    assert_eq!(site.simulator.journal().connections, 0);
    for variable in ["VCD_API_TOKEN_FILE", "VCD_SA_TOKEN_FILE"] {
        let mut get = site.plain(site.program.file());
        without_file(&mut get);
        get.env(variable, &file.path);
        assert!(run(get).status.success(), "{variable}");
    }
    // The command line beats the environment.
    let mut get = file.get();
    get.env("VCD_API_TOKEN", "canary").env("VCD_SA_TOKEN_FILE", "/nowhere");
    assert!(run(get).status.success());
}

fn what_the_system_forbids_is_told_before_anything_is_sent(site: &Site) {
    let file = AccountFile::new(site);
    let content = fs::read(&file.path).expect("readable");
    let path = file.path.display().to_string();
    let (journal, new, lock) = (format!("{path}.vcd-pending"), format!("{path}.vcd-new"), format!("{path}.vcd-lock"));
    for (what, error, when, place, name, words) in [
        ("openat", "EACCES", "1", &path, "TokenFileUnreadable (6002)", "Permission denied"),
        ("read", "EIO", "1+", &path, "TokenFileUnreadable (6002)", "Input/output error"),
        ("openat", "EROFS", "2", &path, "TokenFileNotWritable (6004)", "Read-only file system"),
        ("openat", "EROFS", "1", &lock, "TokenFileNotWritable (6004)", "Read-only file system"),
        ("openat", "EACCES", "1", &new, "TokenFileNotWritable (6004)", "Permission denied"),
        ("pwrite64", "ENOSPC", "1", &journal, "TokenFileNotWritable (6004)", "No space left"),
        ("fsync", "EIO", "1", &journal, "TokenFileNotWritable (6004)", "Input/output error"),
    ] {
        let (trace, inject) = (format!("trace={what}"), format!("inject={what}:error={error}:when={when}"));
        let output = run(file.traced(&["-o", "/dev/null", "-P", place, "-e", &trace, "-e", &inject]));
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(7), "{what} {place}: {told}");
        assert!(told.contains(name) && told.contains(words), "{what} {place}: {told}");
        assert_eq!((fs::read(&file.path).expect("there"), file.beside()), (content.clone(), vec![]), "{what} {place}");
    }
    assert_eq!(site.simulator.journal().connections, 0);
    file.next_run_succeeds("the disk works again");
}

fn a_line_that_cannot_be_written_is_used_as_it_is(site: &Site) {
    let file = AccountFile::new(site);
    let path = file.path.display().to_string();
    file.write(site.tenant().api_token.as_bytes());
    // Opened once to be read, and a second time to see whether it can be written.
    let inject = "inject=openat:error=EACCES:when=2";
    let output = run(file.traced(&["-o", "/dev/null", "-P", &path, "-e", "trace=openat", "-e", inject]));
    let told = text(&output.stderr);
    assert!(output.status.success() && text(&output.stdout).starts_with("Bearer "), "{told}");
    assert!(told.contains("note: The token file is used as it is, and not written"), "{told}");
    assert_eq!(fs::read_to_string(&file.path).expect("there"), site.tenant().api_token);

    // A folder that takes no lock is as good a reason, and a lock that is there and cannot be opened is none.
    let lock = format!("{path}.vcd-lock");
    let without_lock = || {
        let inject = "inject=openat:error=EACCES:when=1";
        run(file.traced(&["-o", "/dev/null", "-P", &lock, "-e", "trace=openat", "-e", inject]))
    };
    fs::remove_file(&lock).ok();
    let output = without_lock();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("its folder cannot be written"), "{}", text(&output.stderr));
    file.next_run_succeeds("the folder takes a lock now");
    let exchanges = site.simulator.journal().requests.len();
    let output = without_lock();
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{told}");
    assert!(told.contains(&format!("its lock {lock} cannot be opened")), "{told}");
    assert_eq!(site.simulator.journal().requests.len(), exchanges, "nothing was sent");
}

fn folders_of_others_are_refused(site: &Site) {
    let file = AccountFile::new(site);
    let content = fs::read(&file.path).expect("readable");
    let link = site.home.path().join("link.json");
    symlink(&file.path, &link).expect("a link");
    for (mode, words) in [(0o777, "everybody"), (0o1777, "everybody"), (0o770, "its group")] {
        set_mode(file.folder.path(), mode);
        refused(&file, &file.path, "TokenFileUnsafe (6007)", words);
        refused(&file, &link, "TokenFileUnsafe (6007)", words);
    }
    set_mode(file.folder.path(), 0o700);
    // Only the administrator can give a folder away.
    if chown(file.folder.path(), Some(65534), None).is_ok() {
        refused(&file, &link, "TokenFileUnsafe (6007)", "another account, its owner (uid 65534)");
        chown(file.folder.path(), Some(0), None).expect("and take it back");
    }
    set_mode(&file.path, 0o622);
    refused(&file, &file.path, "TokenFileUnsafe (6007)", "can be changed by everybody");
    set_mode(&file.path, 0o600);
    assert_eq!(fs::read(&file.path).expect("there"), content);

    // A link into a folder of one's own is followed, and stays a link.
    assert!(run(file.untimed(&link)).status.success());
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_ne!(fs::read(&file.path).expect("there"), content);
    fs::remove_file(&file.path).expect("ours");
    let told = text(&run(file.untimed(&link)).stderr);
    assert!(told.contains("TokenFileNotFound (6001)") && told.contains("link.json is not there"), "{told}");
}

fn what_is_no_file_is_refused_at_once(site: &Site) {
    let file = AccountFile::new(site);
    let pipe = file.folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo starts").success());
    refused(&file, &pipe, "TokenFileUnreadable (6002)", "it is a named pipe");
    refused(&file, Path::new("/dev/null"), "TokenFileUnreadable (6002)", "it is a device");
}

fn a_hanging_holder_of_the_lock_is_named(site: &Site) {
    let file = AccountFile::new(site);
    let content = fs::read(&file.path).expect("readable");
    let matching = vcdsim::Match { path: Some("/oauth/".to_owned()), ..vcdsim::Match::default() };
    let effect = vcdsim::Effect { delay_ms: 60_000, ..vcdsim::Effect::default() };
    site.simulator.add_fault(vcdsim::Fault { matching, effect, ..vcdsim::Fault::default() });
    let mut holder = file.get();
    let mut holder = holder.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    while file.beside().len() < 2 {
        thread::sleep(Duration::from_millis(10));
    }
    let mut waiting = file.untimed(&file.path);
    waiting.args(["--timeout", "2"]);
    let output = run(waiting);
    let told = text(&output.stderr);
    holder.kill().expect("it still hangs");
    holder.wait().expect("it ends");
    assert_eq!(output.status.code(), Some(7), "{told}");
    assert!(told.contains("TokenFileLocked (6005)"), "{told}");
    assert!(told.contains(&format!("is in use by process {} since 2", holder.id())), "{told}");
    assert_eq!(fs::read(&file.path).expect("there"), content);
}
