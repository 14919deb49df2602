//! `cargo xtask demo`: a log-in to a simulated Cloud Director, shown command by command.
//!
//! With PowerShell it runs the scripts of `examples/` on the staged module. Without, the executable does the same.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::simulator::{Build, Login, Simulator};
use crate::stage::{self, Stage};
use crate::{powershell, workspace};

pub(crate) fn run() -> Result<()> {
    let stage = stage::make()?;
    let simulator = Simulator::start(Build::Quick)?;
    println!("\nA simulated Cloud Director answers at {}\n", simulator.ready.url);
    match powershell::find() {
        Some(pwsh) => {
            run_example(&pwsh, &stage, &simulator, "tenant-session.ps1", simulator.login("tenant")?)?;
            run_example(&pwsh, &stage, &simulator, "provider-session.ps1", simulator.login("provider")?)
        }
        None => {
            run_executable(&simulator, simulator.login("tenant")?)?;
            run_executable(&simulator, simulator.login("provider")?)?;
            println!("{}\nWith it, this demo shows the PowerShell commands.", powershell::HOW_TO_GET);
            Ok(())
        }
    }
}

/// Shows one script of `examples/` in a PowerShell process of its own. The API token goes through its environment.
fn run_example(pwsh: &Path, stage: &Stage, simulator: &Simulator, name: &str, login: &Login) -> Result<()> {
    println!("examples/{name} in {}\n", pwsh.display());
    let mut process = Command::new(pwsh);
    process
        .args(["-NoProfile", "-NonInteractive", "-File"])
        .arg(workspace::root().join("crates/xtask/scripts/demo.ps1"))
        .arg("-Example")
        .arg(workspace::root().join("examples").join(name))
        .args(["-Server", &simulator.ready.url, "-Org", &login.org, "-CACertificate"])
        .arg(&simulator.ready.ca_file)
        .env("VCD_API_TOKEN", &login.api_token)
        .env("PSModulePath", stage.module_path()?);
    let status = process.status().with_context(|| format!("cannot start {}", pwsh.display()))?;
    ensure!(status.success(), "examples/{name} ended with {status}");
    println!();
    Ok(())
}

/// Log in, check, log out and check again with `vcd-bearer`.
fn run_executable(simulator: &Simulator, login: &Login) -> Result<()> {
    let org: &[&str] = if login.kind == "provider" { &["--provider"] } else { &["--org", &login.org] };
    let (bearer, _) = vcd_bearer("get", org, simulator, &login.api_token)?;
    let bearer = bearer.trim_end();
    let (_, alive) = vcd_bearer("check", &[], simulator, bearer)?;
    ensure!(alive, "the new session is not alive");
    let (_, ended) = vcd_bearer("end", &[], simulator, bearer)?;
    ensure!(ended, "the session could not be ended");
    let (_, alive) = vcd_bearer("check", &[], simulator, bearer)?;
    ensure!(!alive, "the ended session is still alive");
    Ok(())
}

/// Shows and runs one `vcd-bearer` call; its secret goes through standard input. Gives its output and its success.
fn vcd_bearer(verb: &str, org: &[&str], simulator: &Simulator, secret: &str) -> Result<(String, bool)> {
    let mut call = Command::new(workspace::executable("release", "vcd-bearer"));
    call.args([verb, "--server", &simulator.ready.url]).args(org).arg("--ca-certificate").arg(&simulator.ready.ca_file);
    let arguments: Vec<_> = call.get_args().map(|argument| argument.to_string_lossy()).collect();
    println!("$ vcd-bearer {}", arguments.join(" "));
    let mut process = call.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start vcd-bearer")?;
    process.stdin.take().expect("its input is piped").write_all(secret.as_bytes())?;
    let output = process.wait_with_output()?;
    if let Some(start) = output.stdout.get(..14) {
        println!("{}... (masked)", String::from_utf8_lossy(start));
    }
    println!("exit code {}\n", output.status.code().context("vcd-bearer was killed")?);
    Ok((String::from_utf8(output.stdout)?, output.status.success()))
}
