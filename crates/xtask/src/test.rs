//! `cargo xtask test`: stages the module, runs every test that this machine can run, and says which it left out.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, pipe};

use anyhow::{Context, Result, bail, ensure};

use crate::test_summary::Summary;
use crate::{command, package, stage, workspace};

/// What `cargo xtask test` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Arguments for `cargo test`, for instance: -- --test header
    #[arg(last = true)]
    cargo: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let stage = stage::make()?;
    let packages = package::make_local()?;
    let mut tests = command::cargo();
    tests
        .args(["test", "--workspace", "--locked", "--no-fail-fast"])
        .args(&options.cargo)
        .env("VCD_TEST_STAGE", &stage.folder)
        .env("VCD_TEST_PACKAGES", &packages)
        .env("VCD_TEST_LIBRARY", workspace::library())
        .env("VCD_TEST_CLI", workspace::executable("release", "vcd-bearer"));
    command::show(&tests);

    // One pipe for both streams: cargo names a suite on one and the suite reports on the other, and the order matters.
    let (output, input) = pipe()?;
    tests.stdout(input.try_clone()?).stderr(input);
    let mut running = tests.spawn().context("cannot start cargo")?;
    drop(tests); // With it the last writing end in this process, else the pipe never ends.
    let mut summary = Summary::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        summary.read_line(&line);
    }
    let status = running.wait()?;

    print_summary(&summary);
    ensure!(summary.all.ran() > 0, "no test ran");
    if options.cargo.is_empty() && summary.powershell.ran() + summary.powershell.ignored == 0 {
        bail!("no PowerShell case was found");
    }
    ensure!(status.success(), "the tests ended with {status}");
    Ok(())
}

fn print_summary(summary: &Summary) {
    let counts = summary.all;
    println!("\n{} passed, {} failed, {} left out", counts.passed, counts.failed, counts.ignored);
    for (reason, cases) in &summary.left_out {
        println!("  left out: {cases} ({reason})");
    }
    println!("{}", summary.powershell_line());
}
