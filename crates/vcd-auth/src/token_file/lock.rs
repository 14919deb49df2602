//! Waiting for the lock beside a token file.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use vcd_os::LockFile;

use super::journal::{self, Journal};
use super::storage::{Disk, Place, Storage, beside};
use super::{content, failure};
use crate::retry::jitter;
use crate::{Failure, FailureKind};

/// The pauses between two looks at the lock; the first is the shortest, and none is longer than the last.
const PAUSES: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(50)];

/// Why the lock was not taken.
pub(super) enum NotLocked {
    /// Somebody else has it for too long.
    Held(Failure),
    /// It cannot be had at all.
    Impossible(io::Error),
}

/// Takes the lock of the token file at `path`, waiting for at most `limit`.
pub(super) async fn take(path: &Path, limit: Duration) -> Result<LockFile, NotLocked> {
    let end = Instant::now() + limit;
    let mut lock = LockFile::open(&beside(path, ".vcd-lock")).map_err(NotLocked::Impossible)?;
    let mut pause = PAUSES[0];
    while !lock.try_lock().map_err(NotLocked::Impossible)? {
        if Instant::now() >= end {
            return Err(NotLocked::Held(held(path, &mut lock, limit)));
        }
        tokio::time::sleep(pause.mul_f64(0.5 + jitter() / 2.0)).await;
        pause = (pause * 2).min(PAUSES[1]);
    }
    let note = format!("process {} since {}", std::process::id(), content::timestamp(OffsetDateTime::now_utc()));
    // Only a help for those who wait; a disk too full for it is noticed by the save.
    let _ = lock.write_note(&note);
    Ok(lock)
}

/// The failure that names the holder, if it can be known.
fn held(path: &Path, lock: &mut LockFile, limit: Duration) -> Failure {
    let note = lock.read_note().ok().filter(|note| note.starts_with("process ") && !note.contains(char::is_control));
    let holder = note.or_else(|| match journal::read(&Disk::new(path).read(Place::Journal).ok()??) {
        Journal::Intent(intent) | Journal::Answered(intent, _) => {
            Some(format!("process {} since {}", intent.process, intent.time))
        }
        Journal::Unfinished | Journal::Damaged => None,
    });
    let holder = holder.unwrap_or_else(|| "another process".to_owned());
    let why = format!("is in use by {holder}; its lock was waited for {limit:?}, and nothing was sent");
    failure(FailureKind::TokenFileLocked, path, &why)
}
