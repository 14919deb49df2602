//! The library by itself: how large it is, and whether copies of tokens stay in memory.

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::Bench;
use super::row::{Row, Unit};
use crate::{command, windows, workspace};

/// In megabytes of a million bytes.
const SO_BUDGET: f64 = 2.8;

pub(super) fn sizes() -> Result<Vec<Row>> {
    let row = |what, budget, measured| Row {
        what,
        against: "-",
        budget,
        measured,
        unit: Unit::Megabytes,
        note: String::new(),
    };
    let megabytes = |path: &Path| fs::metadata(path).map(|file| file.len() as f64 / 1e6).ok();
    let own = megabytes(&workspace::library()).context("the library is not built")?;
    let windows = megabytes(&windows::library()).ok_or_else(|| "no release build for Windows here".to_owned());
    Ok(vec![row("library, Linux", SO_BUDGET, Ok(own)), row("library, Windows", windows::LIBRARY_BUDGET, windows)])
}

/// Copies of API tokens and bearers in a C program after it has closed everything.
pub(super) fn token_copies(bench: &Bench) -> Result<Row> {
    let folder = tempfile::tempdir()?;
    let ready = &bench.simulator.ready;
    let mut program = Command::new(c_program("residue", folder.path())?)
        .env("SERVER", &ready.url)
        .env("TRUST", format!("ca_file={}", ready.ca_file.display()))
        .env("LD_LIBRARY_PATH", link_folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = program.stdin.take().expect("its input is piped");
    for login in &ready.logins {
        writeln!(input, "{}\t{}", login.org, login.api_token)?;
    }
    drop(input);
    let output = program.wait_with_output()?;
    ensure!(output.status.success(), "residue ended with {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let count = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.parse::<f64>().ok());
    let copies = count("utf8=").zip(count("utf16=")).context("residue printed no counts")?;
    Ok(Row {
        what: "copies of tokens on native heap and stacks after closing everything",
        against: "-",
        budget: 0.0,
        measured: Ok(copies.0 + copies.1),
        unit: Unit::Copies,
        note: format!("{} log-ins", ready.logins.len()),
    })
}

/// Compiles a program of tests/c against the release library.
pub(super) fn c_program(name: &str, folder: &Path) -> Result<PathBuf> {
    let sources = workspace::root().join("tests/c");
    let program = folder.join(name);
    let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compiler.args(["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O2", "-pthread", "-I"]);
    compiler.arg(workspace::root().join("crates/vcd-auth-capi/include"));
    compiler.args([name, "support", "scan"].map(|source| sources.join(source).with_extension("c")));
    // Bound at its first call, a function would make the dynamic loader save vector registers on the stack, and what the library
    // has just copied stands in them.
    command::run(compiler.arg(workspace::library()).arg("-Wl,-z,now").arg("-o").arg(&program))?;
    Ok(program)
}

/// Where the program finds the library when it runs.
pub(super) fn link_folder() -> PathBuf {
    workspace::library().parent().expect("the library lies in a folder").to_owned()
}
