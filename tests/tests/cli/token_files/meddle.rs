//! `tests/c/meddle.c`: a process is killed at a chosen system call, or a chosen file operation fails.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use tests::c_program::CProgram;
use tests::case::Needed;

use super::{AccountFile, run};

/// What the program's end means that it was killed.
const KILLED: i32 = 200;

/// The errors that are tried, by their numbers on Linux.
pub(super) const ERRORS: [(&str, i32); 4] = [("ENOSPC", 28), ("EACCES", 13), ("EROFS", 30), ("EIO", 5)];

/// Whether this machine can do it.
pub(super) fn found() -> Needed<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("system calls are meddled with on Linux for x86-64 only".to_owned());
    }
    let traced = Command::new(tool()?).args(["/dev/null", "kill", "0", "true"]).output();
    match traced {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("processes cannot be traced: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Err(format!("processes cannot be traced: {error}")),
    }
}

fn tool() -> Needed<PathBuf> {
    static TOOL: OnceLock<Needed<CProgram>> = OnceLock::new();
    let tool = TOOL.get_or_init(|| CProgram::compile_tool("meddle"));
    tool.as_ref().map(|tool| tool.command().get_program().into()).map_err(String::clone)
}

/// How the program ended, and what was done to it.
pub(super) struct Meddled {
    pub(super) output: Output,
    pub(super) killed: bool,
    /// How many system calls it made, or file operations in the folder.
    pub(super) count: usize,
    /// The operation that was hit, `none` if there were fewer.
    pub(super) hit: String,
    /// Whether a new token had been written into the journal.
    pub(super) written: bool,
}

impl AccountFile<'_> {
    /// `get`, killed at its `nth` system call, 0 for never.
    pub(super) fn killed_at(&self, nth: usize) -> Meddled {
        self.meddle(&["kill", &nth.to_string()], &[])
    }

    /// `get` with a disk whose `nth` operation in the file's folder fails with this error, and all after it if `dead`.
    pub(super) fn with_failing_disk(&self, nth: usize, dead: bool, error: i32) -> Meddled {
        let (mode, nth, error) = (if dead { "dead" } else { "fail" }, nth.to_string(), error.to_string());
        self.meddle(&[mode, &nth, &error], &[self.folder.path().to_str().expect("text")])
    }

    fn meddle(&self, plan: &[&str], folder: &[&str]) -> Meddled {
        let report = self.site.home.path().join("report");
        let mut command = self.site.plain(&tool().expect("looked for before"));
        command.arg(&report).args(plan).args(folder).arg(self.site.program.file());
        command.args(self.get().get_args());
        let output = run(command);
        let report = fs::read_to_string(report).expect("a report");
        let value = |name: &str| {
            let values = report.split_whitespace().filter_map(|pair| pair.split_once('='));
            values.filter(|(own, _)| *own == name).map(|(_, value)| value.to_owned()).next().expect(name)
        };
        Meddled {
            killed: output.status.code() == Some(KILLED),
            output,
            count: value("count").parse().expect("a number"),
            hit: value("hit"),
            written: value("written") == "1",
        }
    }
}
