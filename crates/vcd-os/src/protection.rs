//! Who else can change a file or read it, and one file made as protected as another.

use std::fs::{File, Metadata};
use std::io;

/// Who besides this account and the administrator can change the file or folder, in words that follow "can be changed by";
/// `None` if nobody.
#[cfg(unix)]
pub fn foreign_writer(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let (mode, owner, own) = (metadata.mode(), metadata.uid(), rustix::process::geteuid());
    // An access list shows in the group's bits: they are its mask.
    match () {
        () if mode & 0o002 != 0 => Some("everybody on this machine".to_owned()),
        () if mode & 0o020 != 0 => Some(format!("its group (gid {})", metadata.gid())),
        () if owner != own.as_raw() && owner != 0 => Some(format!("another account, its owner (uid {owner})")),
        () => None,
    }
}

/// Whether the group or everybody can read the file.
#[cfg(unix)]
pub fn readable_by_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o044 != 0
}

/// By how many names the file is known; 1 where the system does not tell.
#[cfg(unix)]
pub fn names(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

/// Whose the file is, in words.
#[cfg(unix)]
pub fn owner(metadata: &Metadata) -> String {
    format!("uid {}", std::os::unix::fs::MetadataExt::uid(metadata))
}

/// Who this process is, in words.
#[cfg(unix)]
pub fn this_account() -> String {
    format!("uid {}", rustix::process::geteuid().as_raw())
}

/// Makes `to`, a new file of this account, belong to whom `from` belongs to and be as readable: owner, group, mode, and on
/// Linux the access list.
///
/// # Errors
/// Those of the operating system: giving a file away needs a right.
#[cfg(unix)]
pub fn copy(from: &File, to: &File) -> io::Result<()> {
    use rustix::fs::{Gid, Mode, RawMode, Uid, fchmod, fchown};
    use std::os::unix::fs::MetadataExt;
    let (model, new) = (from.metadata()?, to.metadata()?);
    let owner = (model.uid() != new.uid()).then(|| Uid::from_raw(model.uid()));
    let group = (model.gid() != new.gid()).then(|| Gid::from_raw(model.gid()));
    if owner.is_some() || group.is_some() {
        fchown(to, owner, group)?;
    }
    fchmod(to, Mode::from_raw_mode((model.mode() & 0o777) as RawMode))?;
    #[cfg(target_os = "linux")]
    copy_access_list(from, to)?;
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown};

    #[test]
    fn whoever_else_can_write_is_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let with_mode = |mode| {
            fs::set_permissions(folder.path(), Permissions::from_mode(mode)).expect("set");
            foreign_writer(&fs::metadata(folder.path()).expect("metadata"))
        };
        assert_eq!(with_mode(0o755), None);
        assert!(with_mode(0o775).is_some_and(|who| who.contains("group")));
        assert!(with_mode(0o1777).is_some_and(|who| who.contains("everybody")));
    }

    #[test]
    fn a_file_takes_on_the_protection_of_another() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (model, new) = (folder.path().join("model"), folder.path().join("new"));
        fs::write(&model, "").expect("writable");
        fs::set_permissions(&model, Permissions::from_mode(0o640)).expect("set");
        // Only the administrator can give files away.
        let given = chown(&model, Some(65534), Some(65534)).is_ok();
        let new = crate::private_file::create_empty(&new).expect("new");
        copy(&File::open(&model).expect("there"), &new).expect("copied");
        let metadata = new.metadata().expect("metadata");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
        assert_eq!(owner(&metadata) == "uid 65534", given);
        assert!(readable_by_others(&metadata));
        assert_eq!(names(&metadata), 1);
        assert_eq!(foreign_writer(&metadata).is_some(), given, "its new owner can change it");
    }
}
