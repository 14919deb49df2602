//! PowerShell 7 for Windows, under Wine. It shows itself on a terminal only; what a test wants to know is written to a file by its
//! script.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::Needed;
use crate::paths::Paths;
use crate::terminal::{self, on_terminal};
use crate::wine::Wine;
use crate::{search_path, staged};

/// A PowerShell program for Windows and the staged module for it.
#[derive(Clone, Debug)]
pub struct WindowsPowerShell {
    wine: Wine,
    program: PathBuf,
    module_path: PathBuf,
}

impl WindowsPowerShell {
    /// The program that `VCD_TEST_WINDOWS_PWSH` names, else `pwsh.exe` on the search path.
    ///
    /// # Errors
    /// The reason why it, or what it needs, is not there.
    pub fn find() -> Needed<Self> {
        staged::windows_native()?;
        let wine = Wine::find()?;
        let program = match env::var_os("VCD_TEST_WINDOWS_PWSH") {
            Some(named) => PathBuf::from(named),
            None => search_path::find("pwsh.exe")
                .ok_or("there is no pwsh.exe on the search path, and VCD_TEST_WINDOWS_PWSH is not set")?,
        };
        terminal::is_there()?;
        Ok(Self { wine, program, module_path: staged::module_path()? })
    }

    /// `PSModulePath` with the staged module and what lies in further folders.
    pub fn module_path(&self, further: &[PathBuf]) -> String {
        let entries = std::iter::once(&self.module_path).chain(further);
        entries.map(|entry| Paths::Wine.write(entry)).collect::<Vec<_>>().join(";")
    }

    /// A command that runs a script file as a scheduled task does, with these variables besides, on a terminal of its own.
    pub fn script(&self, script: &Path, environment: &[(&str, String)]) -> Command {
        let mut shell = self.wine.command(&self.program);
        shell.args(["-NoProfile", "-NoLogo", "-NonInteractive", "-File"]).arg(Paths::Wine.write(script));
        shell
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("POWERSHELL_TELEMETRY_OPTOUT", "1")
            .env("TERM", "xterm")
            // Wine has no memory that is mapped twice, writable here and executable there.
            .env("DOTNET_EnableWriteXorExecute", "0");
        on_terminal(&shell)
    }
}
