//! The products that `cargo xtask test` has built.

use std::env;
use std::path::{Path, PathBuf};

use crate::case::Needed;

/// The release build of the C library.
pub fn library() -> Needed<PathBuf> {
    from_environment("VCD_TEST_LIBRARY")
}

/// The release build of `vcd-bearer`.
pub fn executable() -> Needed<PathBuf> {
    from_environment("VCD_TEST_CLI")
}

/// The entry for `PSModulePath` that holds the staged module.
pub fn module_path() -> Needed<PathBuf> {
    from_environment("VCD_TEST_STAGE")
}

/// The folder that `cargo xtask package --local` fills.
pub fn packages() -> Needed<PathBuf> {
    from_environment("VCD_TEST_PACKAGES")
}

/// The folder of the staged module with the products for 64-bit Windows.
pub fn windows_native() -> Needed<PathBuf> {
    from_windows_build("VCD_TEST_WINDOWS_NATIVE")
}

/// The tests of the crates that talk to the operating system, built for 64-bit Windows.
pub fn windows_rust_tests() -> Needed<Vec<PathBuf>> {
    Ok(env::split_paths(&from_windows_build("VCD_TEST_WINDOWS_RUST_TESTS")?).collect())
}

/// The folder of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository")
}

/// The source of a C program.
pub fn c_source(name: &str) -> PathBuf {
    repository().join("tests/c").join(name).with_extension("c")
}

/// The committed C header.
pub fn header() -> PathBuf {
    repository().join("crates/vcd-auth-capi/include/vcd_auth.h")
}

fn from_windows_build(variable: &str) -> Needed<PathBuf> {
    // Without it, nothing of this is told: that says more than the name of a variable.
    from_environment("VCD_TEST_STAGE")?;
    from_environment(variable).map_err(|_| {
        "there is no Windows build: `cargo xtask stage --target x86_64-pc-windows-gnu` makes it".to_owned()
    })
}

fn from_environment(variable: &str) -> Needed<PathBuf> {
    match env::var_os(variable) {
        Some(path) => Ok(PathBuf::from(path)),
        None => Err(format!("`cargo xtask test` sets {variable}")),
    }
}
