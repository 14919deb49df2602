//! The protocol by which a new token gets to the disk, whatever happens on the way.
//!
//! Before the token is sent, everything that can fail is tried: the journal and the new file are made at their full length,
//! with the owner and mode that they will have, and the journal is durable. The new token is written into the journal in one
//! call as soon as there is one, and then into the new file, which takes the old one's place. The journal is removed last.
//! A run that ends in between leaves a journal from which the next run goes on ([`recover`]).

use std::io;
use std::path::PathBuf;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::content::{self, Content, Unfit};
use super::journal::{self, Intent, Journal};
use super::json;
use super::storage::{Obstacle, Place, Storage};
use crate::secret::{ApiToken, Secret};

/// A token file that the caller holds the lock of, and what an earlier run left beside it.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) content: Content,
    /// The file as it is on the disk.
    bytes: Zeroizing<Vec<u8>>,
    /// A run that may have sent this token, and that ended without saving an answer. Its journal is still there.
    pub(super) unanswered: Option<Intent>,
    /// The token came out of an earlier run's journal.
    pub(super) adopted: bool,
    pub(super) set_aside: Option<SetAside>,
}

/// What an earlier run left, that may be of worth and cannot be used here.
#[derive(Debug)]
pub(super) enum SetAside {
    /// A token that replaces another one than the file's, in a token file of its own.
    Token(PathBuf),
    /// A journal that is no whole one.
    Damaged(PathBuf),
}

/// Why a token file and what lies beside it cannot be used.
#[derive(Debug)]
pub(super) enum Trouble {
    Missing,
    Unfit(Unfit),
    Unreadable(io::Error),
    /// What an earlier run left in its journal cannot be read, moved or removed.
    Journal(io::Error),
    /// An earlier run's new token cannot be put into the file.
    NotAdopted(Obstacle),
}

/// Reads the token file and finishes what an earlier run left. The caller holds the lock.
pub(super) fn recover(storage: &impl Storage) -> Result<Recovered, Trouble> {
    let (content, bytes) = read(storage)?;
    let mut recovered = Recovered { content, bytes, unanswered: None, adopted: false, set_aside: None };
    let Some(left) = storage.read(Place::Journal).map_err(Trouble::Journal)? else { return Ok(recovered) };
    let current = recovered.content.token().secret().fingerprint();
    match journal::read(&left) {
        Journal::Answered(intent, new) if intent.old_token == current => {
            adopt(storage, &mut recovered, &new).map_err(Trouble::NotAdopted)?;
        }
        // The run got as far as the new file, and not to the end of its journal.
        Journal::Answered(_, new) if new.secret() == recovered.content.token().secret() => {
            storage.remove(Place::Journal).map_err(Trouble::Journal)?;
        }
        Journal::Intent(intent) if intent.old_token == current => recovered.unanswered = Some(intent),
        // Nothing was sent, or somebody has put another token into the file since.
        Journal::Unfinished | Journal::Intent(_) => {}
        // It holds a token, or did: nothing that may be of worth is thrown away.
        Journal::Answered(_, new) => {
            let aside = set_token_aside(storage, &new).map_err(Trouble::Journal)?;
            recovered.set_aside = Some(SetAside::Token(aside));
        }
        Journal::Damaged(intent) => {
            let aside = storage.set_aside(&left).map_err(Trouble::Journal)?;
            recovered.set_aside = Some(SetAside::Damaged(aside));
            recovered.unanswered = intent.filter(|intent| intent.old_token == current);
            match &recovered.unanswered {
                Some(intent) => storage.create(Place::Journal, &journal::before(intent)).map(drop),
                None => storage.remove(Place::Journal),
            }
            .map_err(Trouble::Journal)?;
        }
    }
    Ok(recovered)
}

/// Puts the token of a journal into a token file of its own, in place of the journal.
fn set_token_aside(storage: &impl Storage, token: &ApiToken) -> io::Result<PathBuf> {
    let content = json::new_file(json::SERVICE_ACCOUNT, token.secret(), OffsetDateTime::now_utc());
    let aside = storage.set_aside(&content)?;
    storage.remove(Place::Journal)?;
    Ok(aside)
}

fn read(storage: &impl Storage) -> Result<(Content, Zeroizing<Vec<u8>>), Trouble> {
    let bytes = storage.read(Place::Token).map_err(Trouble::Unreadable)?.ok_or(Trouble::Missing)?;
    let content = Content::read(&bytes).map_err(Trouble::Unfit)?;
    Ok((content, bytes))
}

/// Puts the new token of a journal into the file.
fn adopt<S: Storage>(storage: &S, recovered: &mut Recovered, new: &ApiToken) -> Result<(), Obstacle> {
    let of_replacement = Obstacle::at(Place::Replacement);
    let bytes = recovered.content.with_token(new.secret(), OffsetDateTime::now_utc()).map_err(&of_replacement)?;
    let replacement = prepare_replacement(storage, &bytes).map_err(&of_replacement)?;
    finish(storage, &replacement, true).map_err(&of_replacement)?;
    let content = Content::read(&bytes).map_err(|unfit| of_replacement(io::Error::other(unfit.why)))?;
    (recovered.content, recovered.bytes, recovered.adopted) = (content, bytes, true);
    Ok(())
}

/// Makes the new file, not durable yet.
fn prepare_replacement<S: Storage>(storage: &S, content: &[u8]) -> io::Result<S::File> {
    let replacement = storage.create(Place::Replacement, &[])?;
    storage.protect_as_token(&replacement)?;
    storage.write_at(&replacement, content, 0)?;
    Ok(replacement)
}

/// Puts the new file, which is written, into the token file's place. The old name must be gone for good before the journal
/// is; whether that holds the new token tells `journaled`.
fn finish<S: Storage>(storage: &S, replacement: &S::File, journaled: bool) -> io::Result<()> {
    storage.sync(replacement)?;
    storage.rename(Place::Replacement, Place::Token)?;
    match storage.sync_names() {
        // Whoever finds the journal nevertheless sees by the file that its work is done.
        Ok(()) => drop(storage.remove(Place::Journal)),
        // The new name may be gone after a power cut; then the journal is still there.
        Err(_) if journaled => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Makes journal and new file, durable, with the old content in place of the new one, which is about as long.
fn make_files<S: Storage>(
    storage: &S,
    content: &[u8],
    intent: &Intent,
    inherited: bool,
) -> Result<(S::File, S::File), Obstacle> {
    let replacement = prepare_replacement(storage, content);
    let replacement = replacement.and_then(|file| storage.sync(&file).map(|()| file));
    let replacement = replacement.map_err(Obstacle::at(Place::Replacement))?;
    let journal = match inherited {
        true => storage.open(Place::Journal),
        false => storage.create(Place::Journal, &journal::before(intent)),
    };
    let journal = journal.and_then(|file| storage.sync(&file).map(|()| file)).map_err(Obstacle::at(Place::Journal))?;
    storage.sync_names().map_err(Obstacle::in_folder)?;
    Ok((journal, replacement))
}

/// A save that is prepared: the token may be sent now. The caller holds the lock.
#[derive(Debug)]
pub(super) struct Save<S: Storage> {
    storage: S,
    content: Content,
    bytes: Zeroizing<Vec<u8>>,
    intent: Intent,
    /// The intent is an earlier run's, which may have sent the token before.
    inherited: bool,
    journal: S::File,
    replacement: S::File,
}

/// Where a new token is.
#[derive(Debug)]
pub(super) enum Saved {
    InFile,
    /// In the journal, from which the next run takes it; why it could not be put into the file.
    InJournal(io::Error),
    /// In a file of its own, because another program has changed the token file meanwhile.
    Aside(PathBuf),
    Nowhere(io::Error),
}

/// Why a new token did not get into the file.
enum NotReplaced {
    /// Somebody who knows nothing of the lock has written the file meanwhile; theirs may be the better token.
    ChangedByOthers,
    Failed(io::Error),
}

impl From<io::Error> for NotReplaced {
    fn from(error: io::Error) -> Self {
        NotReplaced::Failed(error)
    }
}

impl<S: Storage> Save<S> {
    /// Makes journal and new file.
    ///
    /// # Errors
    /// What stands in the way. Nothing is left behind that was not there before.
    pub(super) fn prepare(storage: S, recovered: Recovered) -> Result<Self, Obstacle> {
        let Recovered { content, bytes, unanswered, .. } = recovered;
        let inherited = unanswered.is_some();
        let intent = unanswered.unwrap_or_else(|| Intent {
            process: std::process::id(),
            time: content::timestamp(OffsetDateTime::now_utc()),
            old_token: content.token().secret().fingerprint(),
        });
        match make_files(&storage, &bytes, &intent, inherited) {
            Ok((journal, replacement)) => Ok(Save { storage, content, bytes, intent, inherited, journal, replacement }),
            Err(error) => {
                clear(&storage, inherited);
                Err(error)
            }
        }
    }

    /// The token that is to be sent.
    pub(super) fn token(&self) -> &ApiToken {
        self.content.token()
    }

    /// An earlier run that may have sent the token before.
    pub(super) fn earlier_run(&self) -> Option<&Intent> {
        self.inherited.then_some(&self.intent)
    }

    /// Keeps a new token: in the journal first, then in the file.
    pub(super) fn keep(self, new: &ApiToken) -> Saved {
        let journaled = self.write_answer(new);
        let Err(problem) = self.replace(new.secret(), journaled.is_ok()) else { return Saved::InFile };
        // Half a token file, or a whole one that nobody would look for.
        let _ = self.storage.remove(Place::Replacement);
        let error = match problem {
            NotReplaced::Failed(error) => error,
            NotReplaced::ChangedByOthers => match set_token_aside(&self.storage, new) {
                Ok(path) => return Saved::Aside(path),
                Err(_) => io::Error::other("another program changed the file meanwhile"),
            },
        };
        if journaled.is_ok() && self.is_in_journal(new) { Saved::InJournal(error) } else { Saved::Nowhere(error) }
    }

    /// Whether the next run would find the token: the journal that was written may have no name any more.
    fn is_in_journal(&self, new: &ApiToken) -> bool {
        let journal = self.storage.read(Place::Journal).ok().flatten();
        let found = journal.map(|journal| journal::read(&journal));
        matches!(found, Some(Journal::Answered(_, found)) if found.secret() == new.secret())
    }

    /// The first thing that happens to a new token. A kill after the first call loses nothing, a power cut after the second.
    fn write_answer(&self, new: &ApiToken) -> io::Result<()> {
        let answer = journal::answer(&self.intent, new).ok_or(io::ErrorKind::InvalidData)?;
        self.storage.write_at(&self.journal, &answer, journal::ANSWER_AT as u64)?;
        self.storage.sync(&self.journal)
    }

    fn replace(&self, new: &Secret, journaled: bool) -> Result<(), NotReplaced> {
        if self.storage.read(Place::Token)?.is_none_or(|now| *now != *self.bytes) {
            return Err(NotReplaced::ChangedByOthers);
        }
        let content = self.content.with_token(new, OffsetDateTime::now_utc())?;
        self.storage.write_at(&self.replacement, &content, 0)?;
        self.storage.cut(&self.replacement, content.len() as u64)?;
        Ok(finish(&self.storage, &self.replacement, journaled)?)
    }

    /// Clears away what was prepared: the token was answered and not replaced.
    pub(super) fn discard(self) {
        clear(&self.storage, false);
    }

    /// Clears away what this run prepared: its token was not used up by it.
    pub(super) fn withdraw(self) {
        clear(&self.storage, self.inherited);
    }

    /// Leaves the intent on the disk: the token may have been replaced, and the answer is lost.
    pub(super) fn leave(self) {
        clear(&self.storage, true);
    }
}

/// Removes what is not needed any more. What cannot be removed is cleared away by the next run.
fn clear(storage: &impl Storage, keep_journal: bool) {
    let _ = storage.remove(Place::Replacement);
    if !keep_journal {
        let _ = storage.remove(Place::Journal);
    }
}
