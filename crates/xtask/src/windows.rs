//! `cargo xtask windows`: the whole workspace, tests included, built for 64-bit Windows with the GNU linker.
//!
//! Where the toolchain has the target, plain cargo does it. Where it has not, Debian's `rustc-web` and `rust-web-src`
//! packages build the standard library from its sources. Both use a folder of their own, because two compilers in one
//! target folder rebuild everything at each change of hands.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{command, workspace};

pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

pub(crate) fn run() -> Result<()> {
    let mut cargo = cargo_build()?;
    cargo.args(["--workspace", "--all-targets", "--locked", "--target", TARGET, "--target-dir"]);
    // Debug information would take gigabytes, and nobody debugs these.
    command::run(cargo.arg(workspace::target().join("windows")).env("CARGO_PROFILE_DEV_DEBUG", "false"))
}

/// `cargo build` of a cargo that can build for the target.
pub(crate) fn cargo_build() -> Result<Command> {
    if has_target()? {
        println!("The toolchain has {TARGET}: plain cargo builds it");
        let mut cargo = command::cargo();
        cargo.arg("build");
        Ok(cargo)
    } else if Path::new(DEBIAN_CARGO).is_file() {
        println!("The toolchain lacks {TARGET}: Debian's cargo builds the standard library as well");
        Ok(debian_cargo())
    } else {
        bail!(
            "no standard library for {TARGET}: `rustup target add {TARGET}`, or Debian's packages rustc-web, cargo-web and rust-web-src"
        );
    }
}

/// Does the toolchain's own standard library exist for the target?
fn has_target() -> Result<bool> {
    let found = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output()?;
    Ok(found.status.success() && Path::new(String::from_utf8(found.stdout)?.trim()).is_dir())
}

/// Debian's cargo with nothing of the toolchain that started this task.
fn debian_cargo() -> Command {
    let mut cargo = Command::new(DEBIAN_CARGO);
    cargo.current_dir(workspace::root()).env("PATH", "/usr/bin:/bin").env("RUSTC_BOOTSTRAP", "1");
    for set_by_the_other in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
        cargo.env_remove(set_by_the_other);
    }
    cargo.args(["build", "-Zbuild-std=std,panic_unwind"]);
    cargo
}
