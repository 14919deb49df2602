//! An exchange in a process that has done some already, against `Invoke-RestMethod` doing the same there.

use anyhow::Result;

use super::row::Row;
use super::{Bench, figures};

const BUDGET: f64 = 0.5;

pub(super) fn row(bench: &Bench) -> Result<Row> {
    let login = bench.simulator.login("tenant")?;
    let mut script = bench.script("warm.ps1");
    script.arg("-Manifest").arg(&bench.stage.manifest).args([
        "-Server",
        &bench.simulator.ready.url,
        "-Org",
        &login.org,
    ]);
    script.arg("-CACertificate").arg(&bench.simulator.ready.ca_file).env("VCD_API_TOKEN", &login.api_token);
    let [own, recipe] = figures(&mut script, ["module", "recipe"])?;
    Ok(Row::ratio("warm exchange", "warm `Invoke-RestMethod`", BUDGET, (own, recipe)))
}
