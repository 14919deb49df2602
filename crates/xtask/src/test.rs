//! `cargo xtask test`: stages the module, runs every test that this machine can run, and says which it left out.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, pipe};

use anyhow::{Context, Result, bail, ensure};

use crate::test_summary::Summary;
use crate::{command, package, stage, windows, workspace};

/// What `cargo xtask test` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Arguments for `cargo test`, for instance: -- --test header
    #[arg(last = true)]
    cargo: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let stage = stage::make()?;
    let mut tests = command::cargo();
    tests
        .args(["test", "--workspace", "--locked", "--no-fail-fast"])
        .args(&options.cargo)
        .env("VCD_TEST_STAGE", &stage.folder)
        .env("VCD_TEST_LIBRARY", workspace::library())
        .env("VCD_TEST_CLI", workspace::executable("release", "vcd-bearer"));
    let mut built_elsewhere = Vec::new();
    // Building for Windows takes minutes, so only who has begun with it gets it, but then never an old build.
    if windows::library().is_file() {
        let native = windows::stage(&stage)?;
        tests.env("VCD_TEST_WINDOWS_NATIVE", native.library.parent().expect("a library lies in a folder"));
        built_elsewhere.push(native);
        tests.env("VCD_TEST_WINDOWS_RUST_TESTS", env::join_paths(windows::rust_tests()?)?);
    }
    tests.env("VCD_TEST_PACKAGES", package::make_local(built_elsewhere)?);
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
    for (name, part) in summary.parts() {
        if options.cargo.is_empty() && part.counts.ran() + part.counts.ignored == 0 {
            bail!("no {name} case was found");
        }
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
    for (name, part) in summary.parts() {
        println!("{}", part.line(name));
    }
}
