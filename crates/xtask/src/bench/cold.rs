//! Cold one-shot: what a scheduled task or a script of one log-in waits for.
//!
//! The three commands take turns, so that a machine that gets busier or warmer meanwhile slows all of them.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::sample::Sample;
use crate::simulator::{Build, Simulator};
use crate::{powershell, stage, workspace};

/// The module's whole process against the recipe's.
const TOTAL_BUDGET: f64 = 0.62;
/// What the module adds to an empty process against what the recipe adds.
const OVERHEAD_BUDGET: f64 = 0.38;

/// What `cargo xtask bench cold` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each command is timed
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How often each command is run before timing begins
    #[arg(long, default_value_t = 2)]
    warm_up: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let pwsh = powershell::find().context(powershell::HOW_TO_GET)?;
    let stage = stage::make()?;
    let simulator = Simulator::start(Build::Optimized)?;
    let login = simulator.login("tenant")?;
    let server = ["-Server", &simulator.ready.url, "-Org", &login.org];
    let script = |name: &str| {
        let mut process = Command::new(&pwsh);
        process
            .args(["-NoProfile", "-NonInteractive", "-File"])
            .arg(workspace::root().join("crates/xtask/scripts").join(name))
            .env("VCD_API_TOKEN", &login.api_token)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        process
    };
    let mut module = script("cold-vcdbearer.ps1");
    module.arg("-Manifest").arg(&stage.manifest).args(server).arg("-CACertificate").arg(&simulator.ready.ca_file);
    let mut recipe = script("cold-recipe.ps1");
    recipe.args(server);
    let mut contenders =
        [("VcdBearer", module), ("Invoke-RestMethod recipe", recipe), ("empty process", script("cold-empty.ps1"))];

    let mut samples = <[Sample; 3]>::default();
    for round in 0..options.warm_up + options.runs {
        for ((name, command), sample) in contenders.iter_mut().zip(&mut samples) {
            let started = Instant::now();
            let status = command.status()?;
            let time = started.elapsed();
            ensure!(status.success(), "{name} ended with {status}");
            if round >= options.warm_up {
                sample.add(time);
            }
        }
    }
    let names = contenders.map(|(name, _)| name);
    print_table(names, &samples, options.runs);
    Ok(())
}

fn print_table(names: [&str; 3], samples: &[Sample; 3], runs: u32) {
    println!("\nCold one-shot, a new PowerShell process each, median of {runs} runs");
    for (name, sample) in names.iter().zip(samples) {
        let (fastest, slowest) = sample.range_ms();
        println!("  {name:<26}{:>7.0} ms   ({fastest:.0} to {slowest:.0})", sample.median_ms());
    }
    let [module, recipe, empty] = samples.each_ref().map(Sample::median_ms);
    print_ratio("total / recipe", module / recipe, TOTAL_BUDGET);
    print_ratio("overhead / recipe overhead", (module - empty) / (recipe - empty), OVERHEAD_BUDGET);
}

fn print_ratio(name: &str, ratio: f64, budget: f64) {
    let verdict = if ratio <= budget { "met" } else { "missed" };
    println!("  {name:<26}{ratio:>10.2}   (budget {budget:.2}: {verdict})");
}
