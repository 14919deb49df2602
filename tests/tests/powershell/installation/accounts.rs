//! Modules that one account installs and another one uses, as those of scheduled tasks.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::account::{NOBODY, become_nobody};

use crate::Case;
use crate::installation::{self, USE, command};
use crate::site::{Ran, Site, run};

pub(crate) const CASES: &[Case] = &[
    ("another_account_uses_what_was_installed_for_all_users", another_account_uses_what_was_installed_for_all_users),
    ("a_library_that_the_account_may_not_read_is_explained", a_library_that_the_account_may_not_read_is_explained),
    ("a_file_system_that_allows_no_programs_is_explained", a_file_system_that_allows_no_programs_is_explained),
];

/// Makes the folder readable for others, and in it a home for `NOBODY`.
fn open_to_others(site: &Site) -> PathBuf {
    let folder = site.home.path();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
    fs::copy(site.simulator.ca_file(), folder.join("ca.pem")).expect("the authority's certificate");
    let home = folder.join("nobody");
    fs::create_dir(&home).expect("a folder can be made");
    chown(&home, Some(NOBODY), Some(NOBODY)).expect("root may");
    home
}

/// The command as `NOBODY` runs it, with that home.
fn as_nobody(site: &Site, command: &Command, home: &Path) -> Command {
    let mut other = Command::new("setpriv");
    other.args(become_nobody()).arg(command.get_program()).args(command.get_args());
    copy_environment(command, &mut other);
    other.env("HOME", home).env("XDG_STATE_HOME", home).env("SIM_CA", site.home.path().join("ca.pem"));
    other
}

/// `shell_script`, run by `sh` where its mounts are its own, with the commands as `$1`, `$2` and so on, each to be run by `eval`.
fn with_mounts(shell_script: &str, commands: &[&Command]) -> Command {
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "sh", "-e", "-c", shell_script, "sh"]);
    for command in commands {
        let words = [command.get_program()].into_iter().chain(command.get_args());
        let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().expect("text"))).collect();
        shell.arg(words.join(" "));
    }
    copy_environment(commands.last().expect("a command"), &mut shell);
    shell
}

fn copy_environment(from: &Command, to: &mut Command) {
    to.env_clear().envs(from.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = from.get_current_dir() {
        to.current_dir(folder);
    }
}

fn another_account_uses_what_was_installed_for_all_users(site: &Site) {
    let home = open_to_others(site);
    let install = site.write(
        "install.ps1",
        "$ErrorActionPreference = 'Stop'\n\
         $ProgressPreference = 'SilentlyContinue'\n\
         Register-PSResourceRepository -Name Gallery -Uri $env:GALLERY -Trusted\n\
         Install-PSResource VcdBearer -Repository Gallery -Scope AllUsers\n",
    );
    let install = command(site, &install);
    let use_it = as_nobody(site, &command(site, &site.script(USE)), &home);
    // The folder for all users is empty for this process and those that it starts, and the machine's own stays as it is.
    let root_home = site.home.path().display();
    let script = format!("mount -t tmpfs tmpfs /usr/local/share; HOME='{root_home}' eval \"$1\"; eval \"$2\"");
    let ran = run(with_mounts(&script, &[&install, &use_it]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    let folder = format!("/usr/local/share/powershell/Modules/VcdBearer/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(ran.stdout, format!("{folder}\nTrue\nFalse\n"));
}

/// What stops a call, by its failure's name and what to do.
const CALL: &str = r"
param([string] $Folder)
Import-Module $Folder/VcdBearer
try { Get-VcdBearer localhost acme -ApiToken x } catch {
    $_.FullyQualifiedErrorId
    $_.ErrorDetails.Message
    $_.ErrorDetails.RecommendedAction
}
";

/// Unpacks the zip, and gives the script that calls the module in a folder.
fn unpack(site: &Site) -> PathBuf {
    installation::unpack(site, &site.home.path().join("modules"));
    site.write("call.ps1", CALL)
}

fn assert_blocked(ran: &Ran, reason: &str, action: &str) {
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    let lines: Vec<_> = ran.stdout.lines().collect();
    let [id, message, advice] = lines[..] else { panic!("three lines: {}", ran.stdout) };
    assert_eq!(id, "Vcd.NativeLibraryBlocked,Get-VcdBearer");
    assert!(message.contains(reason) && advice.contains(action), "{}", ran.stdout);
}

fn a_library_that_the_account_may_not_read_is_explained(site: &Site) {
    let home = open_to_others(site);
    let script = unpack(site);
    let modules = site.home.path().join("modules");
    let native = modules.join("VcdBearer").join(env!("CARGO_PKG_VERSION")).join("native");
    let platform = fs::read_dir(native).expect("native/").flatten().next().expect("a platform").path();
    let library = fs::read_dir(platform).expect("a folder").flatten().next().expect("a library").path();
    fs::set_permissions(library, fs::Permissions::from_mode(0o600)).expect("it is ours");
    let mut call = command(site, &script);
    call.arg(&modules);
    assert_blocked(&run(as_nobody(site, &call, &home)), "Permission denied", "umask");
}

fn a_file_system_that_allows_no_programs_is_explained(site: &Site) {
    let script = unpack(site);
    let mut call = command(site, &script);
    call.arg(site.home.path().join("mounted"));
    let mount = "mkdir mounted; mount -t tmpfs -o noexec tmpfs mounted; cp -r modules/VcdBearer mounted; eval \"$1\"";
    assert_blocked(&run(with_mounts(mount, &[&call])), "failed to map segment", "noexec");
}
