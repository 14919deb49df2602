//! Paths of this system as a program writes them.

use std::path::{Path, PathBuf};

/// Who writes the paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paths {
    /// A program for this system.
    Own,
    /// One for Windows under Wine, which shows it the root as a drive.
    Wine,
}

const ROOT: &str = "Z:";

impl Paths {
    /// The path as the program writes it.
    ///
    /// # Panics
    /// For a path that is no text; the tests make none.
    pub fn write(self, path: &Path) -> String {
        let path = path.to_str().expect("a path of the tests is text");
        match self {
            Paths::Own => path.to_owned(),
            Paths::Wine => format!("{ROOT}{}", path.replace('/', "\\")),
        }
    }

    /// The path that the program wrote so.
    pub fn read(self, written: &str) -> PathBuf {
        match self {
            Paths::Own => written.into(),
            Paths::Wine => written.strip_prefix(ROOT).unwrap_or(written).replace('\\', "/").into(),
        }
    }
}
