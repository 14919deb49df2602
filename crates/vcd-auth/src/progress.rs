//! How far a request has come, and the one gate before anything leaves this process that the server acts on.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How far the connection has come.
const WAITING: u8 = 0;
const CONNECTING: u8 = 1;
const CONNECTED: u8 = 2;

/// Whether what the server acts on has left: it may have, or it never will. 0 is neither.
const SENT: u8 = 1;
const ABANDONED: u8 = 2;

/// Follows one request, so that a caller who stops waiting knows what that means. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    connection: AtomicU8,
    gate: AtomicU8,
    /// The request that this one shares with others, while it does, and how long that had stood in line before.
    shared: Mutex<Option<(Progress, Duration)>>,
    in_line: Mutex<InLine>,
}

/// How long a request has stood in line for its token file, which is not its own fault.
#[derive(Debug, Default)]
struct InLine {
    before: Duration,
    since: Option<Instant>,
}

impl Progress {
    /// Gives the request up unless it has been sent already. After `true` nothing will be sent that changes anything at the
    /// server, even if the connection is made later; after `false` the server may act on it, whatever happens here.
    ///
    /// A request that is shared with other callers is not given up by this, since the others still want it; the answer is
    /// whether it has been sent.
    pub fn abandon(&self) -> bool {
        let own = self.pass(ABANDONED, SENT);
        own && !self.shared().is_some_and(|shared| shared.is_sent())
    }

    /// Whether what the server acts on (the token to exchange, the wish to end a session) has been handed to a connection.
    /// A mere question is never counted as sent.
    pub fn is_sent(&self) -> bool {
        self.0.gate.load(Ordering::SeqCst) == SENT || self.shared().is_some_and(|shared| shared.is_sent())
    }

    /// Makes this the progress of one caller of a request that several share.
    pub(crate) fn follow(&self, shared: &Progress) {
        self.in_line().before = self.time_in_line();
        let before = shared.time_in_line();
        *self.0.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some((shared.clone(), before));
    }

    /// Stands in line until the result is dropped.
    pub(crate) fn stand_in_line(&self) -> Standing<'_> {
        self.in_line().since = Some(Instant::now());
        Standing(self)
    }

    /// How long the request has stood in line until now.
    pub(crate) fn time_in_line(&self) -> Duration {
        let shared = self.0.shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let with_others = shared.map(|(shared, before)| shared.time_in_line().saturating_sub(before));
        let in_line = self.in_line();
        let now = in_line.since.map(|since| since.elapsed());
        in_line.before + now.unwrap_or_default() + with_others.unwrap_or_default()
    }

    fn in_line(&self) -> MutexGuard<'_, InLine> {
        self.0.in_line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes the gate, unless the request was abandoned.
    pub(crate) fn try_send(&self) -> bool {
        self.pass(SENT, ABANDONED)
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.connection() == CONNECTING
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connection() == CONNECTED
    }

    pub(crate) fn waiting(&self) {
        self.0.connection.store(WAITING, Ordering::SeqCst);
    }

    pub(crate) fn connecting(&self) {
        self.0.connection.store(CONNECTING, Ordering::SeqCst);
    }

    pub(crate) fn connected(&self) {
        self.0.connection.store(CONNECTED, Ordering::SeqCst);
    }

    fn connection(&self) -> u8 {
        match self.shared() {
            Some(shared) => shared.connection(),
            None => self.0.connection.load(Ordering::SeqCst),
        }
    }

    fn shared(&self) -> Option<Progress> {
        self.0.shared.lock().unwrap_or_else(PoisonError::into_inner).clone().map(|(shared, _)| shared)
    }

    /// Moves the gate unless the other side has moved it before.
    fn pass(&self, to: u8, unless: u8) -> bool {
        let step = |gate| (gate != unless).then_some(to);
        self.0.gate.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).is_ok()
    }
}

/// A request that stands in line.
pub(crate) struct Standing<'a>(&'a Progress);

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        let mut in_line = self.0.in_line();
        let stood = in_line.since.take().map(|since| since.elapsed());
        in_line.before += stood.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_request_is_never_sent() {
        let progress = Progress::default();
        progress.connecting();
        assert!(progress.abandon());
        progress.connected();
        assert!(!progress.try_send());
        assert!(!progress.is_sent());
    }

    #[test]
    fn a_sent_request_cannot_be_abandoned() {
        let progress = Progress::default();
        progress.connecting();
        progress.connected();
        assert!(progress.try_send());
        assert!(!progress.abandon());
        assert!(progress.is_sent());
    }

    #[test]
    fn a_shared_request_is_seen_by_its_callers_and_not_given_up_by_one() {
        let (caller, shared) = (Progress::default(), Progress::default());
        caller.follow(&shared);
        shared.connecting();
        assert!(caller.is_connecting());
        assert!(caller.abandon());
        assert!(shared.try_send(), "the others still want it");
        assert!(caller.is_sent());
        assert!(!caller.abandon());
    }

    #[test]
    fn time_in_line_is_counted_once_and_only_while_one_is_aboard() {
        let pause = || std::thread::sleep(Duration::from_millis(2));
        let (caller, first, second) = (Progress::default(), Progress::default(), Progress::default());
        let standing = first.stand_in_line();
        pause();
        caller.follow(&first);
        let before = first.time_in_line();
        assert!(caller.time_in_line() < before, "what was before is not the caller's");
        pause();
        drop(standing);
        let stood = caller.time_in_line();
        assert!(!stood.is_zero() && stood < first.time_in_line());
        caller.follow(&second);
        pause();
        assert_eq!(caller.time_in_line(), stood, "nobody stands in line now");
    }
}
