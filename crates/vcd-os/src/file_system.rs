//! Where a path leads, and which file systems lie on another machine: locks there may not keep other machines out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The absolute path of an existing file or folder, without symbolic links, as people write it.
///
/// # Errors
/// Those of the operating system.
pub fn resolve(path: &Path) -> io::Result<PathBuf> {
    let resolved = fs::canonicalize(path)?;
    Ok(resolved.to_str().and_then(without_marker).map_or(resolved, PathBuf::from))
}

/// Windows marks a resolved path so that nothing in it is interpreted any more; only long ones need that.
fn without_marker(path: &str) -> Option<String> {
    /// `MAX_PATH`, with room for what is put behind a name.
    const SHORT: usize = 240;
    let rest = path.strip_prefix(r"\\?\").filter(|rest| rest.len() < SHORT)?;
    match rest.strip_prefix(r"UNC\") {
        Some(share) => Some(format!(r"\\{share}")),
        None => rest.get(1..3).is_some_and(|drive| drive == r":\").then(|| rest.to_owned()),
    }
}

/// What a network file system calls itself, if `path` lies on one.
///
/// # Errors
/// Those of the operating system.
#[cfg(target_os = "linux")]
pub fn network(path: &Path) -> io::Result<Option<&'static str>> {
    Ok(of_magic(rustix::fs::statfs(path)?.f_type as u64))
}

/// The numbers of linux/magic.h and of the file systems' own headers. FUSE is not among them: most of what it serves is
/// local, and it does not tell.
#[cfg(any(target_os = "linux", test))]
fn of_magic(magic: u64) -> Option<&'static str> {
    // The field is signed, and of 32 bits on some machines.
    Some(match magic as u32 {
        0x6969 => "NFS",
        0x517B | 0xFF53_4D42 | 0xFE53_4D42 => "SMB",
        0x0102_1997 => "9P",
        0x564C => "NCP",
        0x7375_7245 => "Coda",
        0x5346_414F | 0x6B41_4653 => "AFS",
        0x00C3_6400 => "Ceph",
        0x0BD0_0BD0 => "Lustre",
        0x786F_4256 => "VirtualBox shared folders",
        _ => return None,
    })
}

/// What a network file system calls itself, if `path` lies on one.
///
/// # Errors
/// Those of the operating system.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn network(path: &Path) -> io::Result<Option<&'static str>> {
    /// `MNT_LOCAL` of sys/mount.h.
    const LOCAL: u32 = 0x1000;
    let local = rustix::fs::statfs(path)?.f_flags as u32 & LOCAL != 0;
    Ok((!local).then_some("a network file system"))
}

/// What a network file system calls itself, if `path` lies on one.
///
/// # Errors
/// `InvalidInput` for a path that does not begin with a drive or a server.
#[cfg(windows)]
pub fn network(path: &Path) -> io::Result<Option<&'static str>> {
    use std::path::{Component, Prefix};
    use windows_sys::Win32::Storage::FileSystem::GetDriveTypeW;
    use windows_sys::Win32::System::WindowsProgramming::DRIVE_REMOTE;
    let Some(Component::Prefix(prefix)) = path.components().next() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path has neither drive nor server"));
    };
    let drive = match prefix.kind() {
        Prefix::UNC(..) | Prefix::VerbatimUNC(..) => return Ok(Some("SMB")),
        Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => letter,
        Prefix::Verbatim(_) | Prefix::DeviceNS(_) => return Ok(None),
    };
    let root = [u16::from(drive), u16::from(b':'), u16::from(b'\\'), 0];
    // SAFETY: a NUL-terminated text that lives until the call returns.
    let kind = unsafe { GetDriveTypeW(root.as_ptr()) };
    Ok((kind == DRIVE_REMOTE).then_some("SMB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        for (magic, name) in [
            (0x6969, Some("NFS")),
            (0xFF53_4D42, Some("SMB")),
            (0xFFFF_FFFF_FF53_4D42, Some("SMB")),
            (0xEF53, None),
            (0x9123_683E, None),
        ] {
            assert_eq!(of_magic(magic), name, "{magic:x}");
        }
    }

    #[test]
    fn a_resolved_path_looks_as_people_write_it() {
        for (path, shown) in [
            (r"\\?\C:\Users\me\token.json", Some(r"C:\Users\me\token.json")),
            (r"\\?\UNC\server\share\token.json", Some(r"\\server\share\token.json")),
            (r"\\?\Volume{1}\token.json", None),
            (r"C:\token.json", None),
            ("/home/me/token.json", None),
        ] {
            assert_eq!(without_marker(path).as_deref(), shown, "{path}");
        }
    }

    #[test]
    fn only_a_long_path_keeps_its_marker() {
        let path = |length: usize| format!(r"C:\{}", "x".repeat(length - r"C:\".len()));
        assert_eq!(without_marker(&format!(r"\\?\{}", path(239))), Some(path(239)));
        assert_eq!(without_marker(&format!(r"\\?\{}", path(240))), None);
    }

    #[cfg(windows)]
    #[test]
    fn a_share_lies_on_another_machine() {
        for path in [r"\\server\share\token.json", r"\\?\UNC\server\share\token.json"] {
            assert_eq!(network(Path::new(path)).expect("known by its path"), Some("SMB"), "{path}");
        }
        for path in [r"C:\token.json", r"\\?\C:\token.json", r"\\?\Volume{1}\token.json"] {
            assert_eq!(network(Path::new(path)).expect("known by its path"), None, "{path}");
        }
        assert_eq!(network(Path::new("token.json")).expect_err("no place").kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn the_temporary_folder_is_on_this_machine() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let folder = resolve(folder.path()).expect("there");
        assert_eq!(network(&folder).expect("asked"), None);
    }
}
