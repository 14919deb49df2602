//! Importing the module, against a module with a manifest and one empty function.

use std::fs;

use anyhow::Result;

use super::row::Row;
use super::sample::Sample;
use super::{Bench, figures};

const BUDGET: f64 = 2.0;

pub(super) fn row(bench: &Bench, runs: u32) -> Result<Row> {
    let folder = tempfile::tempdir()?;
    let empty = folder.path().join("Empty.psd1");
    fs::write(folder.path().join("Empty.psm1"), "function Get-Nothing { }\n")?;
    let manifest = "@{ RootModule = 'Empty.psm1'; ModuleVersion = '1.0'; FunctionsToExport = 'Get-Nothing' }\n";
    fs::write(&empty, manifest)?;

    let mut samples = <[Sample; 2]>::default();
    for _ in 0..runs {
        for (manifest, sample) in [&bench.stage.manifest, &empty].into_iter().zip(&mut samples) {
            let [time] = figures(bench.script("import.ps1").arg("-Manifest").arg(manifest), ["ms"])?;
            sample.add_ms(time);
        }
    }
    let [own, empty] = samples.each_ref().map(Sample::median_ms);
    Ok(Row::ratio("import alone", "a module with one empty function", BUDGET, (own, empty)))
}
