//! Random sequences of calls, from four threads on the same handles: no crash, no number that the header does not document
//! for the function, no panic inside, and the rules that hold for every call.
//!
//! tests/c/interpreter.c performs the calls, so that no unsafe code is needed here. `VCD_TEST_SEQUENCES` says how many
//! sequences are tried (300 unless set; a third as many with the sanitizers).

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use assert_cmd::Command;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tests::c_program::CProgram;
use tests::case::{case, lazy_case, run};
use tests::{instrumented, staged};
use vcdsim::{Kind, Options, Simulator};

/// Calls at most in one sequence.
const LONGEST: usize = 60;
/// Verbs of the interpreter; those that begin something are more frequent.
const VERBS: &[(u32, &str)] = &[
    (4, "open"),
    (8, "exchange"),
    (3, "check"),
    (3, "end"),
    (6, "wait"),
    (4, "describe"),
    (4, "take"),
    (3, "cancel"),
    (3, "close"),
    (2, "close_client"),
    (1, "sessions"),
    (1, "library"),
    (1, "clear"),
];
/// A panic inside, and what cannot happen: documented, but never to be seen.
const DEFECTS: &[i32] = &[9001, 9003];

fn main() -> ExitCode {
    run(vec![
        case("any_sequence", &staged::library(), |library| {
            try_sequences(&CProgram::compile("interpreter", &library), sequences());
        }),
        lazy_case("any_sequence_with_sanitizers", instrumented::with_address_sanitizer, |library| {
            try_sequences(&CProgram::compile_sanitized("interpreter", &library), sequences() / 3);
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

fn try_sequences(interpreter: &CProgram, count: u32) {
    let simulator = Simulator::start(Options::default()).expect("the simulator starts");
    let home = tempfile::tempdir().expect("a temporary folder");
    let documented = documented_numbers();
    let config = Config { cases: count, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config)
        .run(&script(), |script| perform(interpreter, &simulator, home.path(), &script, &documented));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Lines of the interpreter: thread, verb, four numbers.
fn script() -> impl Strategy<Value = String> {
    let verb =
        proptest::strategy::Union::new_weighted(VERBS.iter().map(|(weight, verb)| (*weight, Just(*verb))).collect());
    // Slots 0 to 7 hold handles; what is above makes numbers that never were one.
    let slot = || prop_oneof![9 => 0..3_u32, 4 => 3..8_u32, 1 => 8..20_u32];
    let call = (0..4_u32, verb, slot(), slot(), 0..100_u32, 0..100_u32)
        .prop_map(|(thread, verb, a, b, c, d)| format!("{thread} {verb} {a} {b} {c} {d}\n"));
    prop::collection::vec(call, 1..LONGEST).prop_map(|calls| calls.concat())
}

fn perform(
    interpreter: &CProgram,
    simulator: &Simulator,
    home: &Path,
    script: &str,
    documented: &BTreeMap<String, BTreeSet<i32>>,
) -> Result<(), TestCaseError> {
    let login = simulator.login("acme", Kind::Tenant).expect("acme has a tenant user");
    let mut command = Command::from_std(interpreter.command());
    command
        .env("SERVER", simulator.url())
        .env("CA_FILE", simulator.ca_file())
        .env("ORG", &login.org)
        .env("API_TOKEN", &login.api_token)
        .env("HOME", home)
        .env("XDG_STATE_HOME", home)
        .timeout(Duration::from_secs(120));
    let output = command.write_stdin(script).output().expect("the interpreter starts");
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
    Ok(())
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
        let returns = text.lines().find_map(|paragraph| paragraph.split_once("eturns ")).expect(function).1;
        let mut numbers = numbers(returns);
        for (other, of_other) in &documented {
            if returns.starts_with(&format!("as `{other}`")) {
                numbers.extend(of_other);
            }
        }
        if text.contains("returns as for `vcd_check`") {
            numbers.extend(&documented["vcd_check"]);
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
