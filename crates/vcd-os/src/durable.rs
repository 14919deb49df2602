//! One file takes another's place, in one step and for good.

use std::fs::File;
use std::io;
use std::path::Path;

/// Puts the file `from`, whose content must be on the disk already, in the place of `to`: whoever opens `to` gets the old
/// file or the new one, never a part. Call [`sync_folder`] to make it durable. On Windows it is durable at once, and a
/// file that a scanner or an indexer holds for a moment is waited for, at most two seconds.
///
/// # Errors
/// Those of the operating system; `to` is then as it was.
pub fn replace(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return std::fs::rename(from, to);
    #[cfg(windows)]
    return windows::replace(from, to);
}

/// Makes the names in a folder durable. Windows has no such call for an ordinary handle; NTFS journals its names.
///
/// # Errors
/// Those of the operating system.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(windows)]
mod windows {
    use std::io;
    use std::os::windows::ffi::OsStrExt;
    use std::path::Path;
    use std::thread;
    use std::time::{Duration, Instant};

    use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_LOCK_VIOLATION, ERROR_SHARING_VIOLATION};
    use windows_sys::Win32::Storage::FileSystem::{MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH, MoveFileExW};

    /// How long somebody may hold the file that is to be replaced.
    const PATIENCE: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(20);

    pub(super) fn replace(from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (wide(from), wide(to));
        let end = Instant::now() + PATIENCE;
        loop {
            // SAFETY: both are NUL-terminated texts that live until the call returns.
            let done =
                unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) };
            if done != 0 {
                return Ok(());
            }
            let error = io::Error::last_os_error();
            let held = [ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION];
            let held = error.raw_os_error().is_some_and(|code| held.contains(&code.cast_unsigned()));
            if !held || Instant::now() >= end {
                return Err(error);
            }
            thread::sleep(PAUSE);
        }
    }

    fn wide(path: &Path) -> Vec<u16> {
        path.as_os_str().encode_wide().chain([0]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_file_stands_in_the_old_ones_place() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (new, old) = (folder.path().join("new"), folder.path().join("old"));
        std::fs::write(&old, "old").expect("writable");
        assert!(replace(&new, &old).is_err(), "there is no new file yet");
        assert_eq!(std::fs::read(&old).expect("readable"), b"old");
        std::fs::write(&new, "new").expect("writable");
        replace(&new, &old).expect("replaced");
        sync_folder(folder.path()).expect("durable");
        assert_eq!(std::fs::read(&old).expect("readable"), b"new");
        assert!(!new.exists());
    }
}
