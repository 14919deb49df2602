//! How far a request has come, and the one gate before its secret leaves this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    /// Nothing has happened on the network.
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
#[derive(Debug, Clone)]
pub struct Progress(Arc<AtomicU8>);

impl Default for Progress {
    fn default() -> Self {
        Progress(Arc::new(AtomicU8::new(Stage::Waiting as u8)))
    }
}

impl Progress {
    /// Gives the request up unless its secret has been sent already. After `true` nothing will be sent, even if the
    /// connection is made later; after `false` the server may act on the request, whatever happens here.
    pub fn abandon(&self) -> bool {
        self.advance(Stage::Abandoned, |stage| stage != Stage::Sent)
    }

    /// Whether the body has been handed to the connection.
    pub fn is_sent(&self) -> bool {
        self.stage() == Stage::Sent
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

    fn stage(&self) -> Stage {
        Self::decode(self.0.load(Ordering::SeqCst))
    }

    /// Moves to `next` if the present stage allows it, in one step.
    fn advance(&self, next: Stage, allowed: impl Fn(Stage) -> bool) -> bool {
        let step = |stage| allowed(Self::decode(stage)).then_some(next as u8);
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).is_ok()
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
}
