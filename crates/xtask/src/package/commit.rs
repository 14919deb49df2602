//! The commit that is packaged: it names the product, and its time is the time of all that is made from it.

use std::path::Path;
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
        Self::of(workspace::root())
    }

    fn of(repository: &Path) -> Result<Self> {
        let git = |arguments: &[&str]| git(repository, arguments);
        let status = git(&["status", "--porcelain", "--untracked-files=all"])?;
        let mut changes: Vec<_> = status.lines().map(str::to_owned).collect();
        // What the user's own settings hide from git's status would be packaged all the same.
        let ignored = git(&["ls-files", "--others", "--ignored", "--exclude-standard", "--", "crates", "powershell"])?;
        changes.extend(ignored.lines().map(|path| format!("?? {path}")));
        // A small letter: told to be taken for unchanged, so that nobody looks. S: told to be left as it is.
        let marked = git(&["ls-files", "-v"])?;
        let is_marked = |line: &&str| line.starts_with(|mark: char| mark.is_lowercase() || mark == 'S');
        changes.extend(marked.lines().filter(is_marked).map(str::to_owned));
        ensure!(
            changes.is_empty(),
            "a release is made of a commit, and this differs from it; commit it, or try the package on this machine with \
             `cargo xtask package --local`:\n{}",
            changes.join("\n")
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

fn git(repository: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").arg("-C").arg(repository).args(arguments).output();
    let output = output.context("cannot start git, which knows the commit that is packaged")?;
    ensure!(
        output.status.success(),
        "a release is made of a commit, and git {} failed: {}\nTo try the package on this machine: `cargo xtask package --local`",
        arguments[0],
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A repository with one commit that holds `powershell/a.ps1`.
    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("powershell")).unwrap();
        fs::write(folder.path().join("powershell/a.ps1"), "a").unwrap();
        for arguments in [
            &["init", "--quiet"][..],
            &["add", "."],
            &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "a"],
        ] {
            git(folder.path(), arguments).unwrap();
        }
        folder
    }

    #[test]
    fn a_commit_as_it_was_made_is_accepted() {
        let repository = repository();
        assert_eq!(Commit::of(repository.path()).unwrap().id.len(), 40);
        // Only what would be packaged counts among what git ignores.
        fs::write(repository.path().join(".git/info/exclude"), "target\nstray.ps1\n").unwrap();
        fs::write(repository.path().join("target"), "").unwrap();
        Commit::of(repository.path()).unwrap();
    }

    #[test]
    fn what_differs_from_the_commit_is_refused_however_it_is_hidden() {
        type Change = fn(&Path);
        let changes: [(&str, Change); 4] = [
            ("?? powershell/stray.ps1", |repository| fs::write(repository.join("powershell/stray.ps1"), "").unwrap()),
            ("?? powershell/stray.ps1", |repository| {
                fs::write(repository.join(".git/info/exclude"), "stray.ps1").unwrap();
                fs::write(repository.join("powershell/stray.ps1"), "").unwrap();
            }),
            (" M powershell/a.ps1", |repository| fs::write(repository.join("powershell/a.ps1"), "other").unwrap()),
            ("h powershell/a.ps1", |repository| {
                git(repository, &["update-index", "--assume-unchanged", "powershell/a.ps1"]).unwrap();
                fs::write(repository.join("powershell/a.ps1"), "other").unwrap();
            }),
        ];
        for (expected, change) in changes {
            let repository = repository();
            change(repository.path());
            let refusal = Commit::of(repository.path()).unwrap_err().to_string();
            assert!(refusal.contains(expected), "{expected}: {refusal}");
        }
    }

    #[test]
    fn a_folder_without_a_history_is_told_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = Commit::of(folder.path()).unwrap_err().to_string();
        assert!(refusal.contains("--local"), "{refusal}");
    }

    #[test]
    fn a_package_for_nobody_else_has_a_time_that_archives_can_hold() {
        let time = Commit::unknown().time;
        assert_eq!((time.year(), time.ordinal(), time.to_hms()), (1980, 1, (0, 0, 0)));
    }
}
