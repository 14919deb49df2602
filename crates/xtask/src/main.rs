//! `cargo xtask <task>`: what is done to this repository, one file per task.
//!
//! Nothing here is part of the product. A task prints the commands it starts, so that each can be repeated by hand.

mod bench;
mod build_record;
mod checksum;
mod command;
mod demo;
mod docs;
mod glibc;
mod header;
mod native;
mod package;
mod platform;
mod powershell;
mod simulator;
mod stage;
mod test;
mod test_summary;
mod windows;
mod windows_file;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// The tasks of the VcdBearer repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version, disable_help_subcommand = true)]
enum Task {
    /// Write the C header from the library's source
    Header(header::Options),
    /// Write the tables of the documentation that come from the source
    Docs(docs::Options),
    /// Build the module as it will ship, into target/stage
    Stage(stage::Options),
    /// Build library and executable for one platform as they are released, into target/native
    Native(native::Options),
    /// Make what is published, into target/package
    Package(package::Options),
    /// Log in to a simulated Cloud Director and show what happens
    Demo,
    /// Run every test that this machine can run, and say which were left out
    Test(test::Options),
    /// Measure the module against what it replaces
    Bench(bench::Options),
    /// Build the whole workspace for 64-bit Windows, tests included
    Windows,
}

fn main() -> ExitCode {
    match run(Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Header(options) => header::run(&options),
        Task::Docs(options) => docs::run(&options),
        Task::Stage(options) => stage::run(&options),
        Task::Native(options) => native::run(&options),
        Task::Package(options) => package::run(&options),
        Task::Demo => demo::run(),
        Task::Test(options) => test::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Windows => windows::run(),
    }
}
