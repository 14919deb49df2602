//! No copy of a token or a session stays in the memory of a C program that has closed everything.

use std::path::Path;

use tests::c_program::CProgram;
use tests::case::Needed;
use vcdsim::{Kind, Options, Simulator};

/// # Errors
/// That a process cannot read its own memory by a file of the system's.
pub(crate) fn memory_can_be_read() -> Needed<()> {
    match Path::new("/proc/self/maps").exists() {
        true => Ok(()),
        false => Err("no /proc/self/maps tells what memory there is".to_owned()),
    }
}

pub(crate) fn nothing_stays_in_memory(library: &Path) {
    let report = report(library, &[]);
    assert_eq!(found(&report), (0, 0), "{report}");
}

/// Otherwise finding nothing would mean nothing.
pub(crate) fn a_planted_copy_is_found(library: &Path) {
    let report = report(library, &["plant"]);
    // Two pieces of the one token, on the heap as UTF-8 and on a stack as UTF-16.
    assert_eq!(found(&report), (2, 2), "{report}");
}

/// What the program printed, for log-ins of all kinds, one of them with a token that is replaced at each use.
fn report(library: &Path, arguments: &[&str]) -> String {
    let simulator = Simulator::start(Options::default()).expect("the simulator starts");
    let kinds = [
        ("acme", Kind::Tenant),
        ("globex", Kind::Tenant),
        ("Blue Sky", Kind::Tenant),
        ("System", Kind::Provider),
        ("acme", Kind::ServiceAccount),
    ];
    let line = |(org, kind)| {
        let login = simulator.login(org, kind).expect("the simulator knows this login");
        format!("{}\t{}\n", login.org, login.api_token)
    };
    let program = CProgram::compile("residue", library);
    let mut command = assert_cmd::Command::from_std(program.command());
    command
        .args(arguments)
        .env("SERVER", simulator.url())
        .env("TRUST", format!("ca_file={}", simulator.ca_file().display()));
    let done = command.write_stdin(kinds.map(line).concat()).assert().success().stderr("");
    String::from_utf8(done.get_output().stdout.clone()).expect("text")
}

/// How many pieces of secrets were found as UTF-8 and as UTF-16.
fn found(report: &str) -> (u32, u32) {
    let count = |name: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(name)).expect("a count");
        line.parse().expect("a number")
    };
    (count("utf8="), count("utf16="))
}
