//! `cargo xtask docs`: the parts of the documentation that come from the source.
//!
//! So far one: the failures in docs/troubleshooting.md, as an example program of the core crate prints them.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::{command, workspace};

/// What `cargo xtask docs` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when the documentation differs from the source
    #[arg(long)]
    verify: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    const SHOWN: &str = "docs/troubleshooting.md";
    let path = workspace::root().join(SHOWN);
    let committed = fs::read_to_string(&path).with_context(|| format!("cannot read {SHOWN}"))?;
    let generated =
        spliced(&committed, "failures", &failures()?).with_context(|| format!("{SHOWN} has no place for the table"))?;
    if committed == generated {
        println!("{SHOWN} agrees with the source");
    } else if options.verify {
        bail!("{SHOWN} differs from the source: run `cargo xtask docs`");
    } else {
        fs::write(&path, generated).with_context(|| format!("cannot write {SHOWN}"))?;
        println!("{SHOWN} written");
    }
    Ok(())
}

/// The table of all failures.
fn failures() -> Result<String> {
    let mut example = command::cargo();
    example.args(["run", "--quiet", "--locked", "-p", "vcd-auth", "--example", "failures"]);
    let output = example.output().context("cannot start cargo")?;
    ensure!(output.status.success(), "the example ended with {}: {}", output.status, output.stderr.escape_ascii());
    Ok(String::from_utf8(output.stdout)?)
}

/// The text with `table` between the two marks of that name.
pub(crate) fn spliced(text: &str, name: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->\n"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some([before, &begin, table, &end, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let around = |table| format!("before\n<!-- it: begin -->\n{table}<!-- it: end -->\nafter\n");
        assert_eq!(spliced(&around("old\nolder\n"), "it", "new\n"), Some(around("new\n")));
        assert_eq!(spliced(&around("old\n"), "another", "new\n"), None);
    }
}
