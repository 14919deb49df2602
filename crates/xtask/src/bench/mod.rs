//! `cargo xtask bench`: the products side by side with what they replace, in one run, as ratios where that makes sense.
//!
//! Ratios travel between machines, seconds do not; the budgets beside them are ratios too. The table goes to
//! docs/benchmarks.md.

mod cold;
mod executable;
mod import;
mod interrupt;
mod many;
mod native;
mod row;
mod sample;
mod warm;

use std::fs;
use std::path::PathBuf;
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use clap::Subcommand;

use crate::simulator::{Build, Simulator};
use crate::{docs, powershell, stage, workspace};

/// What `cargo xtask bench` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    measure: Option<Measure>,
    /// How often new processes are timed
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

#[derive(Subcommand)]
enum Measure {
    /// A new PowerShell process that fetches one session, against the Invoke-RestMethod recipe and an empty process
    Cold(cold::Options),
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.measure {
        Some(Measure::Cold(options)) => cold::run(options),
        None => everything(options.runs),
    }
}

/// All budgets, and the table of them in docs/benchmarks.md.
fn everything(runs: u32) -> Result<()> {
    let bench = Bench::start()?;
    let mut rows = cold::rows(&bench, runs)?;
    rows.push(import::row(&bench, runs)?);
    rows.push(warm::row(&bench)?);
    rows.extend(many::rows(&bench)?);
    rows.push(executable::row(&bench, 2 * runs)?);
    rows.push(interrupt::row(&bench)?);
    rows.extend(native::sizes()?);
    rows.push(native::token_copies(&bench)?);

    let processors = available_parallelism().map_or(0, usize::from);
    let mut table = format!(
        "Version {}, {} {}, {processors} processors; the simulator runs on the same machine.\n\n{}",
        workspace::VERSION,
        std::env::consts::OS,
        std::env::consts::ARCH,
        row::HEAD
    );
    rows.iter().for_each(|row| table.push_str(&row.to_string()));
    println!("\n{table}");
    let path = workspace::root().join("docs/benchmarks.md");
    let text = fs::read_to_string(&path).context("cannot read docs/benchmarks.md")?;
    fs::write(path, docs::spliced(&text, "table", &table).context("docs/benchmarks.md has no place for the table")?)?;
    Ok(())
}

/// What all measurements share.
struct Bench {
    pwsh: PathBuf,
    stage: stage::Stage,
    simulator: Simulator,
}

impl Bench {
    fn start() -> Result<Self> {
        let pwsh = powershell::find().context(powershell::HOW_TO_GET)?;
        let stage = stage::make()?;
        Ok(Self { pwsh, stage, simulator: Simulator::start(Build::Optimized)? })
    }

    /// A script of crates/xtask/scripts in a new process, as a scheduled task runs it.
    fn script(&self, name: &str) -> std::process::Command {
        let mut process = std::process::Command::new(&self.pwsh);
        process
            .args(["-NoProfile", "-NonInteractive", "-File"])
            .arg(workspace::root().join("crates/xtask/scripts").join(name))
            .env("NO_COLOR", "1")
            .stdin(std::process::Stdio::null());
        process
    }
}

/// The figures that a process prints, in the order of their `names`, each as `name=figure` on a line of its own.
fn figures<const N: usize>(command: &mut std::process::Command, names: [&str; N]) -> Result<[f64; N]> {
    let output = command.output().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let problem = || format!("{}: {}\n{text}", output.status, String::from_utf8_lossy(&output.stderr));
    anyhow::ensure!(output.status.success(), "{}", problem());
    let mut figures = [0.0; N];
    for (figure, name) in figures.iter_mut().zip(names) {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
        *figure = line.with_context(|| format!("no {name}: {}", problem()))?.parse()?;
    }
    Ok(figures)
}
