//! A token file whose token may be replaced: locked, prepared, saved.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::block_in_place;

use super::content::Kind;
use super::lock::{self, FileLock, NotLocked};
use super::save::{self, Recovered, Save, Saved, SetAside, Trouble};
use super::storage::{Disk, Obstacle, Place};
use super::{TokenFile, TokenFileReport, failure, not_opened, refuse_left_journal, unfit_file};
use crate::progress::Progress;
use crate::secret::{ApiToken, Secret};
use crate::{Failure, FailureKind};

/// A token file under its lock, after what an earlier run left was finished.
#[derive(Debug)]
pub(crate) struct Locked {
    lock: FileLock,
    path: PathBuf,
    recovered: Recovered,
    report: TokenFileReport,
}

impl Locked {
    /// Takes the lock, giving up when it does not change hands for as long as `patience`, and reads the file again: somebody may
    /// have replaced its token meanwhile.
    ///
    /// `Ok(Err(report))` is a file that does not say whether its token is replaced, and that has no place for a lock beside
    /// it: it is used as it is.
    ///
    /// # Errors
    /// `TokenFileLocked`, `TokenFileNotWritable`, and those of [`TokenFile::read`].
    pub(crate) async fn take(file: &TokenFile, patience: Duration) -> Result<Result<Self, TokenFileReport>, Failure> {
        let mut report = file.report();
        let lock = match lock::take(&file.path, patience, "nothing was sent").await {
            Ok(lock) => lock,
            Err(NotLocked::Held(failure)) => return Err(failure),
            Err(NotLocked::Impossible(error)) => {
                without_lock(file, &error)?;
                report.note(format!(
                    "The token file is used as it is, and not written: its folder cannot be written ({error})."
                ));
                return Ok(Err(report));
            }
        };
        let path = file.path.clone();
        let recovered = block_in_place(|| recover(&path, &mut report))?;
        Ok(Ok(Locked { lock, path, recovered, report }))
    }

    /// The token that the file holds now.
    pub(crate) fn token(&self) -> &ApiToken {
        self.recovered.content.token()
    }

    /// What happened until now.
    pub(crate) fn report(&self) -> &TokenFileReport {
        &self.report
    }

    /// What happened, and the lock.
    pub(crate) fn release(self) -> (TokenFileReport, FileLock) {
        (self.report, self.lock)
    }

    /// Prepares the save of a new token; after this the token may be sent.
    ///
    /// # Errors
    /// `TokenFileNotWritable` if a new token could not be saved: no right to, a full disk.
    pub(crate) fn prepare(self, progress: &Progress) -> Result<Prepared, Failure> {
        let Locked { lock, path, recovered, report } = self;
        let rotates = recovered.content.kind() == Kind::Rotating || recovered.adopted || recovered.unanswered.is_some();
        let save = Save::prepare(Disk::new(&path), recovered).map_err(|obstacle| not_prepared(&path, &obstacle))?;
        let token = save.token().clone();
        let pending = Pending { save: Some(save), progress: progress.clone() };
        Ok(Prepared { pending, token, rotates, path, report, lock })
    }
}

/// A token file that is ready for its token to be sent.
#[derive(Debug)]
pub(crate) struct Prepared {
    pending: Pending,
    token: ApiToken,
    /// The file says so, or it was seen.
    rotates: bool,
    path: PathBuf,
    report: TokenFileReport,
    /// The last field: the lock is given back after everything else is done.
    lock: FileLock,
}

/// A save that waits for a new token. Dropping it is safe at any moment: if the token was sent, the next run learns of it.
#[derive(Debug)]
struct Pending {
    /// Until a new token came, or none is to be expected any more.
    save: Option<Save<Disk>>,
    progress: Progress,
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(save) = self.save.take() {
            if self.progress.is_sent() { save.leave() } else { save.withdraw() }
        }
    }
}

/// What became of a new token.
#[derive(Debug)]
pub(crate) enum Kept {
    /// The file holds it.
    InFile,
    /// It is safe beside the file, and the report says where.
    Beside,
    /// It is in no file, for this reason.
    Nowhere(Failure),
}

impl Prepared {
    /// The token to send.
    pub(crate) fn token(&self) -> &ApiToken {
        &self.token
    }

    /// Keeps a new token. To be called right after it was read.
    pub(crate) fn keep(&mut self, new: &Secret) -> Kept {
        let Some(save) = self.pending.save.take() else {
            return Kept::Nowhere(not_saved(&self.path, "a token was saved already"));
        };
        let saved = match ApiToken::parse(new) {
            Ok(new) => save.keep(&new),
            Err(unfit) => {
                save.leave();
                return Kept::Nowhere(not_saved(&self.path, unfit.message().trim_end_matches('.')));
            }
        };
        match saved {
            Saved::InFile => {
                self.report.replaced = true;
                Kept::InFile
            }
            Saved::InJournal(error) => {
                let journal = Disk::new(&self.path).path(Place::Journal);
                self.report.warn(format!(
                    "The new token could not be put into the token file ({error}). It is in {}, and the next run takes it from there.",
                    journal.display()
                ));
                Kept::Beside
            }
            Saved::Aside(path) => {
                self.report.warn(format!(
                    "Another program changed the token file while its token was in use. The new token was not written over that; it is in {}, a token file by itself: put it into the token file's place if what is there now is refused.",
                    path.display()
                ));
                Kept::Beside
            }
            Saved::Nowhere(error) => Kept::Nowhere(not_saved(&self.path, &error.to_string())),
        }
    }

    /// The token works and was not replaced.
    pub(crate) fn not_replaced(&mut self) {
        if let Some(save) = self.pending.save.take() {
            save.discard();
        }
    }

    /// The token was refused, or not sent: whatever an earlier run left stays as it was.
    pub(crate) fn refused(&mut self) {
        if let Some(save) = self.pending.save.take() {
            save.withdraw();
        }
    }

    /// What happened, and the lock. A new token that has not come until now is not expected any more.
    pub(crate) fn release(self) -> (TokenFileReport, FileLock) {
        let Prepared { pending, report, lock, .. } = self;
        drop(pending);
        (report, lock)
    }

    /// A refusal in the light of what an earlier run left. Called before [`Prepared::refused`].
    pub(crate) fn explain(&self, rejected: Failure) -> Failure {
        let rejected = if self.rotates { rejected.with_action(USED_UP) } else { rejected };
        match self.pending.save.as_ref().and_then(Save::earlier_run) {
            None => rejected,
            Some(run) => rejected.and_moreover(&format!(
                "Process {} sent this token at {} and ended before an answer was saved: Cloud Director has most likely replaced the token then, and the new one is lost. Have an administrator authorize the account again.",
                run.process, run.time
            )),
        }
    }

    /// The token was refused. If somebody has put another one into the file although this process has its lock, that is what
    /// comes next.
    pub(crate) fn follow(mut self) -> Result<Box<Locked>, Box<Self>> {
        self.refused();
        match recover(&self.path, &mut self.report) {
            Ok(recovered) if recovered.content.token().secret() != self.token.secret() => {
                self.report.note(
                    "The token file was changed by another program while its token was in use; the new one was taken.",
                );
                let Prepared { path, report, lock, .. } = self;
                Ok(Box::new(Locked { lock, path, recovered, report }))
            }
            // What cannot be read any more brings no other token; the refusal is what is told.
            Ok(_) | Err(_) => Err(Box::new(self)),
        }
    }
}

/// What to do about a dead token that was replaced at each use: the portal makes no new one.
const USED_UP: &str = "The token was used up, by another copy of this file or on another machine, or it was revoked. Have an administrator authorize the account again, and keep its token in one file only.";

/// A file that has no place for a lock beside it is used without, unless its token is replaced at each use or somebody else may
/// hold a lock.
fn without_lock(file: &TokenFile, error: &io::Error) -> Result<(), Failure> {
    let path = &file.path;
    let lock = Disk::new(path).lock();
    let nowhere = matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem);
    if nowhere && file.content.kind() == Kind::Unknown && !lock.exists() && !lock.is_symlink() {
        return refuse_left_journal(path, FailureKind::TokenFileNotWritable, "has no place for a lock beside it");
    }
    let why = format!(
        "was not used, because its lock {} cannot be opened ({error}): it belongs to the account that uses the token file; nothing was sent",
        lock.display()
    );
    Err(failure(FailureKind::TokenFileNotWritable, path, &why))
}

/// Reads the file under its lock and tells what was found.
fn recover(path: &Path, report: &mut TokenFileReport) -> Result<Recovered, Failure> {
    let disk = Disk::new(path);
    let recovered = save::recover(&disk).map_err(|trouble| match trouble {
        Trouble::Missing => not_opened(path, &io::ErrorKind::NotFound.into()),
        Trouble::Unreadable(error) => not_opened(path, &error),
        Trouble::Unfit(unfit) => unfit_file(path, unfit),
        Trouble::Journal(error) => {
            let journal = disk.path(Place::Journal);
            let why = format!(
                "was not used, because what an earlier run left in {} cannot be dealt with ({error}); nothing was sent",
                journal.display()
            );
            failure(FailureKind::TokenFileNotWritable, path, &why)
        }
        Trouble::NotAdopted(obstacle) => {
            let journal = disk.path(Place::Journal);
            let why = format!(
                "does not take the new token that an earlier run left in {}: {}; nothing was sent",
                journal.display(),
                cannot_be_written(&disk, &obstacle)
            );
            failure(FailureKind::TokenFileNotWritable, path, &why)
        }
    })?;
    if recovered.adopted {
        report.replaced = true;
        report.note("An earlier run ended before its new token was in the token file; it is there now.");
    }
    match &recovered.set_aside {
        None => {}
        Some(SetAside::Token(aside)) => report.warn(format!(
            "An earlier run left a token that replaces another one than the token file holds; it is now in {}, a token file by itself: put it into the token file's place if what is there now is refused.",
            aside.display()
        )),
        Some(SetAside::Damaged(aside)) => report.warn(format!(
            "An earlier run was writing a new token down when the power failed or the disk did; what is left of that is now in {}.",
            aside.display()
        )),
    }
    Ok(recovered)
}

fn not_prepared(path: &Path, obstacle: &Obstacle) -> Failure {
    let obstacle = cannot_be_written(&Disk::new(path), obstacle);
    let why = format!("could not take a new token: {obstacle}; nothing was sent");
    failure(FailureKind::TokenFileNotWritable, path, &why)
}

fn cannot_be_written(disk: &Disk, obstacle: &Obstacle) -> String {
    let Obstacle { place, error } = obstacle;
    match place {
        Some(place) => format!("{} cannot be written ({error})", disk.path(*place).display()),
        None => format!("its folder cannot be written ({error})"),
    }
}

fn not_saved(path: &Path, why: &str) -> Failure {
    let why = format!("was used, and its new token could not be put into it ({why})");
    failure(FailureKind::TokenFileNotSaved, path, &why)
}
