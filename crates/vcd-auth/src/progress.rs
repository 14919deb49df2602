//! How far a request has come, and the one gate before its secret leaves this process.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    /// Nothing has happened on the network. The first, as it is the default.
    Waiting,
    /// Resolving the name, connecting, or in the TLS handshake.
    Connecting,
    /// A connection stands.
    Connected,
    /// The body with the token has been handed to the connection: the server may have received it.
    Sent,
    /// Given up before anything was sent: nothing will be.
    Abandoned,
}

/// Follows one request, so that a caller who stops waiting knows what that means. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    stage: AtomicU8,
    /// The request that this one shares with others, while it does.
    shared: Mutex<Option<Progress>>,
}

impl Progress {
    /// Gives the request up unless its secret has been sent already. After `true` nothing will be sent, even if the
    /// connection is made later; after `false` the server may act on the request, whatever happens here.
    ///
    /// A request that is shared with other callers is not given up by this, since the others still want it; the answer is
    /// whether its secret has been sent.
    pub fn abandon(&self) -> bool {
        let own = self.advance(Stage::Abandoned, |stage| stage != Stage::Sent);
        own && !self.shared().is_some_and(|shared| shared.is_sent())
    }

    /// Whether the body has been handed to the connection.
    pub fn is_sent(&self) -> bool {
        self.stage() == Stage::Sent
    }

    /// Makes this the progress of one caller of a request that several share.
    pub(crate) fn follow(&self, shared: &Progress) {
        *self.0.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(shared.clone());
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.stage() == Stage::Connecting
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.stage() == Stage::Connected
    }

    pub(crate) fn connecting(&self) {
        self.advance(Stage::Connecting, |stage| stage != Stage::Sent && stage != Stage::Abandoned);
    }

    pub(crate) fn connected(&self) {
        self.advance(Stage::Connected, |stage| stage != Stage::Sent && stage != Stage::Abandoned);
    }

    /// Opens the gate for the body, unless the request was abandoned.
    pub(crate) fn try_send(&self) -> bool {
        self.advance(Stage::Sent, |stage| stage != Stage::Abandoned)
    }

    fn shared(&self) -> Option<Progress> {
        self.0.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn stage(&self) -> Stage {
        match self.shared() {
            Some(shared) => shared.stage(),
            None => Self::decode(self.0.stage.load(Ordering::SeqCst)),
        }
    }

    /// Moves to `next` if the present stage allows it, in one step.
    fn advance(&self, next: Stage, allowed: impl Fn(Stage) -> bool) -> bool {
        let step = |stage| allowed(Self::decode(stage)).then_some(next as u8);
        self.0.stage.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).is_ok()
    }

    fn decode(stage: u8) -> Stage {
        [Stage::Waiting, Stage::Connecting, Stage::Connected, Stage::Sent, Stage::Abandoned][usize::from(stage)]
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
}
