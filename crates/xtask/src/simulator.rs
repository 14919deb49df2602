//! The simulator as a program of its own: what a user would start in another terminal.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{command, workspace};

/// A running `vcdsim`. It ends when this value goes away: its standard input closes with it.
pub(crate) struct Simulator {
    pub(crate) ready: Ready,
    process: Child,
}

/// The line that `vcdsim` prints when it is ready, as far as it is used here.
#[derive(Deserialize)]
pub(crate) struct Ready {
    pub(crate) url: String,
    pub(crate) ca_file: PathBuf,
    pub(crate) logins: Vec<Login>,
}

/// Somebody who can log in to the simulated Cloud Director.
#[derive(Deserialize)]
pub(crate) struct Login {
    pub(crate) org: String,
    pub(crate) kind: String,
    pub(crate) api_token: String,
}

/// How `vcdsim` is built.
#[derive(Clone, Copy)]
pub(crate) enum Build {
    /// As the tests build it, which takes little time.
    Quick,
    /// As it ships, so that its own slowness is not what is measured.
    Optimized,
}

impl Simulator {
    /// Builds `vcdsim`, starts it and waits until it is ready.
    pub(crate) fn start(build: Build) -> Result<Self> {
        Self::start_with(build, &[])
    }

    /// The same with further arguments for `vcdsim`.
    pub(crate) fn start_with(build: Build, options: &[&str]) -> Result<Self> {
        let (arguments, folder) = match build {
            Build::Quick => (&[][..], "debug"),
            Build::Optimized => (&["--release"][..], "release"),
        };
        command::run(command::cargo().args(["build", "--locked", "-p", "vcdsim"]).args(arguments))?;
        let mut command = Command::new(workspace::executable(folder, "vcdsim"));
        command.arg("--until-eof").args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        command::show(&command);
        let mut process = command.spawn().context("cannot start vcdsim")?;
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("its output is piped")).read_line(&mut line)?;
        let ready = serde_json::from_str(&line).context("vcdsim did not print the line that says it is ready")?;
        Ok(Self { ready, process })
    }

    /// The login of this kind: `tenant`, `provider` or `service_account`.
    pub(crate) fn login(&self, kind: &str) -> Result<&Login> {
        self.ready
            .logins
            .iter()
            .find(|login| login.kind == kind)
            .with_context(|| format!("vcdsim offers no {kind} login"))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Nothing depends on how it ends.
        let _ = self.process.wait();
    }
}
