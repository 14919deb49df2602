//! Where things are in this repository, and what this machine is called in the module's `native/` folder.

use std::env;
use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX, OS};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The version of the workspace: this crate inherits it like every other.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/xtask lies two levels below the root")
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The release build of the C library for this machine.
pub(crate) fn library() -> PathBuf {
    target().join("release").join(library_name())
}

/// The file name of the C library on this system.
pub(crate) fn library_name() -> String {
    format!("{DLL_PREFIX}vcd_auth{DLL_SUFFIX}")
}

/// One of the workspace's executables in `debug` or `release`.
pub(crate) fn executable(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(format!("{name}{EXE_SUFFIX}"))
}

/// This machine's .NET runtime identifier, which names its folder in `native/`; macOS libraries are universal.
pub(crate) fn rid() -> Result<&'static str> {
    match (OS, ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("windows", "x86_64") => Ok("win-x64"),
        ("windows", "aarch64") => Ok("win-arm64"),
        ("macos", _) => Ok("osx"),
        (system, processor) => bail!("the module has no native folder for {system} on {processor}"),
    }
}
