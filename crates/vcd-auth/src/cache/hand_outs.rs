//! Who holds which session, so that logging out ends a session only with its last holder.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;

use super::SharedSession;
use crate::route::Route;
use crate::secret::Bearer;
use crate::session::Session;

/// The most hand-outs that are remembered. Beyond it the oldest are forgotten, so that memory does not grow with the number of
/// tokens that pass through a pipeline: they no longer count as holders, and are logged out by their bearer.
const CAPACITY: usize = 4096;

/// The number of one hand-out: the same session handed out twice has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HandOut {
    process: u32,
    number: u64,
}

impl fmt::Display for HandOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{}", self.process, self.number)
    }
}

impl FromStr for HandOut {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (process, number) = text.split_once('-').ok_or(())?;
        let process = u32::from_str_radix(process, 16).map_err(drop)?;
        Ok(HandOut { process, number: number.parse().map_err(drop)? })
    }
}

/// What releasing a hand-out means.
#[derive(Debug)]
pub(crate) enum Release {
    /// It was the last: the session is to be ended.
    Last(Arc<SharedSession>),
    /// So many others hold the session.
    HeldByOthers(usize),
    /// It was released before.
    Again,
    /// It was forgotten: the bearer tells whose it is.
    Forgotten,
    /// Another process made it.
    Foreign,
}

/// A session and how many hold it.
#[derive(Debug, Clone)]
pub struct HeldSession {
    shared: Arc<SharedSession>,
    /// The hand-outs, in the order in which they were made.
    pub hand_outs: Vec<HandOut>,
}

impl HeldSession {
    /// The session.
    pub fn session(&self) -> &Session {
        &self.shared.session
    }

    /// The way on which it was made.
    pub fn route(&self) -> &Route {
        &self.shared.route
    }
}

#[derive(Default)]
struct Ledger {
    next: u64,
    held: HashMap<u64, Arc<SharedSession>>,
    released: HashSet<u64>,
}

/// Tells processes apart; nothing secret hangs on it.
static PROCESS: Lazy<u32> = Lazy::new(|| RandomState::new().hash_one(std::process::id()) as u32);
static LEDGER: Lazy<Mutex<Ledger>> = Lazy::new(Mutex::default);

fn ledger() -> MutexGuard<'static, Ledger> {
    LEDGER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Enters a new holder of the session.
pub(crate) fn hand_out(shared: &Arc<SharedSession>) -> HandOut {
    let mut ledger = ledger();
    let number = ledger.next;
    ledger.next += 1;
    ledger.held.insert(number, Arc::clone(shared));
    if let Some(forgotten) = number.checked_sub(CAPACITY as u64) {
        ledger.held.remove(&forgotten);
        ledger.released.remove(&forgotten);
    }
    HandOut { process: *PROCESS, number }
}

/// Strikes a holder out.
pub(super) fn release(hand_out: HandOut) -> Release {
    let mut ledger = ledger();
    if hand_out.process != *PROCESS {
        return Release::Foreign;
    }
    match ledger.held.remove(&hand_out.number) {
        Some(shared) => {
            ledger.released.insert(hand_out.number);
            match ledger.held.values().filter(|other| Arc::ptr_eq(other, &shared)).count() {
                0 => Release::Last(shared),
                others => Release::HeldByOthers(others),
            }
        }
        None if ledger.released.contains(&hand_out.number) => Release::Again,
        None => Release::Forgotten,
    }
}

/// The session that a hand-out stands for.
pub(crate) fn session_of(hand_out: HandOut) -> Option<Arc<SharedSession>> {
    let ledger = ledger();
    ledger.held.get(&hand_out.number).filter(|_| hand_out.process == *PROCESS).cloned()
}

/// How many hold the session of a bearer.
pub(crate) fn holders(bearer: &Bearer) -> usize {
    ledger().held.values().filter(|shared| shared.session.bearer == *bearer).count()
}

/// Enters a holder again whose session could not be ended.
pub(crate) fn hold_again(hand_out: HandOut, shared: &Arc<SharedSession>) {
    let mut ledger = ledger();
    if ledger.released.remove(&hand_out.number) {
        ledger.held.insert(hand_out.number, Arc::clone(shared));
    }
}

/// Strikes all holders of a session out, because it has ended for everybody.
pub(super) fn release_all(bearer: &Bearer) {
    let mut ledger = ledger();
    let Ledger { held, released, .. } = &mut *ledger;
    held.retain(|number, shared| {
        let ended = shared.session.bearer == *bearer;
        if ended {
            released.insert(*number);
        }
        !ended
    });
}

/// The sessions that somebody holds, in the order in which they were first handed out.
pub fn held_sessions() -> Vec<HeldSession> {
    let ledger = ledger();
    let mut sessions: Vec<HeldSession> = Vec::new();
    // Those before are forgotten.
    for number in ledger.next.saturating_sub(CAPACITY as u64)..ledger.next {
        let Some(shared) = ledger.held.get(&number) else { continue };
        let hand_out = HandOut { process: *PROCESS, number };
        match sessions.iter_mut().find(|session| Arc::ptr_eq(&session.shared, shared)) {
            Some(session) => session.hand_outs.push(hand_out),
            None => sessions.push(HeldSession { shared: Arc::clone(shared), hand_outs: vec![hand_out] }),
        }
    }
    sessions
}

/// Forgets all holders.
pub(super) fn clear() {
    let mut ledger = ledger();
    ledger.held.clear();
    ledger.released.clear();
}
