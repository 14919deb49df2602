//! What a run of `cargo test` did, read from its output.
//!
//! Neither cargo nor libtest has a stable machine-readable report, but both have printed these lines for many years:
//! `Running tests/x.rs (...)`, `test name ... ignored, reason` and `test result: ok. 1 passed; 0 failed; 2 ignored; ...`.

use std::collections::BTreeMap;

/// Counts of one or more suites.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Counts {
    /// How many cases ran.
    pub(crate) fn ran(self) -> u64 {
        self.passed + self.failed
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// Cases that are counted apart, and why some of them were left out.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) counts: Counts,
    left_out: BTreeMap<String, u64>,
}

impl Part {
    /// One line: how many cases ran, and if not all did, the commonest reason.
    pub(crate) fn line(&self, name: &str) -> String {
        let ran = self.counts.ran();
        let total = ran + self.counts.ignored;
        let line = format!("{ran} of {total} {name} cases ran");
        match self.left_out.iter().max_by_key(|(_, cases)| **cases) {
            Some((reason, _)) => format!("{line}: {reason}"),
            None => line,
        }
    }

    fn leave_out(&mut self, reason: &str) {
        *self.left_out.entry(reason.to_owned()).or_default() += 1;
    }
}

/// The counts of a whole run, those of the PowerShell suites and of what runs under Wine apart, and why cases were left out.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) all: Counts,
    /// Reason to number of cases.
    pub(crate) left_out: BTreeMap<String, u64>,
    powershell: Part,
    wine: Part,
    in_powershell_suite: bool,
}

impl Summary {
    /// What is counted apart, with its name.
    pub(crate) fn parts(&self) -> [(&'static str, &Part); 2] {
        [("PowerShell", &self.powershell), ("Wine", &self.wine)]
    }

    /// Takes in one line of the run's output.
    pub(crate) fn read_line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(suite) = line.strip_prefix("Running ") {
            self.in_powershell_suite = suite.starts_with("tests/powershell") || suite.starts_with(r"tests\powershell");
        } else if line.starts_with("Doc-tests ") {
            self.in_powershell_suite = false;
        } else if let Some(counts) = counts(line) {
            self.all.add(counts);
            if self.in_powershell_suite {
                self.powershell.counts.add(counts);
            }
        } else if let Some((case, outcome)) = case(line) {
            self.read_case(case, outcome);
        }
    }

    fn read_case(&mut self, case: &str, outcome: &str) {
        let reason = reason_left_out(outcome);
        if let Some(reason) = reason {
            *self.left_out.entry(reason.to_owned()).or_default() += 1;
            if self.in_powershell_suite {
                self.powershell.leave_out(reason);
            }
        }
        // Suites hold such cases beside others, so their names tell.
        if case.starts_with("wine::") {
            let counts = &mut self.wine.counts;
            match reason {
                Some(reason) => {
                    counts.ignored += 1;
                    self.wine.leave_out(reason);
                }
                None if outcome == "ok" => counts.passed += 1,
                None => counts.failed += 1,
            }
        }
    }
}

/// The counts of a `test result:` line.
fn counts(line: &str) -> Option<Counts> {
    let (_, counted) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |name: &str| -> Option<u64> {
        counted.split("; ").find_map(|part| part.strip_suffix(name))?.trim().parse().ok()
    };
    Some(Counts { passed: number("passed")?, failed: number("failed")?, ignored: number("ignored")? })
}

/// Name and outcome in a line such as `test name ... ok`.
fn case(line: &str) -> Option<(&str, &str)> {
    let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    Some((name.trim_end(), outcome))
}

/// The reason in an outcome such as `ignored, reason`, which libtest-mimic puts in parentheses.
fn reason_left_out(outcome: &str) -> Option<&str> {
    let rest = outcome.strip_prefix("ignored")?;
    let in_parentheses = || rest.strip_prefix(" (")?.strip_suffix(')');
    Some(rest.strip_prefix(", ").or_else(in_parentheses).unwrap_or("no reason given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(output: &str) -> Summary {
        let mut summary = Summary::default();
        output.lines().for_each(|line| summary.read_line(line));
        summary
    }

    #[test]
    fn powershell_cases_are_counted_apart() {
        let summary = summary(
            "     Running unittests src/lib.rs (target/debug/deps/vcd_auth-1)\n\
             test result: ok. 40 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s\n\
             \x20    Running tests/powershell.rs (target/debug/deps/powershell-2)\n\
             test a ... ok\n\
             test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.00s\n\
             \x20    Running tests/powershell_errors.rs (target/debug/deps/powershell_errors-2)\n\
             test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.00s\n\
             \x20  Doc-tests vcd_auth\n\
             test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        );
        assert_eq!(summary.all, Counts { passed: 52, failed: 2, ignored: 1 });
        assert_eq!(summary.powershell.counts, Counts { passed: 10, failed: 2, ignored: 0 });
        assert_eq!(summary.powershell.line("PowerShell"), "12 of 12 PowerShell cases ran");
    }

    #[test]
    fn the_reason_for_leaving_out_is_told() {
        let summary = summary(
            "     Running tests/powershell.rs (target/debug/deps/powershell-2)\n\
             test a    ... ignored (no pwsh found)\n\
             test with ... ignored (no pwsh found)\n\
             test result: ok. 0 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             \x20    Running tests/c_programs.rs (target/debug/deps/c_programs-2)\n\
             test c ... ignored\n\
             test d ... ignored, too slow\n\
             test result: ok. 0 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        );
        assert_eq!(summary.powershell.line("PowerShell"), "0 of 2 PowerShell cases ran: no pwsh found");
        let left_out: Vec<_> = summary.left_out.into_iter().collect();
        let own = |(reason, cases): (&str, u64)| (reason.to_owned(), cases);
        assert_eq!(left_out, [("no pwsh found", 2), ("no reason given", 1), ("too slow", 1)].map(own));
    }

    #[test]
    fn cases_under_wine_are_counted_by_their_names() {
        let summary = summary(
            "     Running tests/cli.rs (target/debug/deps/cli-2)\n\
             test get       ... ok\n\
             test wine::get ... ok\n\
             test wine::end ... FAILED\n\
             test wine::call ... ignored (Wine is not installed)\n\
             test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        );
        assert_eq!(summary.wine.counts, Counts { passed: 1, failed: 1, ignored: 1 });
        assert_eq!(summary.wine.line("Wine"), "2 of 3 Wine cases ran: Wine is not installed");
        assert_eq!(summary.powershell.counts, Counts::default());
    }

    #[test]
    fn other_output_counts_for_nothing() {
        let summary = summary("warning: 1 passed; 2 failed; 3 ignored\ntest result: garbled\n");
        assert_eq!(summary.all, Counts::default());
    }
}
