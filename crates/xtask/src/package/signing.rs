//! Signatures by which Windows knows whose files these are (Authenticode). Whose key signs, and where it is kept, is decided by a
//! program that this task is given: no key is ever near the repository.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::command;

/// The kinds of files that Windows and PowerShell look for a signature in.
const SIGNED: [&str; 5] = ["psd1", "psm1", "ps1xml", "dll", "exe"];

/// The program that signs, if there is one.
pub(crate) struct Signer(Option<PathBuf>);

impl Signer {
    pub(crate) fn new(program: Option<PathBuf>) -> Self {
        Self(program)
    }

    /// Signs, in place, each file of a folder that can be.
    pub(crate) fn sign_folder(&self, folder: &Path) -> Result<()> {
        let Some(program) = &self.0 else { return Ok(()) };
        for file in signable(folder)? {
            command::run(Command::new(program).arg(file))?;
        }
        Ok(())
    }
}

/// In the order of their paths.
fn signable(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(signable(&path)?);
        } else if path.extension().and_then(OsStr::to_str).is_some_and(|extension| SIGNED.contains(&extension)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["VcdBearer.psd1", "LICENSE", "native/win-x64/vcd_auth.dll", "native/linux-x64/libvcd_auth.so"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        folder
    }

    #[test]
    fn scripts_and_what_is_for_windows_are_signed() {
        let folder = folder();
        let found = signable(folder.path()).unwrap();
        assert_eq!(found, ["VcdBearer.psd1", "native/win-x64/vcd_auth.dll"].map(|name| folder.path().join(name)));
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_fails_stops_the_packaging() {
        let folder = folder();
        Signer::new(None).sign_folder(folder.path()).unwrap();
        Signer::new(Some("false".into())).sign_folder(folder.path()).unwrap_err();
        // It signs in place.
        Signer::new(Some("rm".into())).sign_folder(folder.path()).unwrap();
        assert!(!folder.path().join("VcdBearer.psd1").exists() && folder.path().join("LICENSE").exists());
    }
}
