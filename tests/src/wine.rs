//! Wine, which runs programs for Windows on this machine, in a prefix of the tests' own.
//!
//! What Wine 8 cannot show, and tests therefore do not ask of it:
//!
//! - certificate authorities beside the system's own (`--ca-certificate`): it does not know the structure that they are given in
//!   since Windows 8, so tests pin the certificate;
//! - a server that the system trusts: it refuses those whose revocation it cannot look up, although it is told not to;
//! - access lists: it folds them into mode bits, so tests look at what is handed to the system;
//! - paths beyond 260 characters: it resolves none;
//! - replacing a file that somebody has open, which Windows allows if it is shared so.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;

use crate::case::Needed;
use crate::{c_program, search_path, staged};

/// Where Debian's package wine64 puts the program. Its `wine` is a script that complains where 32-bit programs cannot run.
const DEBIAN_WINE: &str = "/usr/lib/wine/wine64";

/// Wine and its prefix.
#[derive(Clone, Debug)]
pub struct Wine {
    program: PathBuf,
    prefix: PathBuf,
    /// Keeps the prefix's own processes running.
    _running: Option<Arc<Running>>,
}

impl Wine {
    /// Wine on the search path, with the prefix in the target folder, which is made at first use.
    ///
    /// # Errors
    /// The reason why one of the two is not there.
    pub fn find() -> Needed<Self> {
        static FOUND: OnceLock<Needed<Wine>> = OnceLock::new();
        FOUND.get_or_init(Self::look).clone()
    }

    fn look() -> Needed<Self> {
        let program = search_path::find("wine64")
            .or_else(|| Some(PathBuf::from(DEBIAN_WINE)).filter(|program| program.is_file()))
            .or_else(|| search_path::find("wine"))
            .ok_or("Wine is not installed")?;
        let target = staged::module_path()?.parent().expect("the stage lies in the target folder").to_owned();
        let wine = Self { program, prefix: target.join("wine-prefix"), _running: None };
        if !wine.prefix.is_dir() {
            wine.make_prefix(&target)?;
        }
        let running = Running::start(&wine).map_err(|error| format!("Wine does not start: {error}"))?;
        Ok(Self { _running: Some(running.into()), ..wine })
    }

    /// A command that runs a program for Windows.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg(program)
            .env("WINEPREFIX", &self.prefix)
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            // Names and arguments are UTF-8.
            .env("LC_ALL", "C.UTF-8")
            .env_remove("DISPLAY");
        command
    }

    /// What programs see as the drive with the system and the users' profiles.
    pub fn drive_c(&self) -> PathBuf {
        self.prefix.join("drive_c")
    }

    /// The same system with a server of its own. A server that is told to, by `WINEDEBUG=+server`, writes down what it is asked
    /// for; one that runs already cannot be told.
    ///
    /// # Errors
    /// Those of the file system.
    #[cfg(unix)]
    pub fn with_server_of_its_own(&self, folder: &Path) -> io::Result<Self> {
        let prefix = folder.join("prefix");
        fs::create_dir_all(prefix.join("dosdevices"))?;
        for registry in ["system.reg", "user.reg", "userdef.reg", ".update-timestamp"] {
            fs::copy(self.prefix.join(registry), prefix.join(registry))?;
        }
        for (drive, leads_to) in [("c:", self.drive_c().as_path()), ("z:", Path::new("/"))] {
            std::os::unix::fs::symlink(leads_to, prefix.join("dosdevices").join(drive))?;
        }
        std::os::unix::fs::symlink(self.drive_c(), prefix.join("drive_c"))?;
        Ok(Self { program: self.program.clone(), prefix, _running: None })
    }

    /// Makes the prefix beside its place first, since another process may be at it as well.
    fn make_prefix(&self, target: &Path) -> Needed<()> {
        let folder = TempDir::with_prefix_in("wine-prefix-", target).map_err(|error| error.to_string())?;
        let new = Self { prefix: folder.path().join("prefix"), ..self.clone() };
        succeeded("wineboot", new.command("wineboot".as_ref()).arg("--init"))?;
        let version = ["add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"];
        succeeded("reg", new.command("reg".as_ref()).args(version))?;
        // What was written so far reaches the disk when the prefix's server ends.
        succeeded("wineboot", new.command("wineboot".as_ref()).arg("--shutdown"))?;
        let system = new.drive_c().join("windows/system32");
        c_program::compile_windows_library("bcryptprimitives", &system.join("bcryptprimitives.dll"))?;
        match fs::rename(&new.prefix, &self.prefix) {
            Err(error) if !self.prefix.is_dir() => Err(format!("the Wine prefix cannot be put into place: {error}")),
            _ => Ok(()),
        }
    }
}

/// A command interpreter that waits for its standard input to end, which happens with this process. The first program in a
/// prefix starts the server and the services, which inherit its output and so would keep a test waiting for the end of that.
#[derive(Debug)]
struct Running {
    _input: ChildStdin,
}

impl Running {
    fn start(wine: &Wine) -> io::Result<Self> {
        let mut interpreter = wine.command("cmd".as_ref());
        let started = interpreter.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (input, output) = (started.stdin.expect("piped"), started.stdout.expect("piped"));
        // It greets when all the others run.
        BufReader::new(output).read_line(&mut String::new())?;
        Ok(Self { _input: input })
    }
}

/// Runs a program of Windows' own that must succeed. What it tells while it makes a prefix is no problem.
fn succeeded(name: &str, command: &mut Command) -> Needed<()> {
    match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} under Wine ended with {status}")),
        Err(error) => Err(format!("Wine does not start: {error}")),
    }
}
