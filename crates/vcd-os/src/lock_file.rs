//! One process at a time: a file that the operating system locks, and unlocks by itself when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::regular_file;

/// More than any note has, in bytes.
const NOTE_LIMIT: u64 = 256;

/// A lock file, open. It belongs to no data and is never removed: whoever removed it would unlock it for some and not for
/// others.
#[derive(Debug)]
pub struct LockFile(File);

impl LockFile {
    /// Opens the lock file at `path` and makes it if it is not there (mode 0600 on Unix). A symbolic link is not followed.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        regular_file::open(path, &mut options).map(LockFile)
    }

    /// Takes the lock if nobody has it; `false` if somebody has, another thread of this process included. It is given back
    /// when this is dropped.
    ///
    /// # Errors
    /// Those of the operating system: a file system that cannot lock, for one.
    pub fn try_lock(&self) -> io::Result<bool> {
        match self.0.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Leaves a line for those who wait: who holds the lock. To be called by its holder.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn write_note(&mut self, note: &str) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        self.0.write_all(note.as_bytes())
    }

    /// What the holder left. Windows lets nobody else read a locked file.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn read_note(&mut self) -> io::Result<String> {
        let mut note = String::new();
        self.0.rewind()?;
        (&self.0).take(NOTE_LIMIT).read_to_string(&mut note)?;
        Ok(note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_who_may_leave_a_note() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("token.json.vcd-lock");
        let (mut first, mut second) = (LockFile::open(&path).expect("made"), LockFile::open(&path).expect("there"));
        assert!(first.try_lock().expect("this file system can lock"));
        assert!(!second.try_lock().expect("asked"), "two handles of one process exclude each other as well");
        first.write_note("a longer note").expect("written");
        first.write_note("process 1").expect("written");
        if cfg!(unix) {
            assert_eq!(second.read_note().expect("readable"), "process 1");
        }
        drop(first);
        assert!(second.try_lock().expect("asked"));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_and_no_link() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("lock");
        let lock = LockFile::open(&path).expect("made");
        assert_eq!(lock.0.metadata().expect("metadata").permissions().mode() & 0o777, 0o600);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        assert!(LockFile::open(&link).is_err());
    }
}
