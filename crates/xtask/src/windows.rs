//! The products and their tests for 64-bit Windows, built with the GNU linker.
//!
//! Where the toolchain has the target, plain cargo does it. Where it has not, Debian's `rustc-web` and `rust-web-src`
//! packages build the standard library from its sources. Both use a folder of their own, because two compilers in one
//! target folder rebuild everything at each change of hands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::native::{Native, RELEASE};
use crate::platform::Platform;
use crate::stage::Stage;
use crate::{command, windows_file, workspace};

pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";
/// How large the library may be, in megabytes of a million bytes. `cargo xtask bench` gives the verdict.
pub(crate) const LIBRARY_BUDGET: f64 = 2.6;

/// Its name among the platforms.
const RID: &str = "win-x64";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// `cargo xtask windows`: the whole workspace, tests included.
pub(crate) fn run() -> Result<()> {
    command::run(cargo()?.args(["--workspace", "--all-targets"]))
}

/// Builds the products as they will ship, checks them, and puts them into the staged module; what lies there.
pub(crate) fn stage(stage: &Stage) -> Result<Native> {
    command::run(cargo()?.args(RELEASE))?;
    let Native { platform, library, executable } = release();
    let products = [library, executable];
    for product in &products {
        windows_file::check(product)?;
    }
    println!("vcd_auth.dll has {:.3} MB of {LIBRARY_BUDGET}", fs::metadata(&products[0])?.len() as f64 / 1e6);
    Ok(Native::in_folder(platform, &stage.add(platform.rid, &products)?))
}

/// The library as it will ship, if it has been built.
pub(crate) fn library() -> PathBuf {
    release().library
}

/// The products as they will ship, built or not.
fn release() -> Native {
    let platform = Platform::of_rid(RID).expect("64-bit Windows is a platform");
    Native::in_folder(platform, &target_folder().join(TARGET).join("release"))
}

/// Builds the tests of the crates that talk to the operating system; their executables.
pub(crate) fn rust_tests() -> Result<Vec<PathBuf>> {
    let mut cargo = cargo()?;
    cargo.args(["--tests", "-p", "vcd-os", "-p", "vcd-auth", "--message-format", "json-render-diagnostics"]);
    command::show(&cargo);
    let output = cargo.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo ended with {}", output.status);
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let mut executables = Vec::new();
    for message in messages {
        executables.extend(test_executable(&message?));
    }
    ensure!(!executables.is_empty(), "cargo built no tests");
    Ok(executables)
}

/// The executable that one of cargo's messages reports, if it holds tests.
fn test_executable(message: &Value) -> Option<PathBuf> {
    let is_test = message["profile"]["test"].as_bool()?;
    message["executable"].as_str().filter(|_| is_test).map(PathBuf::from)
}

pub(crate) fn target_folder() -> PathBuf {
    workspace::target().join("windows")
}

/// `cargo build` for the target.
pub(crate) fn cargo() -> Result<Command> {
    let mut cargo = if has_target()? {
        println!("The toolchain has {TARGET}: plain cargo builds it");
        let mut cargo = command::cargo();
        cargo.arg("build");
        cargo
    } else if Path::new(DEBIAN_CARGO).is_file() {
        println!("The toolchain lacks {TARGET}: Debian's cargo builds the standard library as well");
        debian_cargo()
    } else {
        bail!(
            "no standard library for {TARGET}: `rustup target add {TARGET}`, or Debian's packages rustc-web, cargo-web and rust-web-src"
        );
    };
    cargo.args(["--locked", "--target", TARGET, "--target-dir"]).arg(target_folder());
    // Debug information would take gigabytes, and nobody debugs these.
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "false");
    Ok(cargo)
}

/// Does the toolchain's own standard library exist for the target?
fn has_target() -> Result<bool> {
    let found = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output()?;
    Ok(found.status.success() && Path::new(String::from_utf8(found.stdout)?.trim()).is_dir())
}

/// Makes a way to MinGW-w64's import libraries whose name is the same on every machine: a folder, relative to the workspace's. The
/// GNU linker sorts what a file imports by the paths of the libraries that it comes from, so that where the target folder is, before
/// or after `/usr`, would show in the result. A relative path comes after all others.
pub(crate) fn link_to_import_libraries() -> Result<&'static str> {
    const LINK: &str = "target/mingw";
    let mut gcc = Command::new("x86_64-w64-mingw32-gcc");
    let output = gcc.arg("-print-file-name=libkernel32.a").output().context("cannot start x86_64-w64-mingw32-gcc")?;
    let library = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    let folder = library.parent().filter(|folder| folder.is_absolute()).context("MinGW-w64 has no libkernel32.a")?;
    let link = workspace::root().join(LINK);
    fs::create_dir_all(link.parent().expect("it lies in a folder"))?;
    if fs::symlink_metadata(&link).is_ok() {
        fs::remove_file(&link).with_context(|| format!("cannot replace {}", link.display()))?;
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder, &link).with_context(|| format!("cannot make {}", link.display()))?;
    #[cfg(windows)]
    std::os::windows::fs::symlink_dir(folder, &link).with_context(|| format!("cannot make {}", link.display()))?;
    Ok(LINK)
}

/// The compiler that `cargo` uses.
pub(crate) fn rustc() -> Result<Command> {
    Ok(if has_target()? { Command::new("rustc") } else { debian(DEBIAN_RUSTC) })
}

fn debian_cargo() -> Command {
    let mut cargo = debian(DEBIAN_CARGO);
    cargo.current_dir(workspace::root()).env("RUSTC_BOOTSTRAP", "1").args(["build", "-Zbuild-std=std,panic_unwind"]);
    cargo
}

/// A program of Debian's toolchain with nothing of the one that started this task.
fn debian(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", "/usr/bin:/bin");
    for set_by_the_other in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
        command.env_remove(set_by_the_other);
    }
    command
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn executables_with_tests_are_told_from_others() {
        let message = |test, executable| json!({ "profile": { "test": test }, "executable": executable });
        assert_eq!(test_executable(&message(true, "a-1.exe".into())), Some("a-1.exe".into()));
        assert_eq!(test_executable(&message(false, "a.exe".into())), None);
        assert_eq!(test_executable(&message(true, Value::Null)), None);
        assert_eq!(test_executable(&json!({ "reason": "build-finished", "success": true })), None);
    }
}
