//! Cold one-shot: what a scheduled task or a script of one log-in waits for.
//!
//! The three commands take turns, so that a machine that gets busier or warmer meanwhile slows all of them.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Result, ensure};

use super::Bench;
use super::row::Row;
use super::sample::Sample;

/// The module's whole process against the recipe's.
const TOTAL_BUDGET: f64 = 0.62;
/// What the module adds to an empty process against what the recipe adds.
const OVERHEAD_BUDGET: f64 = 0.38;
/// Runs before timing begins.
const WARM_UP: u32 = 2;

/// What `cargo xtask bench cold` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each command is timed
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let rows = rows(&Bench::start()?, options.runs)?;
    println!(
        "\nA new PowerShell process each, median of {} runs\n\n{}{}{}",
        options.runs,
        super::row::HEAD,
        rows[0],
        rows[1]
    );
    Ok(())
}

/// The whole process, and what it takes beyond an empty one.
pub(super) fn rows(bench: &Bench, runs: u32) -> Result<Vec<Row>> {
    let [module, recipe, empty] = medians(bench, runs)?;
    let against = "the `Invoke-RestMethod` recipe in a new process";
    Ok(vec![
        Row::ratio("cold one-shot: process, import, one session", against, TOTAL_BUDGET, (module, recipe)),
        Row::ratio("the same beyond an empty process", against, OVERHEAD_BUDGET, (module - empty, recipe - empty)),
    ])
}

/// In milliseconds: the module, the recipe, an empty process.
fn medians(bench: &Bench, runs: u32) -> Result<[f64; 3]> {
    let login = bench.simulator.login("tenant")?;
    let server = ["-Server", &bench.simulator.ready.url, "-Org", &login.org];
    let script = |name: &str| {
        let mut process = bench.script(name);
        process.env("VCD_API_TOKEN", &login.api_token).stdout(Stdio::null());
        process
    };
    let mut module = script("cold-vcdbearer.ps1");
    let trust = &bench.simulator.ready.ca_file;
    module.arg("-Manifest").arg(&bench.stage.manifest).args(server).arg("-CACertificate").arg(trust);
    let mut recipe = script("cold-recipe.ps1");
    recipe.args(server);
    let mut contenders = [module, recipe, script("cold-empty.ps1")];

    let mut samples = <[Sample; 3]>::default();
    for round in 0..WARM_UP + runs {
        for (command, sample) in contenders.iter_mut().zip(&mut samples) {
            let started = Instant::now();
            let status = command.status()?;
            let time = started.elapsed();
            ensure!(status.success(), "{command:?} ended with {status}");
            if round >= WARM_UP {
                sample.add(time);
            }
        }
    }
    Ok(samples.each_ref().map(Sample::median_ms))
}
