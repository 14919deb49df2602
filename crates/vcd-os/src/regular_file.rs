//! Opening what is a file and nothing else, without ever waiting for it.

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Opens an existing file. `path` must not end in a symbolic link: resolve links before, once.
///
/// # Errors
/// `IsADirectory` for a folder and `InvalidInput` for a named pipe, a device, a socket or a link, with a message that says
/// which; otherwise those of the operating system.
pub fn open_for_reading(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true))
}

/// Opens an existing file for writing and leaves it as it is: tells whether this account may change it.
///
/// # Errors
/// As for [`open_for_reading`].
pub fn open_for_writing(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().write(true))
}

/// Opens a file with `options`, which may create it.
pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Before opening, because opening alone can already have an effect on a device.
    match fs::symlink_metadata(path) {
        Ok(metadata) => refuse_others(&metadata)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let file = without_following(options).open(path)?;
    // And again, because another file may have taken the place meanwhile.
    refuse_others(&file.metadata()?)?;
    Ok(file)
}

fn refuse_others(metadata: &Metadata) -> io::Result<()> {
    let kind = metadata.file_type();
    match () {
        () if kind.is_file() => Ok(()),
        () if kind.is_dir() => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
        () if kind.is_symlink() => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link")),
        () => Err(io::Error::new(io::ErrorKind::InvalidInput, special(kind))),
    }
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if kind.is_fifo() => "it is a named pipe",
        () if kind.is_socket() => "it is a socket",
        () => "it is a device",
    }
}

#[cfg(windows)]
fn special(_: FileType) -> &'static str {
    "it is a device"
}

/// A link that appears at the last moment is not followed, and a pipe that nobody writes to is not waited for.
#[cfg(unix)]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
}

/// A link that appears at the last moment is not followed.
#[cfg(windows)]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::windows::fs::OpenOptionsExt;
    use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_OPEN_REPARSE_POINT;
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let refused = open_for_reading(folder.path()).expect_err("a folder");
        assert_eq!((refused.kind(), refused.to_string()), (io::ErrorKind::IsADirectory, "it is a folder".into()));
        let missing = open_for_reading(&folder.path().join("missing")).expect_err("nothing there");
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    /// Only the flag tells: to show its effect, a link would have to appear at the right moment.
    #[cfg(windows)]
    #[test]
    fn no_link_is_followed_that_appears_late() {
        let mut options = OpenOptions::new();
        let shown = format!("{:?}", without_following(options.read(true)));
        assert!(shown.contains(&0x0020_0000.to_string()), "{shown}");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_sockets_devices_and_links_are_refused_without_waiting() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let at = |name: &str| folder.path().join(name);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .expect("a pipe");
        let _listener = std::os::unix::net::UnixListener::bind(at("socket")).expect("a socket");
        fs::write(at("file"), "x").expect("a file");
        std::os::unix::fs::symlink(at("file"), at("link")).expect("a link");
        for (path, what) in [
            (at("pipe"), "named pipe"),
            (at("socket"), "socket"),
            (at("link"), "symbolic link"),
            ("/dev/null".into(), "device"),
        ] {
            for refused in [open_for_reading(&path), open_for_writing(&path)] {
                let refused = refused.expect_err(what);
                assert!(refused.to_string().contains(what), "{refused}");
            }
        }
        open_for_writing(&at("file")).expect("a file");
        assert_eq!(fs::read(at("file")).expect("readable"), b"x", "opening for writing changes nothing");
    }
}
