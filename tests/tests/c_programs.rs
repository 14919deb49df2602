//! The library from C: compiled as strict C11 when the tests run, directly and under valgrind.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use assert_cmd::assert::OutputAssertExt;
use libtest_mimic::Trial;
use tests::c_program::{CProgram, valgrind};
use tests::case::{Needed, case, run};
use tests::staged;
use vcdsim::{Effect, Fault, Kind, Match, Options, Simulator};

fn main() -> ExitCode {
    let library = staged::library();
    let both: Needed<(PathBuf, PathBuf)> = library.clone().and_then(|library| Ok((library, valgrind()?)));
    let mut cases = Vec::new();
    for (name, check) in [("exchange", exchange as Check), ("misuse", misuse as Check)] {
        cases.push(natively(name, &library, check));
        cases.push(under_valgrind(name, &both, check));
    }
    run(cases)
}

/// Gives a program its environment, runs it and judges what it did.
type Check = fn(Command, &Simulator);

fn natively(name: &'static str, library: &Needed<PathBuf>, check: Check) -> Trial {
    case(name, library, move |library: PathBuf| {
        let program = CProgram::compile(name, &library);
        check(program.command(), &simulator());
    })
}

fn under_valgrind(name: &'static str, needed: &Needed<(PathBuf, PathBuf)>, check: Check) -> Trial {
    case(&format!("{name}_under_valgrind"), needed, move |(library, valgrind): (PathBuf, PathBuf)| {
        let program = CProgram::compile(name, &library);
        check(program.under_valgrind(&valgrind), &simulator());
    })
}

fn simulator() -> Simulator {
    Simulator::start(Options::default()).expect("the simulator starts")
}

/// Where the simulator is, and who logs in: in the environment, because other users can read arguments.
fn with_login(mut command: Command, simulator: &Simulator) -> Command {
    let login = simulator.login("acme", Kind::Tenant).expect("acme has a tenant user");
    command
        .env("SERVER", simulator.url())
        .env("CA_FILE", simulator.ca_file())
        .env("ORG", &login.org)
        .env("API_TOKEN", &login.api_token);
    command
}

fn exchange(command: Command, simulator: &Simulator) {
    let login = simulator.login("acme", Kind::Tenant).expect("acme has a tenant user");
    let done = with_login(command, simulator).assert().success();
    let output = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    for line in [
        "abi=00010000",
        "status=0",
        "server=localhost",
        &format!("port={}", simulator.port()),
        "org=acme",
        "provider=false",
        &format!("user={}", login.user),
        "check=0",
        "end=0",
        "check_after_end=3004",
        "end_after_end=0",
    ] {
        assert!(output.lines().any(|printed| printed == line), "no {line} in:\n{output}");
    }
    assert!(!output.contains("eyJ") && !output.contains(&login.api_token), "a secret among the fields:\n{output}");

    let journal = simulator.journal();
    let exchanges = journal.requests.iter().filter(|request| request.path.starts_with("/oauth/")).count();
    assert_eq!(exchanges, 1, "{journal:?}");
    assert!(journal.requests.iter().all(|request| !request.secret_in_url), "{journal:?}");
    assert!(simulator.sessions().is_empty());
}

fn misuse(mut command: Command, simulator: &Simulator) {
    let matching = Match { path: Some("/oauth/tenant/globex/".to_owned()), ..Match::default() };
    let effect = Effect { delay_ms: 600_000, ..Effect::default() };
    simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    command.env("SLOW_ORG", "globex");
    let done = with_login(command, simulator).assert().success();
    let output = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    let judged: u32 = output.split(' ').next().and_then(|number| number.parse().ok()).expect("the number of calls");
    assert!(judged > 300, "{output}");
}
