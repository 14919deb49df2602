//! Random sequences of calls, from four threads on the same handles: no crash, no number that the header does not document
//! for the function, no panic inside, and the rules that hold for every call.
//!
//! tests/c/interpreter.c performs the calls, so that no unsafe code is needed here. `VCD_TEST_SEQUENCES` says how many
//! sequences are tried (300 unless set; a third as many with the sanitizers).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use assert_cmd::Command;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tests::c_program::{self, CProgram};
use tests::case::{case, lazy_case, run};
use tests::{instrumented, staged};
use vcdsim::{Kind, Options, Simulator};

/// Calls at most in one sequence.
const LONGEST: usize = 60;
/// Verbs of the interpreter; those that begin something are more frequent.
const VERBS: &[(u32, &str)] = &[
    (4, "open"),
    (8, "exchange"),
    (2, "save"),
    (3, "connect"),
    (4, "call"),
    (3, "check"),
    (3, "end"),
    (6, "wait"),
    (4, "describe"),
    (4, "take"),
    (2, "take_body"),
    (3, "cancel"),
    (3, "close"),
    (2, "close_client"),
    (1, "sessions"),
    (1, "library"),
    (1, "clear"),
    (1, "finish"),
];
/// A panic inside, and what cannot happen: documented, but never to be seen.
const DEFECTS: &[i32] = &[9001, 9003];

fn main() -> ExitCode {
    run(vec![
        case("any_sequence", &c_program::native_library(), |library| {
            try_sequences(&CProgram::compile("interpreter", &library), sequences(), 1);
        }),
        lazy_case("any_sequence_with_sanitizers", instrumented::with_address_sanitizer, |library| {
            try_sequences(&CProgram::compile_sanitized("interpreter", &library), sequences() / 3, 10);
        }),
        libtest_mimic::Trial::test("the_documented_numbers_are_read", || {
            the_documented_numbers_are_read();
            Ok(())
        }),
    ])
}

fn sequences() -> u32 {
    env::var("VCD_TEST_SEQUENCES").map_or(300, |number| number.parse().expect("a number of sequences"))
}

/// `patience` is a factor for the times that the sequences wait.
fn try_sequences(interpreter: &CProgram, count: u32, patience: u32) {
    let simulator = Simulator::start(Options::default()).expect("the simulator starts");
    let home = tempfile::tempdir().expect("a temporary folder");
    let documented = documented_numbers();
    let seen = RefCell::new(BTreeSet::new());
    let token = &simulator.login("acme", Kind::Tenant).expect("acme has a tenant user").api_token;
    fs::write(home.path().join("token.txt"), token).expect("writable");
    let prepared = || {
        let login = simulator.login("acme", Kind::Tenant).expect("acme has a tenant user");
        let mut command = Command::from_std(interpreter.command());
        command
            .env("SERVER", simulator.url())
            .env("TRUST", format!("ca_file={}", simulator.ca_file().display()))
            .env("ORG", &login.org)
            .env("API_TOKEN", &login.api_token)
            .env("TOKEN_FILE", home.path().join("token.txt"))
            .env("PATIENCE", patience.to_string())
            .env("HOME", home.path())
            .env("XDG_STATE_HOME", home.path())
            .timeout(Duration::from_secs(120));
        command
    };
    let config = Config { cases: count, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&script(), |script| {
        let lines = perform(prepared(), &script, &documented)?;
        seen.borrow_mut().extend(lines);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    // Otherwise the sequences would have been nothing but refusals.
    let worked = documented.keys().map(|function| format!("{function} 0"));
    let missing: Vec<String> =
        worked.chain(["status 0".to_owned()]).filter(|line| !seen.borrow().contains(line)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?} in {:?}", seen.borrow());
}

/// Lines of the interpreter: thread, verb, four numbers.
fn script() -> impl Strategy<Value = String> {
    let verb =
        proptest::strategy::Union::new_weighted(VERBS.iter().map(|(weight, verb)| (*weight, Just(*verb))).collect());
    // Clients live in slots 0 and 1, requests in 2 to 7, and now and then in each other's; what is above makes numbers that
    // never were a handle.
    let client = || prop_oneof![14 => 0..2_u32, 1 => 2..8_u32, 1 => 8..20_u32];
    let request = || prop_oneof![14 => 2..8_u32, 1 => 0..2_u32, 1 => 8..20_u32];
    let call = (0..4_u32, verb, client(), request(), 0..100_u32, prop_oneof![1 => 0..4_u32, 9 => 4..100_u32]);
    let call = call.prop_map(|(thread, verb, client, request, c, d)| match verb {
        "open" | "exchange" | "connect" | "call" | "save" | "check" | "end" | "wait" | "close_client" => {
            format!("{thread} {verb} {client} {request} {c} {d}\n")
        }
        _ => format!("{thread} {verb} {request} {} {c} {d}\n", c % 7),
    });
    // What makes sense by itself stands around what need not: clients, a call, an exchange, and its end.
    let first =
        "4 open 0 0 0 0\n4 open 1 5 0 0\n4 call 0 3 1 51\n4 wait 0 3 59 0\n4 take_body 3 1 0 0\n4 exchange 0 2 0 50\n";
    let last = "5 wait 0 2 59 0\n5 describe 2 1 0 0\n5 take 2 1 1 0\n";
    prop::collection::vec(call, 1..LONGEST).prop_map(move |calls| [first, &calls.concat(), last].concat())
}

/// Performs a script and gives the lines that the interpreter printed, each once.
fn perform(
    mut interpreter: Command,
    script: &str,
    documented: &BTreeMap<String, BTreeSet<i32>>,
) -> Result<BTreeSet<String>, TestCaseError> {
    let output = interpreter.write_stdin(script).output().expect("the interpreter starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    prop_assert!(output.status.success(), "{}\n{stderr}\n{text}", output.status);
    prop_assert!(stderr.is_empty(), "something was printed: {stderr}");
    let all_performed = format!("performed {}", script.lines().count());
    prop_assert_eq!(text.lines().last(), Some(all_performed.as_str()));
    for line in text.lines() {
        prop_assert!(!line.starts_with("broken: "), "{line}");
        let Some((function, number)) = line.split_once(' ') else { continue };
        let Ok(number) = number.parse::<i32>() else { continue };
        prop_assert!(!DEFECTS.contains(&number), "{line}");
        if let Some(numbers) = documented.get(function) {
            prop_assert!(numbers.contains(&number), "{line}, but the header documents {numbers:?}");
        }
    }
    Ok(text.lines().map(str::to_owned).collect())
}

/// The numbers after `Returns` in the comment of each function of the header.
fn documented_numbers() -> BTreeMap<String, BTreeSet<i32>> {
    let header = fs::read_to_string(staged::header()).expect("the header can be read");
    let mut documented: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
    for comment in header.split("/**").skip(1) {
        let Some((comment, declaration)) = comment.split_once("*/") else { continue };
        let Some(function) = declaration.trim_start().strip_prefix("int32_t ").and_then(|text| text.split('(').next())
        else {
            continue;
        };
        let text: String = comment.lines().map(|line| line.trim().trim_start_matches('*').trim()).fold(
            String::new(),
            // An empty line ends a paragraph.
            |text, line| if line.is_empty() { text + "\n" } else { text + line + " " },
        );
        let returns = text.lines().find_map(|paragraph| paragraph.strip_prefix("Returns ")).unwrap_or_default();
        // What a settled request holds is no number of the call.
        let mut numbers = numbers(returns.split("When settled").next().unwrap_or_default());
        for (other, of_other) in &documented {
            let like = [format!("as `{other}`"), format!("Parameters and returns as for `{other}`")];
            if returns.starts_with(&like[0]) || text.contains(&like[1]) {
                numbers.extend(of_other);
            }
        }
        documented.insert(function.to_owned(), numbers);
    }
    documented
}

/// The numbers of a sentence; `9001 to 9004` are four.
fn numbers(sentence: &str) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut range_from = None;
    for word in sentence.split_whitespace() {
        match (word.trim_end_matches([',', ';', '.', ':']).parse::<i32>(), range_from) {
            (Ok(number), Some((first, true))) => found.extend(first..=number),
            (Ok(number), _) => {
                found.insert(number);
            }
            (Err(_), _) => {}
        }
        range_from = match (word, range_from) {
            ("to", Some((first, false))) => Some((first, true)),
            _ => word.parse().ok().map(|number| (number, false)),
        };
    }
    found
}

fn the_documented_numbers_are_read() {
    assert_eq!(
        numbers("0; 1 (pending) if none; 1001 for a bad pointer; 9001 to 9004. Since ABI 1.0."),
        [0, 1, 1001, 9001, 9002, 9003, 9004].into()
    );
    let documented = documented_numbers();
    assert!(documented.len() >= 12, "{documented:?}");
    assert!(documented.values().all(|numbers| numbers.contains(&0) && numbers.contains(&9004)), "{documented:?}");
    assert!(documented["vcd_wait"].contains(&5003) && !documented["vcd_wait"].contains(&1003));
    assert!(documented["vcd_end"].contains(&1002), "{documented:?}");
}
