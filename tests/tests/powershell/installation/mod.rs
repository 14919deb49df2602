//! The ways to install the module, from the packages that `cargo xtask package` makes, each in a fresh home.

#[cfg(target_os = "linux")]
pub(crate) mod accounts;
pub(crate) mod galleries;
pub(crate) mod versions;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::site::{Ran, Site, literal, run};

/// A script as a process runs it that knows the module from its installation alone: PowerShell's own `PSModulePath`.
fn command(site: &Site, script: &Path) -> Command {
    let mut command = site.file(script);
    command.env_remove("PSModulePath").env("PACKAGES", packages()).env("GALLERY", gallery(site));
    command
}

/// A folder with nothing but the package, which serves PowerShell's package commands as a gallery.
fn gallery(site: &Site) -> PathBuf {
    let folder = site.home.path().join("gallery");
    if !folder.exists() {
        let package = format!("VcdBearer.{}.nupkg", env!("CARGO_PKG_VERSION"));
        fs::create_dir(&folder).expect("a folder can be made");
        fs::copy(packages().join(&package), folder.join(&package)).expect("the package");
    }
    folder
}

/// What `cargo xtask package` made.
fn packages() -> PathBuf {
    tests::staged::packages().expect("cases without packages are left out")
}

/// Runs a script that installs something. Progress bars would be written to standard output.
fn install(site: &Site, text: &str) -> Ran {
    let text = format!("$ErrorActionPreference = 'Stop'\n$ProgressPreference = 'SilentlyContinue'\n{text}");
    let ran = run(command(site, &site.bare_script(&text)));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    ran
}

/// Unpacks the zip into a folder of modules.
fn unpack(site: &Site, modules: &Path) {
    let zip = packages().join(format!("VcdBearer-{}.zip", env!("CARGO_PKG_VERSION")));
    install(site, &format!("Expand-Archive {} -DestinationPath {}", literal(&zip), literal(modules)));
}

/// What a new process says that finds the module by its name: where it is, and that it logs in and out.
const USE: &str = r"
(Get-Module VcdBearer).ModuleBase
$b = Get-VcdBearer @Site -Org acme -ApiToken $Token
Test-VcdBearer -Session $b
Remove-VcdBearer -Session $b
Test-VcdBearer -Session $b
";

/// Runs `USE` in a new process, which must find the module in this folder.
fn assert_works(site: &Site, from: &Path) {
    let ran = run(command(site, &site.script(USE)));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    assert_eq!(ran.stdout, format!("{}\nTrue\nFalse\n", from.display()));
    assert!(site.simulator.sessions().is_empty());
}
