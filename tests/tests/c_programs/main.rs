//! The library from C: compiled as strict C11 when the tests run; directly, under valgrind, with the address and undefined
//! behaviour sanitizers against an instrumented library, and for Windows under Wine.
//!
//! The rules of the interface (docs/architecture.md, "The C interface") and where each is tested:
//!
//! | rule | test |
//! |---|---|
//! | plain types only | `header`: `only_plain_types_cross` |
//! | one number space; bad use at once, bad input as a settled request | misuse.c: `pointers`, `handles`, `input`, `options` |
//! | each function returns only the numbers that its documentation lists | `call_sequences` |
//! | stale, foreign and invented handles are refused | misuse.c: `handles`; between copies of the library: copies.c |
//! | slots whose generations are used up are retired | unit test in handles.rs |
//! | numeric outputs are zeroed, buffers untouched unless OK, NULL asks for the size | misuse.c: `buffers`; `call_sequences` |
//! | each request comes out once, in order of settling, to one waiter | queue.c: `in_the_order_of_settling`, `each_to_one_waiter` |
//! | closing a client wakes its waiters and invalidates its requests | misuse.c: `closing_under_a_waiter`, `handles` |
//! | cancelled before sending, nothing is sent; after sending, nothing is lost | abandon.c |
//! | the form of fields | misuse.c: `options`, `input`; unit tests in fields.rs |
//! | secrets never among fields | exchange.c; `call_sequences` |
//! | bodies in both directions, the legacy id, what a call settles with | calls.c |
//! | a session by its number is reached as it was made; who named the proxy | sessions.c |
//! | a new API token that comes with a failure is in a file | sessions.c |
//! | a new API token of a token file is in the file; a file and a token exclude each other | token_file.c |
//! | an answer that comes too late is waited for by `vcd_finish`, and by the process's exit | late_answer.c |
//! | nothing blocks longer than allowed; a limit of requests in flight | queue.c: `nothing_blocks`, `no_more_in_flight_than_allowed` |
//! | nothing prints | every program: standard error is empty |
//! | no panic crosses or prints; a request whose task panics settles | planted.c; `header`: `every_function_is_guarded` |
//! | poisoned locks are recovered | unit test in handles.rs |
//! | after `fork` every call answers 9004 | misuse.c: `forking` |
//! | any function from any thread | `call_sequences` (four threads on the same handles) |
//! | the library stays in memory | copies.c |
//! | the process may end with requests in flight | misuse.c and interpreter.c end so |
//! | no copy of a secret stays in memory | residue.c |
//! | the header tells parameters, numbers, threads and since when | `header`: `every_function_is_documented` |

mod residue;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use assert_cmd::assert::{Assert, OutputAssertExt};
use libtest_mimic::Trial;
use tests::c_program::{self, CProgram, valgrind};
use tests::case::{Needed, case, lazy_case, run};
use tests::paths::Paths;
use tests::wine::Wine;
use tests::{instrumented, staged};
use vcdsim::{Effect, Fault, ForwardProxy, Kind, Match, Options, Simulator};

fn main() -> ExitCode {
    let library = c_program::native_library();
    let readable = residue::memory_can_be_read().and(library.clone());
    let mut cases = Vec::new();
    let programs = [
        ("exchange", exchange as Check),
        ("misuse", misuse),
        ("queue", queue),
        ("abandon", abandon),
        ("sessions", sessions),
        ("token_file", token_file),
        ("late_answer", late_answer),
        ("calls", calls),
    ];
    for (name, check) in programs {
        cases.push(natively(name, &library, check));
        cases.push(under_valgrind(name, check));
        cases.push(sanitized(name, check));
        cases.push(under_wine(name, check));
    }
    cases.push(case("copies", &library, |library: PathBuf| {
        copies(&CProgram::compile("copies", &library), &library, Paths::Own);
    }));
    cases.push(lazy_case("wine::copies", wine, |(native, wine)| {
        let program = CProgram::compile_for_windows("copies", &native, &wine);
        copies(&program, &native.join("vcd_auth.dll"), Paths::Wine);
    }));
    cases.push(case("residue", &readable, |library: PathBuf| residue::nothing_stays_in_memory(&library)));
    cases.push(case("residue_planted", &readable, |library: PathBuf| residue::a_planted_copy_is_found(&library)));
    cases.push(lazy_case("panics_stay_inside", instrumented::with_planted_faults, |library| panics(&library)));
    for (fault, found) in [("read", "Invalid read"), ("branch", "Conditional jump")] {
        let name = format!("valgrind_finds_a_planted_{fault}");
        cases.push(lazy_case(&name, planted_and_valgrind, move |(library, valgrind)| {
            let program = CProgram::compile("planted", &library);
            let done = program.under_valgrind(&valgrind).arg(fault).assert().code(9);
            assert!(told(&done).contains(found), "{}", told(&done));
        }));
    }
    for (fault, found) in [("read", "heap-buffer-overflow"), ("overflow", "signed integer overflow")] {
        let name = format!("sanitizers_find_a_planted_{fault}");
        cases.push(lazy_case(&name, instrumented::with_address_sanitizer, move |library| {
            let done = CProgram::compile_sanitized("planted", &library).command().arg(fault).assert().failure();
            assert!(told(&done).contains(found), "{}", told(&done));
        }));
    }
    run(cases)
}

/// Gives a program its environment, runs it and judges what it did.
type Check = fn(Command, &Simulator, Paths);

fn natively(name: &'static str, library: &Needed<PathBuf>, check: Check) -> Trial {
    case(name, library, move |library: PathBuf| {
        let program = CProgram::compile(name, &library);
        check(program.command(), &simulator(), Paths::Own);
    })
}

fn under_valgrind(name: &'static str, check: Check) -> Trial {
    lazy_case(&format!("{name}_under_valgrind"), planted_and_valgrind, move |(library, valgrind)| {
        let program = CProgram::compile(name, &library);
        check(program.under_valgrind(&valgrind), &simulator(), Paths::Own);
    })
}

fn sanitized(name: &'static str, check: Check) -> Trial {
    lazy_case(&format!("{name}_with_sanitizers"), instrumented::with_address_sanitizer, move |library| {
        let program = CProgram::compile_sanitized(name, &library);
        check(program.command(), &simulator(), Paths::Own);
    })
}

fn under_wine(name: &'static str, check: Check) -> Trial {
    lazy_case(&format!("wine::{name}"), wine, move |(native, wine)| {
        check(CProgram::compile_for_windows(name, &native, &wine).command(), &simulator(), Paths::Wine);
    })
}

/// The folder of the library for Windows, Wine, and a compiler for programs that it runs.
fn wine() -> Needed<(PathBuf, Wine)> {
    c_program::windows_compiler()?;
    Ok((staged::windows_native()?, Wine::find()?))
}

fn planted_and_valgrind() -> Needed<(PathBuf, PathBuf)> {
    let valgrind = valgrind()?;
    Ok((instrumented::with_planted_faults()?, valgrind))
}

/// Standard error.
fn told(done: &Assert) -> String {
    String::from_utf8_lossy(&done.get_output().stderr).into_owned()
}

fn simulator() -> Simulator {
    Simulator::start(Options::default()).expect("the simulator starts")
}

/// Where the simulator is, and who logs in: in the environment, because other users can read arguments.
fn with_login(mut command: Command, simulator: &Simulator, paths: Paths) -> Command {
    let login = simulator.login("acme", Kind::Tenant).expect("acme has a tenant user");
    command
        .env("SERVER", simulator.url())
        .env("TRUST", trust(simulator, paths))
        .env("ORG", &login.org)
        .env("API_TOKEN", &login.api_token);
    command
}

/// The field by which a client trusts the simulator.
fn trust(simulator: &Simulator, paths: Paths) -> String {
    match paths {
        Paths::Own => format!("ca_file={}", simulator.ca_file().display()),
        Paths::Wine => format!("certificate_sha256={}", simulator.leaf_sha256()),
    }
}

/// A path as a field's value, in which a backslash begins an escape: Windows takes the other one as well.
fn path_field(path: &Path, paths: Paths) -> String {
    paths.write(path).replace('\\', "/")
}

/// The path in a field's value.
fn path_of(field: &str, paths: Paths) -> PathBuf {
    paths.read(&field.replace(r"\\", r"\"))
}

fn exchange(command: Command, simulator: &Simulator, paths: Paths) {
    let login = simulator.login("acme", Kind::Tenant).expect("acme has a tenant user");
    let done = with_login(command, simulator, paths).assert().success().stderr("");
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

fn misuse(mut command: Command, simulator: &Simulator, paths: Paths) {
    let matching = Match { path: Some("/oauth/tenant/globex/".to_owned()), ..Match::default() };
    let effect = Effect { delay_ms: 600_000, ..Effect::default() };
    simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    command.env("SLOW_ORG", "globex");
    let done = with_login(command, simulator, paths).assert().success().stderr("");
    let output = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    let judged: u32 = output.split(' ').next().and_then(|number| number.parse().ok()).expect("the number of calls");
    assert!(judged > 300, "{output}");
}

/// Token exchanges with a path that contains `path` take this long, after they were carried out.
fn delay(simulator: &Simulator, path: &str, delay_ms: u64) {
    let matching = Match { path: Some(path.to_owned()), ..Match::default() };
    simulator.add_fault(Fault { matching, effect: Effect { delay_ms, ..Effect::default() }, ..Fault::default() });
}

fn queue(mut command: Command, simulator: &Simulator, paths: Paths) {
    // Long enough to be told from what valgrind takes to get there.
    const DELAY_MS: u64 = 1500;
    delay(simulator, "/oauth/", DELAY_MS);
    command.env("DELAY_MS", DELAY_MS.to_string());
    with_login(command, simulator, paths).assert().success().stderr("");
}

fn abandon(mut command: Command, simulator: &Simulator, paths: Paths) {
    // Longer than the program waits for an exchange to be sent, under valgrind too.
    delay(simulator, "/oauth/", 4000);
    let recovery = tempfile::tempdir().expect("a temporary folder");
    let service = simulator.login("acme", Kind::ServiceAccount).expect("acme has a service account");
    command.env("RECOVERY_DIR", path_field(recovery.path(), paths)).env("SERVICE_TOKEN", &service.api_token);
    with_login(command, simulator, paths).assert().success().stderr("");
    // What was sent for nothing has been undone: the sessions are ended, the new API token is in a file and works.
    assert!(simulator.sessions().is_empty(), "{:?}", simulator.sessions());
    let journal = simulator.journal();
    let paths: Vec<&str> = journal.requests.iter().map(|request| request.path.as_str()).collect();
    assert!(paths.iter().all(|path| !path.contains("globex")), "what was cancelled before sending was sent: {paths:?}");
    let files: Vec<PathBuf> =
        fs::read_dir(recovery.path()).expect("readable").map(|file| file.expect("a file").path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    let saved: serde_json::Value = serde_json::from_slice(&fs::read(file).expect("readable")).expect("JSON");
    assert_ne!(saved["refresh_token"], service.api_token.as_str());
}

fn sessions(mut command: Command, simulator: &Simulator, paths: Paths) {
    let proxy = ForwardProxy::start(None).expect("the proxy starts");
    let recovery = tempfile::tempdir().expect("a temporary folder");
    let matching = Match { path: Some("/oauth/tenant/globex/".to_owned()), ..Match::default() };
    let body = Some(r#"{"refresh_token":"REPLACEMENT"}"#.to_owned());
    let effect = Effect { status: Some(200), body, ..Effect::default() };
    simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    command
        .env("PROXY", proxy.url())
        .env("BROKEN_ORG", "globex")
        .env("RECOVERY_DIR", path_field(recovery.path(), paths));
    let done = with_login(command, simulator, paths).assert().success().stderr("");
    let output = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    let file = path_of(output.trim_end().strip_prefix("file=").expect("a file"), paths);
    assert_eq!(file.parent(), Some(recovery.path()));
    assert!(fs::read_to_string(&file).expect("readable").contains("REPLACEMENT"));
    assert!(simulator.sessions().is_empty(), "{:?}", simulator.sessions());
    // Three exchanges with a tunnel each, and one tunnel for what was asked about and ended by way of the proxy.
    assert_eq!(proxy.tunnels().len(), 4, "{:?}", proxy.tunnels());
}

fn token_file(mut command: Command, simulator: &Simulator, paths: Paths) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("made/account.json");
    let service = simulator.login("acme", Kind::ServiceAccount).expect("acme has a service account");
    command.env("TOKEN_FILE", path_field(&file, paths));
    let mut command = with_login(command, simulator, paths);
    command.env("API_TOKEN", &service.api_token);
    let done = command.assert().success().stderr("");
    let output = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    let told = output.lines().filter_map(|line| line.strip_prefix("token_file=")).map(|path| path_of(path, paths));
    assert_eq!(told.collect::<Vec<_>>(), vec![fs::canonicalize(&file).expect("there"); 2], "{output}");
    for (line, times) in [("token_file_replaced=true", 1), ("token_file_replaced=false", 1), ("cached=true", 1)] {
        assert_eq!(output.lines().filter(|printed| *printed == line).count(), times, "{line} in:\n{output}");
    }
    let beside = fs::read_dir(file.parent().expect("a folder")).expect("made").flatten();
    let mut beside: Vec<_> = beside.map(|entry| entry.file_name()).collect();
    beside.sort();
    assert_eq!(beside, ["account.json", "account.json.vcd-lock"], "what was refused left nothing");
    let now = fs::read_to_string(&file).expect("readable");
    assert!(now.contains("Service Account") && !now.contains(&service.api_token), "the token was not replaced");
    let exchanges = simulator.journal().requests.iter().filter(|request| request.path.starts_with("/oauth/")).count();
    assert_eq!(exchanges, 1);
}

fn late_answer(mut command: Command, simulator: &Simulator, paths: Paths) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("account.json");
    let service = simulator.login("acme", Kind::ServiceAccount).expect("acme has a service account");
    let content = serde_json::json!({ "refresh_token": service.api_token, "token_type": "Service Account" });
    fs::write(&file, content.to_string()).expect("writable");
    command.env("TOKEN_FILE", path_field(&file, paths));
    let mut command = with_login(command, simulator, paths);
    // Windows tells a library of the end only when all its threads are gone.
    let ends: &[&str] = if matches!(paths, Paths::Wine) { &["finish"] } else { &["finish", "exit"] };
    for end in ends {
        // Longer than the program's limit, in which valgrind too comes as far as sending.
        delay(simulator, "/oauth/", 8000);
        let before = fs::read_to_string(&file).expect("readable");
        command.env("END", end).assert().success().stderr("");
        assert_ne!(fs::read_to_string(&file).expect("readable"), before, "{end}: the answer was lost");
        let beside = fs::read_dir(folder.path()).expect("there").count();
        assert_eq!(beside, 2, "{end}: besides the file there is its lock");
    }
}

fn calls(mut command: Command, simulator: &Simulator, paths: Paths) {
    let recovery = tempfile::tempdir().expect("a temporary folder");
    let service = simulator.login("acme", Kind::ServiceAccount).expect("acme has a service account");
    let no_legacy_id = Effect { status: Some(200), body: Some("<Session/>".to_owned()), ..Effect::default() };
    let matching = Match { path: Some("/api/session".to_owned()), ..Match::default() };
    simulator.add_fault(Fault { matching, skip: 2, effect: no_legacy_id, ..Fault::default() });
    let headers = [("Location", "/cloudapi/1.0.0/things/1"), ("X-VMWARE-VCLOUD-TASK-HREF", "/api/task/7")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let matching = Match { path: Some("/sessions/current".to_owned()), method: Some("GET".to_owned()) };
    let body = r#"{"user":{"name":"Alice"},"org":{"name":"Acme"},"roleRefs":[{"name":"vApp Author"}]}"#.to_owned();
    simulator.add_fault(Fault {
        matching,
        effect: Effect { body: Some(body), ..Effect::default() },
        ..Fault::default()
    });
    let matching = Match { path: Some("/things".to_owned()), ..Match::default() };
    let accepted = Effect { status: Some(202), headers, ..Effect::default() };
    simulator.add_fault(Fault { matching, effect: accepted, ..Fault::default() });

    command.env("RECOVERY_DIR", path_field(recovery.path(), paths)).env("SERVICE_TOKEN", &service.api_token);
    let done = with_login(command, simulator, paths).assert().success().stderr("");
    let output = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    assert!(!output.contains("eyJ") && !output.contains(&service.api_token), "a secret among the fields:\n{output}");
    for line in ["org=Acme", "user=Alice", "role=vApp Author", "provider=false", "api_version=39.0"] {
        let times = output.lines().filter(|printed| *printed == line).count();
        // Connecting and checking tell it; only the former tells whether it is the provider.
        assert!(times >= if line.starts_with("provider") { 1 } else { 2 }, "{line} {times} times in:\n{output}");
    }
    let file = output.lines().find_map(|line| line.strip_prefix("file=")).expect("a file");
    assert_eq!(path_of(file, paths).parent(), Some(recovery.path()));
    let journal = simulator.journal();
    let made = journal.requests.iter().find(|request| request.path.ends_with("/things")).expect("sent");
    assert_eq!((made.method.as_str(), &made.body_fields[..]), ("POST", &["name".to_owned(), "size".to_owned()][..]));
    assert!(journal.requests.iter().all(|request| !request.secret_in_url), "{journal:?}");
}

fn copies(program: &CProgram, library: &Path, paths: Paths) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = |number| {
        let path = folder.path().join(format!("copy{number}")).with_extension(library.extension().expect("it has one"));
        fs::copy(library, &path).expect("the library can be copied");
        paths.write(&path)
    };
    let simulator = simulator();
    let mut command = program.command();
    command.args((0..4).map(copy)).env("TRUST", trust(&simulator, paths)).assert().success().stderr("");
}

fn panics(library: &Path) {
    let simulator = simulator();
    let program = CProgram::compile("planted", library);
    let mut command = program.command();
    command.arg("panic").env("TRUST", trust(&simulator, Paths::Own)).env("RUST_BACKTRACE", "1");
    assert_cmd::Command::from_std(command).timeout(Duration::from_secs(60)).assert().success().stdout("").stderr("");
}
