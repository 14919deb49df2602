//! Files and folders that only one account can read: the process's own, or, on Windows, another one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::durable;
use crate::protection::{self, Account};

/// Makes `folder` with each of its parents that is missing, private to `account` from their first moment: mode 0700 on Unix; on
/// Windows an access list that names the account, the administrators and the system, that inherits nothing, and that what is
/// made in it gets as well. A folder that is there is left as it is.
///
/// # Errors
/// Those of the operating system.
pub fn create_folder(folder: &Path, account: &Account) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_folder(parent, account)?;
    }
    match protection::create_folder(folder, account) {
        // Somebody else was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        made => made,
    }
}

/// Writes a new file, private to `account` from its first moment (mode 0600 on Unix; on Windows an access list that names the
/// account, the administrators and the system, and inherits nothing), and returns once content and name are on the disk. An
/// existing file is never touched. On Windows, what is made for another account belongs to the administrators, and only they
/// can make it.
///
/// # Errors
/// `AlreadyExists` if the name is taken, otherwise those of the operating system; a file that could not be written
/// whole is removed again.
pub fn create(path: &Path, content: &[u8], account: &Account) -> io::Result<()> {
    let mut file = create_empty(path, account)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    if let Err(error) = written {
        // The first error is the one to report; a leftover that cannot be removed either changes nothing about it.
        let _ = fs::remove_file(path);
        return Err(error);
    }
    durable::sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Makes a new, empty file for reading and writing, private to `account` from its first moment. An existing file is never
/// touched. Nothing is durable yet.
///
/// # Errors
/// As for [`create`].
pub fn create_empty(path: &Path, account: &Account) -> io::Result<File> {
    protection::create_file(path, account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Account {
        Account::own().expect("known")
    }

    #[test]
    fn a_folder_is_made_with_its_parents_and_a_file_in_the_way_is_kept() {
        let outer = tempfile::tempdir().expect("temporary folder");
        let folder = outer.path().join("a/b/c");
        create_folder(&folder, &own()).expect("made");
        create_folder(&folder, &own()).expect("there");
        let file = folder.join("file");
        fs::write(&file, "x").expect("the folder takes files");
        assert_eq!(create_folder(&file, &own()).expect_err("a file").kind(), io::ErrorKind::AlreadyExists);
        assert!(create_folder(&file.join("below"), &own()).is_err());
        assert_eq!(fs::read(&file).expect("readable"), b"x");
    }

    #[test]
    fn a_new_file_holds_the_content_and_an_existing_one_is_kept() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("token.json");
        create(&path, b"first", &own()).expect("new file");
        let second = create(&path, b"second", &own()).expect_err("the name is taken");
        assert_eq!(second.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("readable"), b"first");
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_file_are_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().expect("temporary folder");
        let folder = outer.path().join("a/b");
        create_folder(&folder, &own()).expect("new folder");
        let path = folder.join("token.json");
        create(&path, b"x", &own()).expect("new file");
        let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
        assert_eq!((mode(&outer.path().join("a")), mode(&folder)), (0o700, 0o700));
        assert_eq!(mode(&path), 0o600);
    }
}
