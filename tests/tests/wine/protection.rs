//! Who may read and change what is made, and what is found. Wine makes mode bits of access lists and access lists of mode bits. So
//! the result shows little; what the system is handed counts, and Wine's server writes that down.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use tests::program::Program;
use tests::wine::Wine;

use crate::Case;
use crate::account_file::{AccountFile, run, told};

pub(crate) const CASES: &[Case] = &[
    ("what_is_made_is_private_from_its_first_moment", what_is_made_is_private_from_its_first_moment),
    ("the_new_file_has_the_access_list_of_the_old_one", the_new_file_has_the_access_list_of_the_old_one),
    ("a_file_that_others_can_write_is_refused_and_one_that_they_can_read_is_warned_of", files_that_others_reach),
];

/// What Wine's server is asked for while `command`, made for a Wine with a server of its own, runs and succeeds.
fn requests(program: &Program, command: impl FnOnce(&Program) -> Command) -> String {
    let prefix = tempfile::tempdir().expect("a temporary folder");
    let wine = Wine::find().expect("looked for before").with_server_of_its_own(prefix.path()).expect("copied");
    let log = prefix.path().join("log");
    let mut command = command(&program.under(wine));
    // The server goes on for some seconds and would keep a pipe open.
    command.env("WINEDEBUG", "+server").stdout(Stdio::null()).stderr(fs::File::create(&log).expect("a file"));
    assert!(command.status().expect("Wine starts").success());
    String::from_utf8_lossy(&fs::read(log).expect("a log")).into_owned()
}

/// The request that makes the file of this name.
fn making<'log>(log: &'log str, name: &str) -> &'log str {
    // Those that open what is there have other numbers.
    let made = |line: &&str| line.contains(" create_file(") && line.contains("create=2,");
    let end = format!(r#"\\{name}"}}, "#);
    let requests: Vec<&str> = log.lines().filter(made).filter(|line| line.contains(&end)).collect();
    let [request] = requests[..] else { panic!("{name} is made once: {requests:?}") };
    request
}

/// The system, the administrators and the account, whose number Wine has made up, and nothing of the folder's.
fn assert_private(request: &str) {
    /// The handle goes to no process that this one starts.
    const NOT_INHERITED: &str = "attributes=00000040";
    /// There is a list, and it takes nothing from the folder.
    const PROTECTED: &str = "control=00001004";
    let (_, account) = request.rsplit_once("sid=").expect(request);
    let account = account.split('}').next().unwrap_or_default();
    assert!(account.starts_with("S-1-5-21-"), "{request}");
    let entry = |who| format!("{{type=ACCESS_ALLOWED,flags=0,mask=1f01ff,sid={who}}}");
    let list = ["S-1-5-18", "S-1-5-32-544", account].map(entry).join(",");
    let nobody = "owner=<not present>,group=<not present>,sacl={}";
    let expected = format!("{NOT_INHERITED},sd={{{PROTECTED},{nobody},dacl={{{list}}}}},");
    assert!(request.contains(&expected), "{expected}\n is not in\n{request}");
}

fn what_is_made_is_private_from_its_first_moment(program: &Program) {
    let file = AccountFile::new(program);
    let log = requests(program, |program| file.get_by(program, &file.path, 120));
    for name in ["account.json.vcd-new", "account.json.vcd-pending"] {
        assert_private(making(&log, name));
    }
}

fn the_new_file_has_the_access_list_of_the_old_one(program: &Program) {
    let file = AccountFile::new(program);
    // That everybody can read the file comes from nowhere else.
    fs::set_permissions(&file.path, Permissions::from_mode(0o644)).expect("our own file");
    let log = requests(program, |program| file.get_by(program, &file.path, 120));
    let set: Vec<&str> = log.lines().filter(|line| line.contains(" set_security_object( ")).collect();
    let [request] = set[..] else { panic!("one list is set: {set:?}") };
    // The old list takes on the folder's, so the new one does: UNPROTECTED_DACL_SECURITY_INFORMATION and DACL_SECURITY_INFORMATION.
    assert!(request.contains("security_info=20000004,"), "{request}");
    assert!(request.contains("{type=ACCESS_ALLOWED,flags=0,mask=1200a9,sid=S-1-1-0}"), "{request}");
    let (_, handle) = request.split_once("( ").expect(request);
    let handle = handle.split(',').next().unwrap_or_default();
    let (_, after) = log.split_once(making(&log, "account.json.vcd-new")).expect("it is in the log");
    assert!(after.lines().nth(1).is_some_and(|answer| answer.contains(handle)), "{handle} is not the new file");
}

fn files_that_others_reach(program: &Program) {
    let file = AccountFile::new(program);
    let give = |mode| fs::set_permissions(&file.path, Permissions::from_mode(mode)).expect("our own file");
    give(0o666);
    let output = run(file.get());
    let refused = told(&output);
    assert_eq!(output.status.code(), Some(7), "{refused}");
    assert!(refused.contains("TokenFileUnsafe (6007)") && refused.contains("can be changed by Everyone"), "{refused}");
    assert!(file.exchanges().is_empty(), "sent");

    give(0o644);
    let output = run(file.get());
    let warned = told(&output);
    assert!(output.status.success(), "{warned}");
    assert!(warned.contains("Other accounts of this machine can read the token file"), "{warned}");

    // So is it with the folder.
    give(0o600);
    fs::set_permissions(file.folder.path(), Permissions::from_mode(0o777)).expect("our own folder");
    let output = run(file.get());
    let refused = told(&output);
    assert!(
        refused.contains("TokenFileUnsafe (6007)") && refused.contains("folder that can be changed by"),
        "{refused}"
    );
    assert_eq!(file.exchanges().len(), 1);
}
