//! Files that only their owner can read.

#[cfg(unix)]
use std::fs::OpenOptions;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::path::Path;

use crate::durable;

/// Makes `folder` with its parents, private to the user: mode 0700 for what is created on Unix; on Windows the folder
/// inherits the protection of the profile it lies in. An existing folder is left as it is.
///
/// # Errors
/// Those of the operating system.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a new file, private to the user from its first moment (mode 0600 on Unix; on Windows an access list that names the
/// account, the administrators and the system, and inherits nothing), and
/// returns once content and name are on the disk. An existing file is never touched.
///
/// # Errors
/// `AlreadyExists` if the name is taken, otherwise those of the operating system; a file that could not be written
/// whole is removed again.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create_empty(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    if let Err(error) = written {
        // The first error is the one to report; a leftover that cannot be removed either changes nothing about it.
        let _ = fs::remove_file(path);
        return Err(error);
    }
    durable::sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Makes a new, empty file for reading and writing, private to the user from its first moment. An existing file is never
/// touched. Nothing is durable yet.
///
/// # Errors
/// As for [`create`].
pub fn create_empty(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    return std::os::unix::fs::OpenOptionsExt::mode(&mut OpenOptions::new(), 0o600)
        .read(true)
        .write(true)
        .create_new(true)
        .open(path);
    #[cfg(windows)]
    return crate::protection::create_private(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_holds_the_content_and_an_existing_one_is_kept() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("token.json");
        create(&path, b"first").expect("new file");
        let second = create(&path, b"second").expect_err("the name is taken");
        assert_eq!(second.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("readable"), b"first");
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_file_are_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().expect("temporary folder");
        let folder = outer.path().join("a/b");
        create_folder(&folder).expect("new folder");
        let path = folder.join("token.json");
        create(&path, b"x").expect("new file");
        let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&path), 0o600);
    }
}
