//! Killed at any system call: the next run succeeds, with the old token or with the new one that it finds. The one exception
//! is the answer's way home, between Cloud Director's own commit and the call that writes the new token down.
//!
//! `VCD_TEST_KILLS` says how many kills are tried (100 unless set).

use std::env;
use std::fs;
use std::process::Command;

use tests::token_file::AfterKill;

use super::meddle::Meddled;
use super::{AccountFile, run};
use crate::{Case, Site, text};

pub(super) const CASES: &[Case] =
    &[("a_kill_at_any_system_call_loses_nothing_but_an_answer_in_flight", a_kill_at_any_system_call_loses_nothing)];
pub(super) const TRACED_CASES: &[Case] =
    &[("the_window_between_answer_and_disk_is_measured", the_window_between_answer_and_disk_is_measured)];

/// A simulator gets slow when it remembers too many dead tokens.
const EXCHANGES_PER_SIMULATOR: usize = 1_000;

#[derive(Debug, Default)]
struct Figures {
    kills: usize,
    /// The run had ended before its last call was to come; no two runs make the same number of calls.
    not_reached: usize,
    /// Cloud Director had not been asked, or the new token was in the file.
    nothing_to_do: usize,
    /// The new token was in the journal.
    adopted: usize,
    /// The answer was in flight.
    lost: usize,
    /// The first and last call of a run at which an answer was lost.
    lost_at: Option<(usize, usize)>,
}

/// In which state a run finds the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Clean,
    NewTokenInJournal,
}

fn a_kill_at_any_system_call_loses_nothing(site: &Site) {
    let wanted = env::var("VCD_TEST_KILLS").map_or(100, |number| number.parse().expect("a number of kills"));
    let calls = AccountFile::new(site).killed_at(0).count;
    assert!(calls > 200, "{calls}");
    let stride = stride(calls);
    let mut figures = Figures::default();
    let mut round = 0;
    while figures.kills < wanted {
        let fresh = Site::start(&site.program);
        let file = AccountFile::new(&fresh);
        while figures.kills < wanted && fresh.simulator.journal().requests.len() < EXCHANGES_PER_SIMULATOR {
            // One in five runs begins with a journal.
            let start = if round % 5 == 4 { Start::NewTokenInJournal } else { Start::Clean };
            kill(&file, start, 1 + round * stride % calls, &mut figures);
            round += 1;
        }
    }
    println!("{calls} system calls in a run; {figures:?}");
    assert!(figures.adopted > 0, "no kill hit the time between journal and file");
    assert!(figures.not_reached < figures.kills / 4, "{figures:?}");
    // An answer is on its way during few of the calls.
    assert!(figures.lost < figures.kills / 8 + 3, "{figures:?}");
}

/// A step by which every part of a run is visited early, and every call in the end: about the golden section, and coprime
/// with the number of calls.
fn stride(calls: usize) -> usize {
    let has_no_divisor = |stride: &usize| {
        let (mut a, mut b) = (calls, *stride);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    (calls * 618 / 1000..).find(has_no_divisor).expect("there is a prime number")
}

/// Brings the file into the state: a run that is killed as it puts the new file into the old one's place.
fn bring_to(file: &AccountFile<'_>, start: Start) {
    if start == Start::NewTokenInJournal {
        // The disk dies in the middle of a save: found by looking from its end.
        let operations = file.with_failing_disk(0, false, 5).count;
        let kept = (1..=operations).rev().find(|nth| {
            let meddled = file.with_failing_disk(*nth, true, 5);
            meddled.written && file.beside().contains(&"account.json.vcd-pending".to_owned())
        });
        assert!(kept.is_some(), "no journal is left behind");
    }
}

fn kill(file: &AccountFile<'_>, start: Start, nth: usize, figures: &mut Figures) {
    bring_to(file, start);
    let context = format!("{start:?}, killed at call {nth}");
    let Meddled { output, killed, written, .. } = file.killed_at(nth);
    if !killed {
        assert!(output.status.success(), "{context}: {}", text(&output.stderr));
        figures.not_reached += 1;
        return;
    }
    figures.kills += 1;
    // Whatever was killed, the file is whole.
    file.token();
    let next = run(file.get());
    match file.after_kill(&next, written, &context) {
        AfterKill::NothingToDo => figures.nothing_to_do += 1,
        AfterKill::Adopted => figures.adopted += 1,
        AfterKill::Lost => {
            figures.lost += 1;
            let (first, last) = figures.lost_at.unwrap_or((nth, nth));
            figures.lost_at = Some((first.min(nth), last.max(nth)));
            file.put_fresh();
        }
    }
}

/// From the last byte of the answer to the end of the call that writes the token down, as a tracer sees it, which slows each
/// call down.
fn the_window_between_answer_and_disk_is_measured(site: &Site) {
    let file = AccountFile::new(site);
    let log = site.home.path().join("log");
    let mut windows: Vec<f64> = (0..15)
        .map(|_| {
            let options = ["-ttt", "-T", "-e", "trace=recvfrom,pwrite64", "-o", log.to_str().expect("text")];
            assert!(run(file.traced(&options)).status.success());
            window(&fs::read_to_string(&log).expect("a log"))
        })
        .collect();
    windows.sort_by(f64::total_cmp);
    let median = windows[windows.len() / 2];
    println!("the answer is written down {:.0} us after its last byte (median of {})", median * 1e6, windows.len());
    // Many times what it takes on an idle machine (docs/benchmarks.md), and far below anything that waits for something.
    assert!(median < 0.005, "{windows:?}");
}

/// Seconds between the last data from the network before the answer is written down, and the end of that write.
fn window(log: &str) -> f64 {
    let begin = |line: &str| line.split_whitespace().nth(1).and_then(|time| time.parse::<f64>().ok()).expect("a time");
    let duration =
        |line: &str| line.rsplit_once('<').map_or(0.0, |(_, time)| time.trim_end_matches('>').parse().expect("a time"));
    let end = |line: &str| if line.contains("resumed>") { begin(line) } else { begin(line) + duration(line) };
    let lines: Vec<&str> = log.lines().collect();
    let answer = lines.iter().position(|line| line.contains("new_token")).expect("the answer is written");
    let received = lines[..answer].iter().rev().find(|line| line.contains("recvfrom") && !line.contains("= -1"));
    let written = lines[answer..].iter().find(|line| line.contains("= 9216")).expect("the write ends");
    end(written) - end(received.expect("an answer"))
}

/// Whether `strace` is there, and may trace.
pub(super) fn strace() -> tests::case::Needed<()> {
    match Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("strace cannot trace: {}", text(&output.stderr).trim())),
        Err(_) => Err("strace is not installed".to_owned()),
    }
}
