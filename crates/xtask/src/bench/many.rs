//! A thousand exchanges with a server that takes 50 ms to answer, 16 at a time: through the C interface, and through the
//! module's pipeline.

use std::process::Command;

use anyhow::Result;

use super::native::{c_program, link_folder};
use super::row::Row;
use super::{Bench, figures};
use crate::simulator::{Build, Simulator};

const BUDGET: f64 = 1.15;
const EXCHANGES: f64 = 1000.0;
const AT_ONCE: f64 = 16.0;
const LATENCY_MS: f64 = 50.0;

pub(super) fn rows(bench: &Bench) -> Result<Vec<Row>> {
    let slow = Simulator::start_with(Build::Optimized, &["--latency", "50ms"])?;
    let login = slow.login("tenant")?;
    let folder = tempfile::tempdir()?;
    let mut native = Command::new(c_program("many", folder.path())?);
    native
        .env("SERVER", &slow.ready.url)
        .env("TRUST", format!("ca_file={}", slow.ready.ca_file.display()))
        .env("ORG", &login.org);
    native.env("API_TOKEN", &login.api_token).env("LD_LIBRARY_PATH", link_folder());
    let [native] = figures(&mut native, ["ms"])?;

    let mut pipeline = bench.script("many.ps1");
    pipeline.arg("-Manifest").arg(&bench.stage.manifest).args(["-Server", &slow.ready.url, "-Org", &login.org]);
    pipeline.arg("-CACertificate").arg(&slow.ready.ca_file).env("VCD_API_TOKEN", &login.api_token);
    let pipeline = figures(&mut pipeline, ["ms"]);

    let least = EXCHANGES / AT_ONCE * LATENCY_MS;
    let against = "1,000 / 16 x 50 ms";
    let through = |what, time| Row::ratio(what, against, BUDGET, (time, least));
    let whole = "the same through one PowerShell pipeline";
    let pipeline = match pipeline {
        Ok([time]) => through(whole, time),
        Err(error) => {
            eprintln!("{error:#}");
            Row { measured: Err("the pipeline failed".to_owned()), note: String::new(), ..through(whole, 0.0) }
        }
    };
    Ok(vec![through("1,000 exchanges, answered after 50 ms, 16 at a time, through the C interface", native), pipeline])
}
