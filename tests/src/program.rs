//! An executable, and what runs it: this system itself, or Wine where it is one for Windows.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::Needed;
use crate::paths::Paths;
use crate::staged;
use crate::wine::Wine;

/// A program to test.
#[derive(Clone, Debug)]
pub struct Program {
    file: PathBuf,
    wine: Option<Wine>,
}

impl Program {
    /// `vcd-bearer` for this system.
    ///
    /// # Errors
    /// The reason why it is not there.
    pub fn native() -> Needed<Self> {
        Ok(Self { file: staged::executable()?, wine: None })
    }

    /// `vcd-bearer.exe` under Wine.
    ///
    /// # Errors
    /// The reason why one of the two is not there.
    pub fn under_wine() -> Needed<Self> {
        let file = staged::windows_native()?.join("vcd-bearer.exe");
        Ok(Self { file, wine: Some(Wine::find()?) })
    }

    /// The same program under another Wine.
    pub fn under(&self, wine: Wine) -> Self {
        Self { file: self.file.clone(), wine: Some(wine) }
    }

    /// Its file, for what runs it in a way of its own.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// A command that runs it.
    pub fn command(&self) -> Command {
        match &self.wine {
            None => Command::new(&self.file),
            Some(wine) => wine.command(&self.file),
        }
    }

    /// How it writes paths.
    pub fn paths(&self) -> Paths {
        match self.wine {
            None => Paths::Own,
            Some(_) => Paths::Wine,
        }
    }

    /// A path that it wrote.
    pub fn read_path(&self, written: &str) -> PathBuf {
        match (&self.wine, written.strip_prefix("C:\\")) {
            (Some(wine), Some(rest)) => wine.drive_c().join(rest.replace('\\', "/")),
            _ => self.paths().read(written),
        }
    }
}
