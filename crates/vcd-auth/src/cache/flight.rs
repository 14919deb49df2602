//! One way to the server that several callers share.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::{HandOut, SharedSession};
use crate::client::Client;
use crate::deadline;
use crate::recovery::NewApiToken;
use crate::session::FreshSession;
use crate::token_file::TokenFileReport;
use crate::{Failure, Progress};

/// What a flight brought.
#[derive(Debug, Clone)]
pub(crate) struct Landed {
    /// The session, and for each of those who waited the number under which it is held.
    pub(crate) session: Result<Arc<Arrival>, Failure>,
    pub(crate) new_api_token: Option<NewApiToken>,
    /// Whether the session was there already.
    pub(crate) cached: bool,
    /// Whether one that was there was found dead first.
    pub(crate) renewed: bool,
    pub(crate) attempts: u32,
    pub(crate) token_file: Option<TokenFileReport>,
}

impl Landed {
    /// A flight that brought nothing.
    pub(crate) fn failed(failure: Failure) -> Self {
        let attempts = failure.attempts();
        Landed { session: Err(failure), new_api_token: None, cached: false, renewed: false, attempts, token_file: None }
    }
}

/// A session that has arrived. Those who waited for it pick their hand-out up; what is left over is released.
#[derive(Debug)]
pub(crate) struct Arrival {
    waiting: Mutex<Vec<FreshSession>>,
}

impl Arrival {
    pub(crate) fn new(shared: &Arc<SharedSession>, hand_outs: Vec<HandOut>, client: &Client) -> Arc<Self> {
        let fresh = |hand_out| FreshSession::new(Arc::clone(shared), hand_out, client.clone());
        Arc::new(Arrival { waiting: Mutex::new(hand_outs.into_iter().map(fresh).collect()) })
    }

    /// One caller's own hand-out; `None` for one who came too late to be counted.
    pub(crate) fn pick_up(&self) -> Option<FreshSession> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// Getting one session, once, for whoever asks for it meanwhile.
#[derive(Debug)]
pub(crate) struct Flight {
    /// The progress of the one request; callers have their own, which follow it.
    pub(crate) progress: Progress,
    landed: watch::Sender<Option<Landed>>,
    passengers: Mutex<Passengers>,
}

#[derive(Debug, Default)]
struct Passengers {
    count: usize,
    task: Option<AbortHandle>,
}

impl Flight {
    pub(super) fn new() -> Self {
        Flight { progress: Progress::default(), landed: watch::Sender::new(None), passengers: Mutex::default() }
    }

    /// Tells the flight the task that does its work, to be given up with the last caller.
    pub(crate) fn set_task(&self, task: AbortHandle) {
        self.passengers.lock().unwrap_or_else(PoisonError::into_inner).task = Some(task);
    }

    /// How many wait for it now.
    pub(crate) fn waiting(&self) -> usize {
        self.passengers.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// Ends the flight.
    pub(crate) fn land(&self, landed: Landed) {
        self.landed.send_replace(Some(landed));
    }

    /// Ends the flight if nothing else has.
    pub(crate) fn land_if_underway(&self, landed: impl FnOnce() -> Landed) {
        self.landed.send_if_modified(|place| {
            let underway = place.is_none();
            if underway {
                *place = Some(landed());
            }
            underway
        });
    }

    /// Waits for what the flight brings. A caller that goes away first leaves it to the others; the last one to go gives it
    /// up, unless the token was sent.
    pub(crate) async fn join(self: &Arc<Self>, progress: &Progress) -> Landed {
        progress.follow(&self.progress);
        let mut landing = self.landed.subscribe();
        let _passenger = Passenger::aboard(self);
        let landed = landing.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone());
        landed.unwrap_or_else(|| Landed::failed(deadline::defect()))
    }
}

struct Passenger(Arc<Flight>);

impl Passenger {
    fn aboard(flight: &Arc<Flight>) -> Self {
        flight.passengers.lock().unwrap_or_else(PoisonError::into_inner).count += 1;
        Passenger(Arc::clone(flight))
    }
}

impl Drop for Passenger {
    fn drop(&mut self) {
        let mut passengers = self.0.passengers.lock().unwrap_or_else(PoisonError::into_inner);
        passengers.count -= 1;
        let empty = passengers.count == 0 && self.0.landed.borrow().is_none();
        if empty
            && self.0.progress.abandon()
            && let Some(task) = passengers.task.take()
        {
            task.abort();
        }
    }
}
