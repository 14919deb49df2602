//! Programs on the search path.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

/// The first program of this name.
pub fn find(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name.as_ref())).find(|program| program.is_file())
}
