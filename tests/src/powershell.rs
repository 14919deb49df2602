//! PowerShell 7 as a scheduled task starts it: a fresh process, no profile, nobody to ask, a clean environment.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::Needed;
use crate::{search_path, staged};

/// A PowerShell program and the staged module for it.
#[derive(Clone, Debug)]
pub struct PowerShell {
    program: PathBuf,
    module_path: PathBuf,
}

impl PowerShell {
    /// The program that `VCD_TEST_PWSH` names, else `pwsh` on the search path, with the module of `cargo xtask stage`.
    ///
    /// # Errors
    /// The reason why one of the two is not there.
    pub fn find() -> Needed<Self> {
        let program = match env::var_os("VCD_TEST_PWSH") {
            Some(named) => PathBuf::from(named),
            None => search_path::find(format!("pwsh{EXE_SUFFIX}"))
                .ok_or("there is no pwsh on the search path, and VCD_TEST_PWSH is not set")?,
        };
        Ok(Self { program, module_path: staged::module_path()? })
    }

    /// Whether the absence of PowerShell is a failure (`VCD_REQUIRE_PWSH=1`) and not a reason to leave cases out.
    pub fn is_required() -> bool {
        env::var_os("VCD_REQUIRE_PWSH").is_some_and(|value| value == "1")
    }

    /// The entry for `PSModulePath` that holds the module.
    pub fn module_path(&self) -> &Path {
        &self.module_path
    }

    /// The staged module's own folder.
    pub fn module_folder(&self) -> PathBuf {
        self.module_path.join("VcdBearer").join(env!("CARGO_PKG_VERSION"))
    }

    /// A call with these arguments and nothing of this process's environment but the search path. What PowerShell
    /// writes for itself goes to `home`.
    pub fn call(&self, arguments: &[&str], home: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["-NoProfile", "-NoLogo"])
            .args(arguments)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("XDG_STATE_HOME", home)
            .env("PSModulePath", &self.module_path)
            // Texts without colour codes, as wide as they come.
            .env("NO_COLOR", "1")
            .env("POWERSHELL_TELEMETRY_OPTOUT", "1");
        command
    }

    /// A call that runs a script file as a scheduled task does.
    pub fn file(&self, script: &Path, home: &Path) -> Command {
        let mut command = self.call(&["-NonInteractive", "-File"], home);
        command.arg(script);
        command
    }
}
