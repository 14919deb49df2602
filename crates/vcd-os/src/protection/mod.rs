//! Who else can change a file or read it, and one file made as protected as another.

#[cfg(any(windows, test))]
mod descriptor;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

#[cfg(windows)]
pub(crate) use windows::create_private;

/// Who besides this account and the administrators can change the file or folder, in words that follow "can be changed by";
/// `None` if nobody.
///
/// # Errors
/// Those of the operating system.
pub fn foreign_writer(path: &Path) -> io::Result<Option<String>> {
    system::foreign_writer(path)
}

/// Whether others than this account and the administrators can read the file.
///
/// # Errors
/// Those of the operating system.
pub fn readable_by_others(path: &Path) -> io::Result<bool> {
    system::readable_by_others(path)
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

/// Who this process is, in words for people.
///
/// # Errors
/// Those of the operating system.
pub fn this_account() -> io::Result<String> {
    system::this_account()
}

/// Makes `to`, a new file of this account, as readable as `from`: on Unix it takes on owner, group, mode and, on Linux, the
/// access list; on Windows the access list.
///
/// # Errors
/// Those of the operating system: giving a file away needs a right.
pub fn copy(from: &Path, to: &File) -> io::Result<()> {
    system::copy(from, to)
}
