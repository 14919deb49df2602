//! Owner, group, mode, access list.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Gid, Mode, RawMode, Uid, fchmod, fchown};

pub(super) type Identifier = Uid;

pub(super) fn own_identifier() -> io::Result<Uid> {
    Ok(rustix::process::geteuid())
}

pub(super) fn account_name(identifier: &Uid) -> String {
    format!("uid {}", identifier.as_raw())
}

pub(super) fn foreign_writer(path: &Path, account: &Uid) -> io::Result<Option<String>> {
    let metadata = fs::metadata(path)?;
    let (mode, owner) = (metadata.mode(), metadata.uid());
    // An access list shows in the group's bits: they are its mask.
    Ok(match () {
        () if mode & 0o002 != 0 => Some("everybody on this machine".to_owned()),
        () if mode & 0o020 != 0 => Some(format!("its group (gid {})", metadata.gid())),
        () if owner != account.as_raw() && owner != 0 => Some(format!("another account, its owner (uid {owner})")),
        () => None,
    })
}

pub(super) fn readable_by_others(path: &Path, _: &Uid) -> io::Result<bool> {
    Ok(fs::metadata(path)?.mode() & 0o044 != 0)
}

// There is no other account here than the process's own.
pub(super) fn create_folder(folder: &Path, _: &Uid) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}

pub(super) fn create_file(path: &Path, _: &Uid) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

pub(super) fn names(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.nlink())
}

pub(super) fn owner(path: &Path) -> io::Result<String> {
    Ok(account_name(&Uid::from_raw(fs::metadata(path)?.uid())))
}

pub(super) fn keep_owner(from: &Path, to: &Path) -> io::Result<()> {
    let (model, new) = (fs::metadata(from)?, fs::metadata(to)?);
    if (model.uid(), model.gid()) == (new.uid(), new.gid()) {
        return Ok(());
    }
    match std::os::unix::fs::chown(to, Some(model.uid()), Some(model.gid())) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

pub(super) fn copy(from: &Path, to: &File) -> io::Result<()> {
    let (from, new) = (crate::regular_file::open_for_reading(from)?, to.metadata()?);
    let model = from.metadata()?;
    let owner = (model.uid() != new.uid()).then(|| Uid::from_raw(model.uid()));
    let group = (model.gid() != new.gid()).then(|| Gid::from_raw(model.gid()));
    if owner.is_some() || group.is_some() {
        fchown(to, owner, group)?;
    }
    fchmod(to, Mode::from_raw_mode((model.mode() & 0o777) as RawMode))?;
    #[cfg(target_os = "linux")]
    copy_access_list(&from, to)?;
    Ok(())
}

/// The mode shows only the mask of an access list, so a file that has one needs it as well.
#[cfg(target_os = "linux")]
fn copy_access_list(from: &File, to: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};
    use rustix::io::Errno;
    const NAME: &str = "system.posix_acl_access";
    let mut list = [0_u8; 4096];
    match fgetxattr(from, NAME, &mut list) {
        Ok(length) => Ok(fsetxattr(to, NAME, &list[..length], XattrFlags::empty())?),
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;

    fn own() -> Uid {
        own_identifier().expect("known")
    }

    #[test]
    fn whoever_else_can_write_is_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let with_mode = |mode| {
            fs::set_permissions(folder.path(), Permissions::from_mode(mode)).expect("set");
            foreign_writer(folder.path(), &own()).expect("metadata")
        };
        assert_eq!(with_mode(0o755), None);
        assert!(with_mode(0o775).is_some_and(|who| who.contains("group")));
        assert!(with_mode(0o1777).is_some_and(|who| who.contains("everybody")));
    }

    #[test]
    fn a_file_is_given_to_anothers_owner_where_that_is_allowed() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (model, path) = (folder.path().join("model"), folder.path().join("new"));
        fs::write(&model, "").expect("writable");
        // Only the administrator can give files away.
        let given = chown(&model, Some(65534), Some(65534)).is_ok();
        create_file(&path, &own()).expect("new");
        keep_owner(&model, &path).expect("kept");
        assert_eq!(owner(&path).expect("an owner") == "uid 65534", given);
        assert_eq!(fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_takes_on_the_protection_of_another() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (model, path) = (folder.path().join("model"), folder.path().join("new"));
        fs::write(&model, "").expect("writable");
        fs::set_permissions(&model, Permissions::from_mode(0o640)).expect("set");
        // Only the administrator can give files away.
        let given = chown(&model, Some(65534), Some(65534)).is_ok();
        let new = create_file(&path, &own()).expect("new");
        copy(&model, &new).expect("copied");
        assert_eq!(new.metadata().expect("metadata").permissions().mode() & 0o777, 0o640);
        assert_eq!(owner(&path).expect("an owner") == "uid 65534", given);
        assert!(readable_by_others(&path, &own()).expect("metadata"));
        assert_eq!(names(&new).expect("metadata"), 1);
        assert_eq!(foreign_writer(&path, &own()).expect("metadata").is_some(), given, "its new owner can change it");
    }
}
