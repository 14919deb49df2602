//! The home of an account that exists for one test: where programs keep what is theirs, and what a process finds in its
//! environment there.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What belongs to the machine, and who runs the tests. Without it Windows has no sockets, and Windows PowerShell does not start.
const OF_THE_MACHINE: &[&str] = &[
    "ALLUSERSPROFILE",
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "CommonProgramW6432",
    "COMPUTERNAME",
    "ComSpec",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "PUBLIC",
    "SystemDrive",
    "SystemRoot",
    "USERDOMAIN",
    "USERNAME",
    "windir",
];

/// What Windows calls the folders of an account, and where they are. It tells programs of none that is not there.
const OF_THE_ACCOUNT: &[(&str, &str)] = &[
    ("APPDATA", r"AppData\Roaming"),
    ("LOCALAPPDATA", r"AppData\Local"),
    ("TEMP", r"AppData\Local\Temp"),
    ("TMP", r"AppData\Local\Temp"),
];

/// A folder that goes away with the value. Its path is as programs write it: without the links that macOS has on the way, and the
/// short names that Windows gives to what is long.
///
/// # Panics
/// When none can be made.
pub fn temporary_folder() -> TempDir {
    let folder = env::temp_dir().canonicalize().expect("the system has a temporary folder");
    let folder = folder.to_str().expect("its path is text");
    tempfile::tempdir_in(folder.strip_prefix(r"\\?\").unwrap_or(folder)).expect("a temporary folder")
}

/// Leaves a process nothing of this one's environment but the search path and what belongs to the machine.
///
/// # Panics
/// When a folder of the account cannot be made.
pub fn move_into(home: &Path, command: &mut Command) {
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    if cfg!(windows) {
        command.envs(OF_THE_MACHINE.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        for (name, folder) in OF_THE_ACCOUNT {
            let folder = home.join(folder);
            fs::create_dir_all(&folder).expect("a folder can be made");
            command.env(name, folder);
        }
        fs::create_dir_all(home.join("Documents")).expect("a folder can be made");
        // Windows PowerShell puts its `~` together of the two.
        let (drive, path) = home.to_str().expect("text").split_at("C:".len());
        command.env("USERPROFILE", home).env("HOMEDRIVE", drive).env("HOMEPATH", path);
    } else {
        command.env("HOME", home).env("XDG_STATE_HOME", home);
    }
}

/// Where new API tokens go that nobody took, for a process that lives there.
pub fn recovery_folder(home: &Path) -> PathBuf {
    home.join(if cfg!(windows) {
        r"AppData\Local\VcdBearer\recovery"
    } else if cfg!(target_os = "macos") {
        "Library/Application Support/VcdBearer/recovery"
    } else {
        "vcd-bearer/recovery"
    })
}
