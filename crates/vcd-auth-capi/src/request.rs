//! A request: one operation in flight, and what came of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use once_cell::sync::OnceCell;
use tokio::task::AbortHandle;
use vcd_auth::{Failure, FailureKind, FreshSession, LegacyId, NewApiToken, Progress, Secret};
use zeroize::Zeroizing;

use crate::client::Client;
use crate::description;
use crate::exports::constants::{VCD_SECRET_BEARER, VCD_SECRET_LEGACY_ID, VCD_SECRET_NEW_API_TOKEN};
use crate::status::Status;

/// One operation.
pub(crate) struct Request {
    client: Weak<Client>,
    handle: OnceCell<u64>,
    progress: Progress,
    state: Mutex<State>,
}

enum State {
    Pending(Option<AbortHandle>),
    Settled(Box<Settlement>),
}

/// What came of an operation. Dropping it ends a session that was not taken and saves a new API token that was not.
#[derive(Default)]
pub(crate) struct Settlement {
    /// The description, in fields; never changes.
    pub(crate) fields: String,
    pub(crate) prizes: Prizes,
}

/// What can be taken out of a settled request.
#[derive(Default)]
pub(crate) struct Prizes {
    pub(crate) session: Prize<FreshSession>,
    pub(crate) new_api_token: Prize<NewApiToken>,
    pub(crate) legacy_id: Prize<LegacyId>,
    /// The body of an answer; never an empty one.
    pub(crate) body: Prize<Zeroizing<Vec<u8>>>,
}

/// Something that can be taken once.
#[derive(Default)]
pub(crate) enum Prize<T> {
    #[default]
    Absent,
    Present(T),
    Taken,
}

impl<T> From<Option<T>> for Prize<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Prize::Absent, Prize::Present)
    }
}

impl<T> Prize<T> {
    fn get(&self) -> Result<&T, Status> {
        match self {
            Prize::Present(value) => Ok(value),
            Prize::Absent => Err(FailureKind::NothingToTake.into()),
            Prize::Taken => Err(FailureKind::AlreadyTaken.into()),
        }
    }

    fn take(&mut self) -> Option<T> {
        match std::mem::replace(self, Prize::Taken) {
            Prize::Present(value) => Some(value),
            Prize::Absent | Prize::Taken => None,
        }
    }
}

impl Request {
    pub(crate) fn new(client: &Arc<Client>) -> Self {
        let state = Mutex::new(State::Pending(None));
        Request { client: Arc::downgrade(client), handle: OnceCell::new(), progress: Progress::default(), state }
    }

    #[cfg(test)]
    pub(crate) fn for_test() -> Self {
        let state = Mutex::new(State::Pending(None));
        Request { client: Weak::new(), handle: OnceCell::new(), progress: Progress::default(), state }
    }

    /// Tells the request its own handle, by which it reports to its client.
    pub(crate) fn set_handle(&self, handle: u64) {
        // Set exactly once, right after the handle was made.
        let _ = self.handle.set(handle);
    }

    /// How far the operation has come.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Remembers the task of the operation, so that it can be given up. One that was cancelled before it began is given up
    /// at once.
    pub(crate) fn set_task(&self, task: AbortHandle) {
        match &mut *self.state() {
            State::Pending(place) => *place = Some(task),
            State::Settled(_) => task.abort(),
        }
    }

    /// Settles the request, unless it is settled: then what came later is dropped.
    pub(crate) fn settle(&self, settlement: Settlement) {
        let late = {
            let mut state = self.state();
            match &*state {
                State::Settled(_) => Some(settlement),
                State::Pending(_) => {
                    *state = State::Settled(Box::new(settlement));
                    None
                }
            }
        };
        if late.is_none()
            && let (Some(client), Some(handle)) = (self.client.upgrade(), self.handle.get())
        {
            client.report(*handle);
        }
    }

    /// Settles the request with a failure.
    pub(crate) fn fail(&self, failure: &Failure) {
        self.settle(description::failure(failure));
    }

    /// Cancels the operation unless it has settled. What was not sent is dropped; what was goes on in the background.
    pub(crate) fn cancel(&self) {
        let task = match &mut *self.state() {
            State::Settled(_) => return,
            State::Pending(task) => task.take(),
        };
        let failure = if self.progress.abandon() {
            Failure::new(
                FailureKind::Cancelled,
                "The request was cancelled before anything was sent that has an effect.",
            )
        } else {
            let message = "The request was cancelled after it was sent, and is finished in the background.";
            Failure::new(FailureKind::Cancelled, message).with_outcome_unknown(true)
        };
        self.fail(&failure);
        if let Some(task) = task {
            task.abort();
        }
    }

    /// Gives up what was not taken: ends the session, saves the new API token.
    pub(crate) fn empty(&self) {
        let emptied = match &mut *self.state() {
            State::Pending(_) => None,
            State::Settled(settlement) => Some(std::mem::take(&mut settlement.prizes)),
        };
        // Not before the lock is free: saving takes a moment.
        drop(emptied);
    }

    /// Passes the description to `reader` once the request has settled.
    pub(crate) fn describe(&self, reader: impl FnOnce(&str) -> Result<(), Status>) -> Result<(), Status> {
        match &*self.state() {
            State::Pending(_) => Err(Status::PENDING),
            State::Settled(settlement) => reader(&settlement.fields),
        }
    }

    /// Passes a secret to `reader`; if that succeeds, the secret counts as taken and is wiped here.
    pub(crate) fn take_secret(
        &self,
        which: u32,
        reader: impl FnOnce(&Secret) -> Result<(), Status>,
    ) -> Result<(), Status> {
        self.prizes(|prizes| {
            match which {
                VCD_SECRET_BEARER => {
                    reader(prizes.session.get()?.session().bearer.secret())?;
                    prizes.session.take().map(FreshSession::accept);
                }
                VCD_SECRET_NEW_API_TOKEN => {
                    reader(prizes.new_api_token.get()?.secret())?;
                    prizes.new_api_token.take().map(NewApiToken::take);
                }
                VCD_SECRET_LEGACY_ID => {
                    reader(prizes.legacy_id.get()?.secret())?;
                    prizes.legacy_id.take();
                }
                _ => return Err(FailureKind::InvalidArgument.into()),
            }
            Ok(())
        })
    }

    /// Passes the body of an answer to `reader`; if that succeeds, it counts as taken and is wiped here.
    pub(crate) fn take_body(&self, reader: impl FnOnce(&[u8]) -> Result<(), Status>) -> Result<(), Status> {
        self.prizes(|prizes| {
            reader(prizes.body.get()?)?;
            prizes.body.take();
            Ok(())
        })
    }

    fn prizes(&self, take: impl FnOnce(&mut Prizes) -> Result<(), Status>) -> Result<(), Status> {
        match &mut *self.state() {
            State::Pending(_) => Err(Status::PENDING),
            State::Settled(settlement) => take(&mut settlement.prizes),
        }
    }

    /// Leaves the client's lists, before the request is closed.
    pub(crate) fn leave(&self) {
        if let (Some(client), Some(handle)) = (self.client.upgrade(), self.handle.get()) {
            client.forget(*handle);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Settles a request whose task ends without doing so, which only a panic does.
pub(crate) struct SettleOnDrop(pub(crate) Arc<Request>);

impl Drop for SettleOnDrop {
    fn drop(&mut self) {
        self.0.fail(&Failure::new(FailureKind::Panic, "The request ended in a defect of this library."));
    }
}
