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

/// The folder of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository")
}

/// The committed C header.
pub fn header() -> PathBuf {
    repository().join("crates/vcd-auth-capi/include/vcd_auth.h")
}

fn from_environment(variable: &str) -> Needed<PathBuf> {
    match env::var_os(variable) {
        Some(path) => Ok(PathBuf::from(path)),
        None => Err(format!("`cargo xtask test` sets {variable}")),
    }
}
