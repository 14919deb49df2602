//! The lock beside a token file: waited for in line within this process, and then among processes.
//!
//! A crowd at a slow site is no reason to give up, so what is waited for is that something happens: patience begins anew
//! whenever the lock changes hands, and only a holder who hangs makes an end of it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use time::OffsetDateTime;
use tokio::sync::OwnedMutexGuard;
use vcd_os::LockFile;

use super::journal::{self, Journal};
use super::storage::{Disk, Place, Storage};
use super::{content, failure};
use crate::retry::jitter;
use crate::{Failure, FailureKind};

/// The pauses between two looks at the lock; the first is the shortest, and none is longer than the last.
const PAUSES: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(50)];
/// However much happens, no caller waits longer than so many times its patience.
const LONGEST: u32 = 10;

/// A holder that is no other process.
const OWN: &str = "another call of this process";

/// The lock of a token file. Dropping it gives it to the next.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: LockFile,
    /// Behind the lock, so that the next in line finds that free.
    _turn: OwnedMutexGuard<()>,
    _line: Arc<Line>,
}

/// Why the lock was not taken.
pub(super) enum NotLocked {
    /// Somebody else has it for too long.
    Held(Failure),
    /// It cannot be had at all.
    Impossible(io::Error),
}

/// The calls of this process that want one file.
#[derive(Debug, Default)]
struct Line {
    /// Passed on in the order in which they came.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// How often the lock was seen to change hands.
    moves: AtomicU64,
}

/// The lines in which somebody stands.
static LINES: Lazy<Mutex<HashMap<PathBuf, Arc<Line>>>> = Lazy::new(Mutex::default);

impl Line {
    /// The line at the token file at `path`.
    fn at(path: &Path) -> Arc<Self> {
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.retain(|_, line| Arc::strong_count(line) > 1);
        Arc::clone(lines.entry(path.to_owned()).or_default())
    }

    fn moves(&self) -> u64 {
        self.moves.load(Ordering::SeqCst)
    }

    fn has_moved(&self) {
        self.moves.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits for a turn; `None` if patience has come to its end.
    async fn turn(&self, patience: &mut Patience) -> Option<OwnedMutexGuard<()>> {
        let mut turn = pin!(Arc::clone(&self.turn).lock_owned());
        let mut moves = self.moves();
        loop {
            match tokio::time::timeout(PAUSES[1], &mut turn).await {
                Ok(turn) => return Some(turn),
                Err(_) if self.moves() != moves => {
                    moves = self.moves();
                    patience.begins_anew();
                }
                Err(_) => {}
            }
            if patience.is_over() {
                return None;
            }
        }
    }
}

/// How long one caller goes on waiting.
struct Patience {
    limit: Duration,
    since: Instant,
    end: Instant,
}

impl Patience {
    fn of(limit: Duration) -> Self {
        let now = Instant::now();
        Patience { limit, since: now, end: now + limit * LONGEST }
    }

    fn begins_anew(&mut self) {
        self.since = Instant::now();
    }

    fn is_over(&self) -> bool {
        self.since.elapsed() >= self.limit || Instant::now() >= self.end
    }

    /// How long was waited in vain, in seconds.
    fn waited(&self) -> f64 {
        let waited = if Instant::now() >= self.end { self.limit * LONGEST } else { self.limit };
        waited.as_secs_f64()
    }
}

/// Takes the lock of the token file at `path`. Gives up if nothing happens for as long as `patience`; `nothing_done` says in the
/// failure what has not been done.
pub(super) async fn take(path: &Path, patience: Duration, nothing_done: &str) -> Result<FileLock, NotLocked> {
    let mut patience = Patience::of(patience);
    let line = Line::at(path);
    let others = line.turn.try_lock().is_err();
    let Some(turn) = line.turn(&mut patience).await else {
        // It may itself wait for another process.
        let holder = LockFile::open(&Disk::new(path).lock()).ok().and_then(|mut file| holder(path, &mut file));
        let holder = holder.as_deref().unwrap_or(OWN);
        return Err(NotLocked::Held(held(holder, path, &patience, nothing_done)));
    };
    let mut file = LockFile::open(&Disk::new(path).lock()).map_err(NotLocked::Impossible)?;
    let mut pause = PAUSES[0];
    if others {
        // Whoever has just had the lock passes it on at once; other processes look only now and then, and shall have a chance.
        pause = PAUSES[1];
        sleep(pause).await;
    }
    let mut seen = None;
    while !file.try_lock().map_err(NotLocked::Impossible)? {
        let holder = holder(path, &mut file);
        // The one that is found there may have hung since the line began.
        let before = seen.get_or_insert_with(|| holder.clone());
        if *before != holder {
            before.clone_from(&holder);
            line.has_moved();
            patience.begins_anew();
        }
        if patience.is_over() {
            let holder = holder.as_deref().unwrap_or("another process");
            return Err(NotLocked::Held(held(holder, path, &patience, nothing_done)));
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES[1]);
    }
    line.has_moved();
    let note = format!("process {} since {}", std::process::id(), content::timestamp(OffsetDateTime::now_utc()));
    // Only a help for those who wait; a disk too full for it is noticed by the save.
    let _ = file.write_note(&note);
    Ok(FileLock { _file: file, _turn: turn, _line: line })
}

async fn sleep(pause: Duration) {
    tokio::time::sleep(pause.mul_f64(0.5 + jitter() / 2.0)).await;
}

/// Who has the lock, if that can be known.
fn holder(path: &Path, lock: &mut LockFile) -> Option<String> {
    let note = lock.read_note().ok().filter(|note| note.starts_with("process ") && !note.contains(char::is_control));
    note.or_else(|| match journal::read(&Disk::new(path).read(Place::Journal).ok()??) {
        Journal::Intent(intent) | Journal::Answered(intent, _) => {
            Some(format!("process {} since {}", intent.process, intent.time))
        }
        Journal::Unfinished | Journal::Damaged(_) => None,
    })
}

fn held(holder: &str, path: &Path, patience: &Patience, nothing_done: &str) -> Failure {
    let own = format!("process {} ", std::process::id());
    let holder = if holder.starts_with(&own) { OWN } else { holder };
    let why = format!("is in use by {holder}; its lock was waited for {} s, and {nothing_done}", patience.waited());
    failure(FailureKind::TokenFileLocked, path, &why)
}
