//! Token files: reading them, and putting the new token of a service account in the old one's place.
//!
//! A service account's token is replaced at each use, and the old one is dead at once. So whoever uses such a file holds the
//! lock beside it from reading to saving ([`lock`]), and saves by a protocol that survives kills and power cuts ([`save`]).
//! What is in the file is told by its content ([`content`]); a save changes nothing but the token and who wrote it when.

mod clixml;
mod content;
mod encoding;
mod form;
mod journal;
pub(crate) mod json;
mod lock;
#[cfg(test)]
mod power_cut;
mod replacing;
mod report;
mod save;
mod saving;
mod secure_text;
mod storage;

use std::io;
use std::path::{Path, PathBuf};

use vcd_os::protection::{self, Account};
use vcd_os::{file_system, regular_file};

use crate::secret::{ApiToken, looks_like_bearer, looks_like_token};
use crate::{Failure, FailureKind};

pub(crate) use content::WRITER;
pub use form::TokenFileForm;
pub(crate) use lock::FileLock;
pub(crate) use replacing::{Kept, Locked, Prepared};
pub use report::TokenFileReport;
pub use saving::{NewTokenFile, save_token_file};

use content::{Content, Kind, Unfit};
use storage::{Disk, Place, Storage};

/// A token file as it was read, without its lock.
#[derive(Debug)]
pub(crate) struct TokenFile {
    /// Without symbolic links.
    path: PathBuf,
    content: Content,
    handling: Handling,
    readable_by_others: bool,
}

/// How the file is to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Handling {
    /// The token may be replaced: lock, journal, save.
    Replace,
    /// The token stays as it is, so that the file needs no lock.
    Keep,
    /// The file does not say which, and cannot be written, for this reason: used as it is.
    CannotReplace(String),
}

impl TokenFile {
    /// Reads a token file. Symbolic links are resolved here, once.
    ///
    /// # Errors
    /// `TokenFileNotFound`, `TokenFileUnreadable`, `TokenFileInvalid`, `TokenFileUnsafe`; `TokenFileNotWritable` if the file
    /// must be written and cannot.
    pub(crate) fn read(given: &Path) -> Result<Self, Failure> {
        let path = file_system::resolve(given).map_err(|error| not_opened(given, &error))?;
        let file = regular_file::open_for_reading(&path).map_err(|error| not_opened(&path, &error))?;
        let not_read = |error| not_opened(&path, &error);
        let own = Account::own().map_err(not_read)?;
        refuse_shared_folder(&path, &own)?;
        if let Some(who) = protection::foreign_writer(&path, &own).map_err(not_read)? {
            let why = format!("can be changed by {who}; nothing was sent");
            return Err(failure(FailureKind::TokenFileUnsafe, &path, &why));
        }
        let bytes = storage::read_all(&file).map_err(not_read)?;
        let content = Content::read(&bytes).map_err(|unfit| unfit_file(&path, unfit))?;
        let handling = handling(&path, content.kind(), protection::names(&file).map_err(not_read)?)?;
        let readable_by_others = protection::readable_by_others(&path, &own).map_err(not_read)?;
        Ok(TokenFile { path, content, handling, readable_by_others })
    }

    /// The file, without symbolic links.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The token as it was when the file was read.
    pub(crate) fn token(&self) -> &ApiToken {
        self.content.token()
    }

    /// How the file is to be used.
    pub(crate) fn handling(&self) -> &Handling {
        &self.handling
    }

    /// What there is to tell about the file before anything has happened to it.
    pub(crate) fn report(&self) -> TokenFileReport {
        let mut report = TokenFileReport::new(&self.path);
        if self.readable_by_others {
            report.warn("Other accounts of this machine can read the token file; take that right away from them.");
        }
        if let Handling::CannotReplace(why) = &self.handling {
            report.note(format!("The token file is used as it is, and not written: {why}."));
        }
        report
    }
}

/// Whoever can write the folder can put another file into the token file's place.
fn refuse_shared_folder(path: &Path, own: &Account) -> Result<(), Failure> {
    match protection::foreign_writer(folder_of(path), own).map_err(|error| not_opened(path, &error))? {
        None => Ok(()),
        Some(who) => {
            let why = format!("lies in a folder that can be changed by {who}; nothing was sent");
            Err(failure(FailureKind::TokenFileUnsafe, path, &why))
        }
    }
}

/// The folder of a file. Only the root of the file system has no parent, and that is no file.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// A file that says that its token is replaced has to take the new one; one that does not say is then used as it is.
fn handling(path: &Path, kind: Kind, names: u64) -> Result<Handling, Failure> {
    if kind == Kind::Lasting {
        return Ok(Handling::Keep);
    }
    let network = file_system::network(path).map_err(|error| not_opened(path, &error))?;
    let (problem, why) = match (network, names, regular_file::open_for_writing(path)) {
        (Some(name), _, _) => {
            let why = format!("lies on {name}, where a lock may not keep other machines out");
            (FailureKind::TokenFileUnsafe, why)
        }
        (None, 2.., _) => {
            let why = "has a second name (a hard link), under which the dead token would stay".to_owned();
            (FailureKind::TokenFileUnsafe, why)
        }
        (None, _, Err(error)) => (FailureKind::TokenFileNotWritable, format!("cannot be written ({error})")),
        (None, _, Ok(_)) => return Ok(Handling::Replace),
    };
    if kind == Kind::Rotating {
        let why = format!("{why}; its token is replaced at each use, so nothing was sent");
        return Err(failure(problem, path, &why));
    }
    refuse_left_journal(path, problem, &why)?;
    Ok(Handling::CannotReplace(format!("it {why}")))
}

/// A file that is to be used as it is must not be if a journal beside it may hold the token that works.
fn refuse_left_journal(path: &Path, problem: FailureKind, why: &str) -> Result<(), Failure> {
    let disk = Disk::new(path);
    match disk.read(Place::Journal) {
        Ok(None) => Ok(()),
        Ok(Some(_)) | Err(_) => {
            let journal = disk.path(Place::Journal);
            let why =
                format!("{why}, and an earlier run left its new token in {}; nothing was sent", journal.display());
            Err(failure(problem, path, &why))
        }
    }
}

/// A failure about a token file; `why` follows the file's name.
fn failure(kind: FailureKind, path: &Path, why: &str) -> Failure {
    Failure::new(kind, format!("The token file {} {why}.", path.display()))
}

fn not_opened(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => not_found(path),
        _ => failure(FailureKind::TokenFileUnreadable, path, &format!("cannot be read: {error}")),
    }
}

/// The path may be a token in the wrong place, which nobody must read in an error; and the only living token may lie beside it.
fn not_found(path: &Path) -> Failure {
    let journal = Disk::new(path).path(Place::Journal);
    if is_secret(path) {
        let message = "What was given as the path of a token file looks like a token, and is not repeated here; there is no such file.";
        return Failure::new(FailureKind::TokenFileNotFound, message).with_action(
            "Give the path of a file that holds the token. Revoke this token if others can read the command line that it stood in.",
        );
    }
    if journal.exists() {
        let why = format!(
            "is not there, but {}, which an earlier run left beside it, may hold the only token that still works",
            journal.display()
        );
        return failure(FailureKind::TokenFileNotFound, path, &why).with_action(
            "Do not remove that file. Put the token file back as it was, from a copy: the next run takes the token from there. Or take it out by hand (docs/troubleshooting.md, what lies beside a token file).",
        );
    }
    failure(FailureKind::TokenFileNotFound, path, "is not there")
}

/// Whether the last part of a path is most likely an API token or a bearer.
fn is_secret(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    looks_like_token(name) || looks_like_bearer(name)
}

fn unfit_file(path: &Path, unfit: Unfit) -> Failure {
    let Unfit { kind, mut why, foreign } = unfit;
    if foreign {
        let known = |account: io::Result<String>| account.unwrap_or_else(|_| "an unknown account".to_owned());
        let own = Account::own().map(|own| own.to_string());
        let (owner, own) = (known(protection::owner(path)), known(own));
        why = format!("{why}. The file belongs to {owner}; this is {own}");
    }
    failure(kind, path, &why)
}
