//! Finding PowerShell 7 on this machine.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;

/// How people without it get it.
pub(crate) const HOW_TO_GET: &str =
    "PowerShell 7 was not found. Install it (https://aka.ms/powershell), or name its program in VCD_TEST_PWSH.";

/// The `pwsh` that `VCD_TEST_PWSH` names, else the first one on the search path.
pub(crate) fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("VCD_TEST_PWSH") {
        return Some(PathBuf::from(named));
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(format!("pwsh{EXE_SUFFIX}"))).find(|program| program.is_file())
}
