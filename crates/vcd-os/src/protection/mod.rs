//! Whom a file is for, who else can change it or read it, and one file made as protected as another.

#[cfg(any(windows, test))]
mod descriptor;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// An account of this machine or of its domain: whom a file is for. Its text is what people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account(system::Identifier);

impl Account {
    /// The account of this process.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn own() -> io::Result<Self> {
        system::own_identifier().map(Account)
    }

    /// The account of that name: `DOMAIN\name`, `DOMAIN\service$`, or the name alone.
    ///
    /// # Errors
    /// `NotFound` if there is none, `InvalidInput` if it is a group; otherwise those of the operating system.
    #[cfg(windows)]
    pub fn named(name: &str) -> io::Result<Self> {
        system::identifier_of(name).map(Account)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&system::account_name(&self.0))
    }
}

/// Who besides `account` and the administrators can change the file or folder, in words that follow "can be changed by";
/// `None` if nobody.
///
/// # Errors
/// Those of the operating system.
pub fn foreign_writer(path: &Path, account: &Account) -> io::Result<Option<String>> {
    system::foreign_writer(path, &account.0)
}

/// Whether others than `account` and the administrators can read the file.
///
/// # Errors
/// Those of the operating system.
pub fn readable_by_others(path: &Path, account: &Account) -> io::Result<bool> {
    system::readable_by_others(path, &account.0)
}

/// Makes one new folder that is private to `account`.
pub(crate) fn create_folder(folder: &Path, account: &Account) -> io::Result<()> {
    system::create_folder(folder, &account.0)
}

/// Makes a new, empty file that is private to `account`, and opens it for reading and writing.
pub(crate) fn create_file(path: &Path, account: &Account) -> io::Result<File> {
    system::create_file(path, &account.0)
}

/// By how many names the file is known.
///
/// # Errors
/// Those of the operating system.
pub fn names(file: &File) -> io::Result<u64> {
    system::names(file)
}

/// Whose the file is, in words for people.
///
/// # Errors
/// Those of the operating system.
pub fn owner(path: &Path) -> io::Result<String> {
    system::owner(path)
}

/// Gives `to`, a new file of this account, the owner and group of `from`, where this account may: an administrator who writes
/// another's file leaves it to him. On Windows, whom a file is for is a matter of its access list.
///
/// # Errors
/// Those of the operating system.
pub fn keep_owner(from: &Path, to: &Path) -> io::Result<()> {
    system::keep_owner(from, to)
}

/// Makes `to`, a new file of this account, as readable as `from`: on Unix it takes on owner, group, mode and, on Linux, the
/// access list; on Windows the access list.
///
/// # Errors
/// Those of the operating system: giving a file away needs a right.
pub fn copy(from: &Path, to: &File) -> io::Result<()> {
    system::copy(from, to)
}
