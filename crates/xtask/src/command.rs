//! Starting other programs: shown before they run, and an error when they fail.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// The cargo that started this task, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.current_dir(workspace::root());
    command
}

/// Runs `command` with the output of this process. A status other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    show(command);
    let status = command.status().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} ended with {status}", command.get_program().display());
    }
    Ok(())
}

/// Prints the command line, so that a reader can repeat it. Secrets are never arguments, so none is printed.
pub(crate) fn show(command: &Command) {
    let mut line = String::from(">");
    let program = std::path::Path::new(command.get_program());
    for word in std::iter::once(program.file_name().unwrap_or(program.as_os_str())).chain(command.get_args()) {
        let word = word.to_string_lossy();
        line.push(' ');
        if word.contains(' ') {
            line.push_str(&format!("'{word}'"));
        } else {
            line.push_str(&word);
        }
    }
    println!("{line}");
}
