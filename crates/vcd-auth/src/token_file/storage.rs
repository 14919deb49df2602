//! The few things that a save does to a disk. Behind a trait, so that a test can take the power away between any two.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use vcd_os::protection::{self, Account};
use vcd_os::{durable, private_file, regular_file};
use zeroize::Zeroizing;

use super::content;

/// The files that a save works on; they lie in one folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// The token file itself.
    Token,
    /// What tells the next run of this one.
    Journal,
    /// The new token file until it takes the old one's place.
    Replacement,
}

/// What stands in the way of a save.
#[derive(Debug)]
pub(super) struct Obstacle {
    /// The file that is meant; the names in the folder if none.
    pub(super) place: Option<Place>,
    pub(super) error: io::Error,
}

impl Obstacle {
    /// Something about this file.
    pub(super) fn at(place: Place) -> impl Fn(io::Error) -> Self {
        move |error| Obstacle { place: Some(place), error }
    }

    /// Something about the folder.
    pub(super) fn in_folder(error: io::Error) -> Self {
        Obstacle { place: None, error }
    }
}

/// A disk. Nothing is durable before [`Storage::sync`] for content and [`Storage::sync_names`] for names has returned.
pub(super) trait Storage {
    /// An open file.
    type File;

    /// The content of a file, `None` if it is not there.
    fn read(&self, place: Place) -> io::Result<Option<Zeroizing<Vec<u8>>>>;

    /// Makes a new private file with this content; what an earlier run left in its place is removed before.
    fn create(&self, place: Place, content: &[u8]) -> io::Result<Self::File>;

    /// Opens a file that is there, for writing over it.
    fn open(&self, place: Place) -> io::Result<Self::File>;

    /// Makes the file belong to whom the token file belongs to, and as readable.
    fn protect_as_token(&self, file: &Self::File) -> io::Result<()>;

    /// Writes over a part of the file, in one call of the system.
    fn write_at(&self, file: &Self::File, content: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file off at this length.
    fn cut(&self, file: &Self::File, length: u64) -> io::Result<()>;

    /// Makes the file's content durable.
    fn sync(&self, file: &Self::File) -> io::Result<()>;

    /// Puts one file into another's place.
    fn rename(&self, from: Place, to: Place) -> io::Result<()>;

    /// Makes the names in the folder durable.
    fn sync_names(&self) -> io::Result<()>;

    /// Removes a file, if it is there.
    fn remove(&self, place: Place) -> io::Result<()>;

    /// Puts what somebody may want to have into a private file of its own, under a name that is not taken, and tells which.
    /// It is durable then.
    fn set_aside(&self, content: &[u8]) -> io::Result<PathBuf>;
}

/// The real disk, beside a token file.
#[derive(Debug)]
pub(super) struct Disk {
    token: PathBuf,
}

impl Disk {
    /// `token` has no symbolic link in it.
    pub(super) fn new(token: &Path) -> Self {
        Disk { token: token.to_owned() }
    }

    /// The path of a place.
    pub(super) fn path(&self, place: Place) -> PathBuf {
        match place {
            Place::Token => self.token.clone(),
            Place::Journal => beside(&self.token, ".vcd-pending"),
            Place::Replacement => beside(&self.token, ".vcd-new"),
        }
    }

    /// The path of the lock, which belongs to no data.
    pub(super) fn lock(&self) -> PathBuf {
        beside(&self.token, ".vcd-lock")
    }
}

/// The token file's path with something behind its name.
fn beside(token: &Path, ending: &str) -> PathBuf {
    let mut path = token.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Reads a whole file into memory that is wiped; at most a little more than any token file has.
pub(super) fn read_all(file: &File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut content = Zeroizing::new(Vec::with_capacity(content::LIMIT + 1));
    file.take(content::LIMIT as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

impl Storage for Disk {
    type File = File;

    fn read(&self, place: Place) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        match regular_file::open_for_reading(&self.path(place)) {
            Ok(file) => read_all(&file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, place: Place, content: &[u8]) -> io::Result<File> {
        self.remove(place)?;
        let file = private_file::create_empty(&self.path(place), &Account::own()?)?;
        write_all_at(&file, content, 0)?;
        Ok(file)
    }

    fn open(&self, place: Place) -> io::Result<File> {
        regular_file::open_for_writing(&self.path(place))
    }

    fn protect_as_token(&self, file: &File) -> io::Result<()> {
        protection::copy(&self.token, file)
    }

    fn write_at(&self, file: &File, content: &[u8], offset: u64) -> io::Result<()> {
        write_all_at(file, content, offset)
    }

    fn cut(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: Place, to: Place) -> io::Result<()> {
        durable::replace(&self.path(from), &self.path(to))
    }

    fn sync_names(&self) -> io::Result<()> {
        durable::sync_folder(self.token.parent().unwrap_or(Path::new(".")))
    }

    fn remove(&self, place: Place) -> io::Result<()> {
        match fs::remove_file(self.path(place)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn set_aside(&self, content: &[u8]) -> io::Result<PathBuf> {
        let names = (1..).map(|number| beside(&self.token, &format!(".vcd-aside-{number}")));
        let free = names.into_iter().find(|path| fs::symlink_metadata(path).is_err());
        let free = free.ok_or(io::ErrorKind::AlreadyExists)?;
        private_file::create(&free, content, &Account::own()?)?;
        Ok(free)
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, content: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, content, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, content: &[u8], offset: u64) -> io::Result<()> {
    let mut written = 0;
    while written < content.len() {
        let offset = offset + written as u64;
        match std::os::windows::fs::FileExt::seek_write(file, &content[written..], offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            more => written += more,
        }
    }
    Ok(())
}
