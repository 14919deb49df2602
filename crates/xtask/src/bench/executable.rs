//! `vcd-bearer get` against `curl` doing the same request.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Bench;
use super::row::{Row, Unit};
use super::sample::Sample;
use crate::workspace;

const BUDGET: f64 = 1.2;
/// Runs before timing begins.
const WARM_UP: u32 = 3;

pub(super) fn row(bench: &Bench, runs: u32) -> Result<Row> {
    let what = "`vcd-bearer get`";
    let against = "`curl` doing the same POST";
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        let measured = Err("curl is not installed".to_owned());
        return Ok(Row { what, against, budget: BUDGET, measured, unit: Unit::Ratio, note: String::new() });
    }
    let login = bench.simulator.login("tenant")?;
    let ready = &bench.simulator.ready;
    let mut own = Command::new(workspace::executable("release", "vcd-bearer"));
    own.args(["get", "--server", &ready.url, "--org", &login.org, "--ca-certificate"]).arg(&ready.ca_file);
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--data", "@-", "--header", "Accept: application/json"]);
    curl.arg("--cacert").arg(&ready.ca_file).arg(format!("{}/oauth/tenant/{}/token", ready.url, login.org));
    let form = format!("grant_type=refresh_token&refresh_token={}", login.api_token);

    let mut samples = <[Sample; 2]>::default();
    for round in 0..WARM_UP + runs {
        for ((command, input), sample) in
            [(&mut own, &login.api_token), (&mut curl, &form)].into_iter().zip(&mut samples)
        {
            let time = timed(command, input)?;
            if round >= WARM_UP {
                sample.add(time);
            }
        }
    }
    let [own, curl] = samples.each_ref().map(Sample::median_ms);
    Ok(Row::ratio(what, against, BUDGET, (own, curl)))
}

/// Runs a command with a secret on its standard input.
fn timed(command: &mut Command, input: &str) -> Result<Duration> {
    let started = Instant::now();
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start it")?;
    process.stdin.take().expect("its input is piped").write_all(input.as_bytes())?;
    let output = process.wait_with_output()?;
    let time = started.elapsed();
    ensure!(output.status.success() && !output.stdout.is_empty(), "{command:?} ended with {}", output.status);
    Ok(time)
}
