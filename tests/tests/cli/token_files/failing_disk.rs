//! A disk that fails at one of its operations, or from one of them on: nothing is lost, and the next run goes on.

use std::fs;
use std::thread;
use std::time::Duration;

use tests::token_file::TokenFile;

use super::meddle::{ERRORS, Meddled};
use super::{AccountFile, run};
use crate::{Case, Site, text};

pub(super) const CASES: &[Case] = &[("a_folder_that_goes_away_does_not_take_the_token_along", a_folder_that_goes_away)];
pub(super) const MEDDLED_CASES: &[Case] = &[
    ("each_operation_that_fails_is_told_and_loses_nothing", each_operation_that_fails),
    ("a_disk_that_dies_at_any_operation_loses_nothing", a_disk_that_dies),
];

/// What came of the runs.
#[derive(Debug, Default)]
struct Figures {
    runs: usize,
    /// Nothing was sent, and the reason told.
    refused: usize,
    /// The call succeeded.
    succeeded: usize,
    /// The call succeeded, and the new token is in the journal.
    in_journal: usize,
    /// The call failed, and the new token is in the recovery folder.
    in_recovery_folder: usize,
}

fn each_operation_that_fails(site: &Site) {
    let figures = at_every_operation(site, false);
    assert!(figures.succeeded > 10 && figures.refused > 50 && figures.in_journal > 4, "{figures:?}");
}

fn a_disk_that_dies(site: &Site) {
    let figures = at_every_operation(site, true);
    assert!(figures.refused > 50 && figures.in_recovery_folder > 3, "{figures:?}");
}

fn at_every_operation(site: &Site, dead: bool) -> Figures {
    let file = AccountFile::new(site);
    let mut figures = Figures::default();
    let operations = file.with_failing_disk(0, dead, 0).count;
    assert!(operations > 30, "{operations}");
    for nth in 1..=operations {
        for (name, error) in ERRORS {
            let meddled = file.with_failing_disk(nth, dead, error);
            let context = format!("operation {nth} ({}) fails with {name}", meddled.hit);
            judge(&file, &meddled, &context, &mut figures);
        }
    }
    println!("{operations} operations, dead from there on: {dead}; {figures:?}; 0 tokens lost");
    figures
}

fn judge(file: &AccountFile<'_>, meddled: &Meddled, context: &str, figures: &mut Figures) {
    let told = text(&meddled.output.stderr);
    figures.runs += 1;
    assert!(!told.contains(&file.token()), "{context}: {told}");
    match meddled.output.status.code() {
        Some(0) if told.contains("the next run takes it from there") => {
            figures.in_journal += 1;
            assert!(!told.contains("replaced the API token"), "{context}: told twice: {told}");
            assert!(file.next_run_succeeds(context).contains("An earlier run ended before"), "{context}");
        }
        Some(0) => figures.succeeded += 1,
        Some(7) if told.contains("TokenFileNotSaved (6006)") => {
            figures.in_recovery_folder += 1;
            put_back(file, &told);
        }
        // Each says what failed, and that nothing was sent.
        Some(7) => {
            assert!(told.contains("What to do: ") && told.contains("account.json"), "{context}: {told}");
            figures.refused += 1;
        }
        other => panic!("{context}: {other:?} {told}"),
    }
    file.next_run_succeeds(context);
}

/// Does what the message asks for: the token goes from the file that it names back into the token file.
fn put_back(file: &AccountFile<'_>, told: &str) {
    let saved = told.split("It is in ").nth(1).and_then(|rest| rest.split(".json").next()).expect(told);
    let saved = fs::read(format!("{saved}.json")).expect("the file that the message names");
    let saved: serde_json::Value = serde_json::from_slice(&saved).expect("Terraform's form");
    file.put(saved["refresh_token"].as_str().expect("a token"));
}

/// A disk that is unplugged: what is written into its open files goes nowhere.
fn a_folder_that_goes_away(site: &Site) {
    let mut file = AccountFile::new(site);
    let matching = vcdsim::Match { path: Some("/oauth/".to_owned()), ..vcdsim::Match::default() };
    let effect = vcdsim::Effect { delay_ms: 1_000, ..vcdsim::Effect::default() };
    site.simulator.add_fault(vcdsim::Fault { matching, effect, ..vcdsim::Fault::default() });
    let output = thread::scope(|scope| {
        let running = scope.spawn(|| run(file.get()));
        while site.simulator.sessions().is_empty() {
            thread::sleep(Duration::from_millis(10));
        }
        fs::remove_dir_all(file.folder.path()).expect("ours");
        running.join().expect("it ends")
    });
    let told = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(7), String::new()), "{told}");
    assert!(told.contains("TokenFileNotSaved (6006)"), "{told}");
    assert!(site.simulator.sessions().is_empty(), "nobody got the session");
    site.simulator.clear_faults();
    file.file = TokenFile::new("gone with its folder");
    put_back(&file, &told);
    file.next_run_succeeds("the recovered token");
}
