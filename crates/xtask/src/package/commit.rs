//! The commit that is packaged: it names the product, and its time is the time of all that is made from it.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use time::OffsetDateTime;

use crate::workspace;

/// A commit of this repository.
#[derive(Debug)]
pub(crate) struct Commit {
    /// Its hash, or `unknown`.
    pub(crate) id: String,
    pub(crate) time: OffsetDateTime,
}

impl Commit {
    /// The commit that is checked out. Nothing may differ from it, else a release would not be made of what it names.
    pub(crate) fn current() -> Result<Self> {
        let changes = git(&["status", "--porcelain"])?;
        ensure!(
            changes.is_empty(),
            "a release is made of a commit, and this differs from it; commit it, or try the package on this machine with \
             `cargo xtask package --local`:\n{changes}"
        );
        let shown = git(&["show", "--no-patch", "--format=%H %ct", "HEAD"])?;
        let (id, time) = shown.split_once(' ').context("git did not show the commit")?;
        Ok(Self { id: id.to_owned(), time: OffsetDateTime::from_unix_timestamp(time.parse()?)? })
    }

    /// For packages that nobody else gets, from whatever the folder holds.
    pub(crate) fn unknown() -> Self {
        // The first moment that a zip archive can hold.
        const YEAR_1980: i64 = 315_532_800;
        let time = OffsetDateTime::from_unix_timestamp(YEAR_1980).expect("a moment that exists");
        Self { id: "unknown".to_owned(), time }
    }
}

fn git(arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").arg("-C").arg(workspace::root()).args(arguments).output();
    let output = output.context("cannot start git, which knows the commit that is packaged")?;
    ensure!(output.status.success(), "git {} failed: {}", arguments[0], String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_for_nobody_else_has_a_time_that_archives_can_hold() {
        let time = Commit::unknown().time;
        assert_eq!((time.year(), time.ordinal(), time.to_hms()), (1980, 1, (0, 0, 0)));
    }
}
