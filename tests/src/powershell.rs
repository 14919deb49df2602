//! PowerShell as a scheduled task starts it: a fresh process, no profile, nobody to ask, a clean environment.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::Needed;
use crate::{home, search_path, staged};

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

    /// Whether it is Windows PowerShell 5.1, whose program alone has this name.
    pub fn is_windows_powershell(&self) -> bool {
        self.program.file_stem().is_some_and(|name| name.eq_ignore_ascii_case("powershell"))
    }

    /// The same if it is PowerShell 7, for cases that use what Windows PowerShell does not have.
    ///
    /// # Errors
    /// That it is Windows PowerShell.
    pub fn if_version_7(self) -> Needed<Self> {
        if self.is_windows_powershell() { Err("the case is for PowerShell 7".to_owned()) } else { Ok(self) }
    }

    /// The entry for `PSModulePath` that holds the module.
    pub fn module_path(&self) -> &Path {
        &self.module_path
    }

    /// `PSModulePath` with the module and what lies in further folders.
    ///
    /// # Panics
    /// For a folder that cannot be one of several.
    pub fn module_search_path(&self, further: &[PathBuf]) -> OsString {
        // Windows PowerShell leaves its own modules out of a path that somebody else has made.
        let own = self.is_windows_powershell().then(|| self.program.with_file_name("Modules"));
        let entries = [&self.module_path].into_iter().chain(further).chain(&own);
        env::join_paths(entries).expect("paths without separators")
    }

    /// The staged module's own folder.
    pub fn module_folder(&self) -> PathBuf {
        self.module_path.join("VcdBearer").join(env!("CARGO_PKG_VERSION"))
    }

    /// A call with these arguments, in an environment with nothing but what belongs to the machine and to `home`.
    pub fn call(&self, arguments: &[&str], home: &Path) -> Command {
        let mut command = Command::new(&self.program);
        home::move_into(home, &mut command);
        command
            .args(["-NoProfile", "-NoLogo"])
            .args(arguments)
            .env("PSModulePath", self.module_search_path(&[]))
            // Texts without colour codes, as wide as they come.
            .env("NO_COLOR", "1")
            .env("POWERSHELL_TELEMETRY_OPTOUT", "1");
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            // A console of its own, which scripts may make wider.
            command.creation_flags(CREATE_NO_WINDOW);
            // Windows for workstations allows no scripts by itself.
            command.env("PSExecutionPolicyPreference", "RemoteSigned");
        }
        command
    }

    /// A call that runs a script file as a scheduled task does.
    pub fn file(&self, script: &Path, home: &Path) -> Command {
        let mut command = self.call(&["-NonInteractive", "-File"], home);
        command.arg(script);
        command
    }
}
