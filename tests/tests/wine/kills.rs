//! Killed at any moment: the next run succeeds, with the old token or with the new one that it finds. The one exception is the
//! answer's way home, as on other systems.
//!
//! The moments are steps from something that the run does to its files up to the end of its work with them. How far the run really
//! is at such a moment differs; what must hold does not. `VCD_TEST_KILLS` says how many kills are tried (40 unless set).

use std::env;
use std::fs;
use std::hint;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tests::program::Program;
use tests::token_file::AfterKill;

use crate::Case;
use crate::account_file::{AccountFile, has_new_token, run};

pub(crate) const CASES: &[Case] =
    &[("a_kill_at_any_moment_loses_nothing_but_an_answer_in_flight", a_kill_at_any_moment_loses_nothing)];

/// From what on the steps are counted: whether it has happened.
type Begin = (&'static str, fn(&Path) -> bool);

const BEGINS: [Begin; 3] = [
    ("the lock", |folder| folder.join("account.json.vcd-lock").exists()),
    ("the journal", |folder| folder.join("account.json.vcd-pending").exists()),
    ("the new token", has_new_token),
];
/// The time between journal and file is short, so that the steps may all miss it. Then it is aimed at so many times.
const AIMED: usize = 20;

#[derive(Debug, Default)]
struct Figures {
    kills: usize,
    /// The run had ended before.
    not_reached: usize,
    /// Cloud Director had not been asked, or the new token was in the file.
    nothing_to_do: usize,
    /// The new token was in the journal.
    adopted: usize,
    /// The answer was in flight.
    lost: usize,
}

fn a_kill_at_any_moment_loses_nothing(program: &Program) {
    let wanted: usize = env::var("VCD_TEST_KILLS").map_or(40, |number| number.parse().expect("a number of kills"));
    let file = AccountFile::new(program);
    let mut figures = Figures::default();
    let steps = wanted.div_ceil(BEGINS.len());
    for begin in BEGINS {
        let lasts = lasts(&file, begin);
        for step in 0..steps {
            let delay = lasts.mul_f64(step as f64 / steps as f64);
            kill(&file, begin, delay, &mut figures);
        }
    }
    for _ in 0..AIMED {
        if figures.adopted > 0 {
            break;
        }
        kill(&file, BEGINS[BEGINS.len() - 1], Duration::ZERO, &mut figures);
    }
    println!("{figures:?}");
    assert!(figures.adopted > 0, "no kill hit the time between journal and file: {figures:?}");
    assert!(figures.kills > wanted / 2, "{figures:?}");
}

fn kill(file: &AccountFile, begin: Begin, delay: Duration, figures: &mut Figures) {
    let context = format!("killed {} us after {}", delay.as_micros(), begin.0);
    match is_killed(file, begin, delay) {
        true => judge(file, &context, figures),
        false => figures.not_reached += 1,
    }
}

/// How long after `begin` a run removes its journal, with which its work is done.
fn lasts(file: &AccountFile, begin: Begin) -> Duration {
    let (mut process, began) = started(file, begin);
    let journal = file.folder.path().join("account.json.vcd-pending");
    while !journal.exists() && process.try_wait().expect("our own process").is_none() {
        hint::spin_loop();
    }
    while journal.exists() {
        hint::spin_loop();
    }
    let lasted = began.elapsed();
    assert!(process.wait().expect("it ends").success());
    lasted
}

/// Runs `get` and kills it so long after `begin`; false if it ended before.
fn is_killed(file: &AccountFile, begin: Begin, delay: Duration) -> bool {
    let (mut process, began) = started(file, begin);
    while began.elapsed() < delay {
        hint::spin_loop();
    }
    // To Wine's server this is a process that is gone in the middle of whatever it did, as after TerminateProcess.
    process.kill().expect("our own process");
    !process.wait().expect("it ends").success()
}

/// A run that has come to `begin`, or to its end.
fn started(file: &AccountFile, (_, has_happened): Begin) -> (std::process::Child, Instant) {
    // What an earlier run left must not be taken for it.
    let _ = fs::remove_file(file.folder.path().join("account.json.vcd-lock"));
    let mut process = file.get().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("Wine starts");
    while !has_happened(file.folder.path()) && process.try_wait().expect("our own process").is_none() {
        hint::spin_loop();
    }
    (process, Instant::now())
}

fn judge(file: &AccountFile, context: &str, figures: &mut Figures) {
    figures.kills += 1;
    // Whatever was killed, the file is whole.
    file.token();
    let written = file.journal_has_new_token();
    let next = run(file.get());
    match file.after_kill(&next, written, context) {
        AfterKill::NothingToDo => figures.nothing_to_do += 1,
        AfterKill::Adopted => figures.adopted += 1,
        AfterKill::Lost => {
            figures.lost += 1;
            file.put_fresh();
        }
    }
}
