//! Signatures by which Windows knows whose files these are (Authenticode). Whose key signs, and where it is kept, is decided by a
//! program that this task is given: no key is ever near the repository.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use object::LittleEndian as LE;
use object::pe::IMAGE_DIRECTORY_ENTRY_SECURITY;
use object::read::pe::PeFile64;

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
            command::run(Command::new(program).arg(&file))?;
            ensure!(
                is_signed(&file)?,
                "{} did not sign {}: it must do so in place, as Windows does (Authenticode)",
                program.display(),
                file.display()
            );
        }
        Ok(())
    }
}

/// Whether a signature is where Windows looks for one; whose it is, and whether it is good, is not looked into.
fn is_signed(file: &Path) -> Result<bool> {
    let content = fs::read(file).with_context(|| format!("{} is gone after it was signed", file.display()))?;
    if let Ok(program) = PeFile64::parse(&*content) {
        let table = program.data_directory(IMAGE_DIRECTORY_ENTRY_SECURITY);
        return Ok(table.is_some_and(|table| table.size.get(LE) > 0));
    }
    const BLOCK: &[u8] = b"SIG # Begin signature block";
    let script = content.windows(BLOCK.len()).position(|part| part == BLOCK);
    // Behind the script itself, which an empty file has lost.
    Ok(script.is_some_and(|at| at > BLOCK.len()))
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

    /// A program that does this with each file.
    #[cfg(unix)]
    fn signer(folder: &Path, script: &str) -> Signer {
        use std::os::unix::fs::PermissionsExt;
        let program = folder.join("sign");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Signer::new(Some(program))
    }

    #[test]
    #[cfg(unix)]
    fn a_program_must_sign_and_nothing_else() {
        const SIGN: &str = r#"printf '\r\n# SIG # Begin signature block\r\n' >> "$1""#;
        let sign = |script: &str| {
            let (folder, program) = (folder(), tempfile::tempdir().unwrap());
            // A library is no script.
            fs::remove_dir_all(folder.path().join("native")).unwrap();
            fs::write(folder.path().join("VcdBearer.psd1"), "@{ ModuleVersion = '1.0'; GUID = 'x' }").unwrap();
            signer(program.path(), script).sign_folder(folder.path()).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(sign(SIGN), Ok(()));
        for (script, expected) in [
            ("exit 1", "ended with exit status: 1"),
            ("true", "did not sign"),
            ("rm \"$1\"", "is gone after it was signed"),
            (&format!(": > \"$1\"; {SIGN}"), "did not sign"),
        ] {
            let refusal = sign(script).unwrap_err();
            assert!(refusal.contains(expected), "{script}: {refusal}");
        }
    }
}
