//! `cargo xtask bench`: the module side by side with what it replaces, in one run, as ratios.
//!
//! Ratios travel between machines, seconds do not; the budgets printed beside them are ratios too.

mod cold;
mod sample;

use anyhow::Result;
use clap::Subcommand;

/// What `cargo xtask bench` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    measure: Measure,
}

#[derive(Subcommand)]
enum Measure {
    /// A new PowerShell process that fetches one session, against the Invoke-RestMethod recipe and an empty process
    Cold(cold::Options),
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.measure {
        Measure::Cold(options) => cold::run(options),
    }
}
