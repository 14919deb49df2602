//! A client: options, and the queue of its settled requests.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use vcd_auth::FailureKind;

use crate::handles;
use crate::options::Options;
use crate::status::Status;

/// A client of the library.
pub(crate) struct Client {
    core: vcd_auth::Client,
    in_flight: Arc<Semaphore>,
    state: Mutex<State>,
    settled: Condvar,
}

#[derive(Default)]
struct State {
    closed: bool,
    /// Every request that has not been closed.
    open: HashSet<u64>,
    /// Those that have not settled.
    pending: HashSet<u64>,
    /// Those that have settled and not come out of `wait`, in order of settling.
    queue: VecDeque<u64>,
}

impl Client {
    pub(crate) fn new(options: Options) -> Self {
        Client {
            core: options.client,
            in_flight: Arc::new(Semaphore::new(options.max_in_flight)),
            state: Mutex::default(),
            settled: Condvar::new(),
        }
    }

    /// The client of the core crate that makes the requests.
    pub(crate) fn core(&self) -> vcd_auth::Client {
        self.core.clone()
    }

    /// Limits how many requests are on their way at once; the others queue here.
    pub(crate) fn in_flight(&self) -> Arc<Semaphore> {
        Arc::clone(&self.in_flight)
    }

    /// Enters a request that has just got its handle.
    ///
    /// # Errors
    /// `ClientClosed` if the client was closed meanwhile; the request is not entered.
    pub(crate) fn enter(&self, request: u64) -> Result<(), Status> {
        let mut state = self.state();
        if state.closed {
            return Err(FailureKind::ClientClosed.into());
        }
        state.open.insert(request);
        state.pending.insert(request);
        Ok(())
    }

    /// Queues a request that has settled.
    pub(crate) fn report(&self, request: u64) {
        let mut state = self.state();
        if state.pending.remove(&request) {
            state.queue.push_back(request);
            self.settled.notify_all();
        }
    }

    /// Forgets a request that is being closed.
    pub(crate) fn forget(&self, request: u64) {
        let mut state = self.state();
        state.open.remove(&request);
        state.pending.remove(&request);
        state.queue.retain(|queued| *queued != request);
        // A waiter may have been waiting for just this one.
        self.settled.notify_all();
    }

    /// Waits up to `timeout` for a request to settle; each comes out once, to one waiter.
    pub(crate) fn wait(&self, timeout: Duration) -> Result<u64, Status> {
        let end = Instant::now() + timeout;
        let mut state = self.state();
        loop {
            if state.closed {
                return Err(FailureKind::ClientClosed.into());
            }
            if let Some(request) = state.queue.pop_front() {
                return Ok(request);
            }
            if state.pending.is_empty() {
                return Err(Status::NONE);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Status::PENDING);
            }
            state = self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Closes the client: wakes its waiters, invalidates its requests, and cancels those that have not settled.
    pub(crate) fn close(&self) {
        let open = {
            let mut state = self.state();
            state.closed = true;
            self.settled.notify_all();
            std::mem::take(&mut state.open)
        };
        for request in open {
            // One that another thread is closing at this moment is gone already.
            if let Ok(request) = handles::remove_request(request) {
                request.cancel();
                request.empty();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
