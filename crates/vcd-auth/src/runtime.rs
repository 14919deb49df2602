//! The runtime that all requests run on, and the work that goes on after its caller has left.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::{Failure, FailureKind};

static RUNTIME: OnceCell<Runtime> = OnceCell::new();
static BACKGROUND: AtomicUsize = AtomicUsize::new(0);

/// The process's runtime: two worker threads, started on first use and never stopped, because a name look-up in progress
/// could hold a stop back for seconds.
/// Work whose result goes its own way. Boxed, so that the task around it exists once in the library, not once for each kind of
/// work.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

fn runtime() -> Result<&'static Runtime, Failure> {
    RUNTIME.get_or_try_init(|| {
        Builder::new_multi_thread().worker_threads(2).thread_name("vcd-auth").enable_all().build().map_err(|error| {
            Failure::new(FailureKind::OutOfResources, format!("The network threads cannot be started: {error}."))
        })
    })
}

/// Runs `work` on the process's runtime without waiting for it.
///
/// # Errors
/// `OutOfResources` if the runtime's threads cannot be started.
pub fn spawn<F>(work: F) -> Result<JoinHandle<F::Output>, Failure>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    Ok(runtime()?.spawn(work))
}

/// Runs `work` on the process's runtime and blocks the calling thread until it is done. Not to be called from a task.
///
/// # Errors
/// `OutOfResources` if the runtime's threads cannot be started.
pub fn block_on<F: Future>(work: F) -> Result<F::Output, Failure> {
    Ok(runtime()?.block_on(work))
}

/// Work that goes on although nobody may wait for it any more, until this is dropped.
pub(crate) struct Background(());

impl Background {
    pub(crate) fn begin() -> Self {
        BACKGROUND.fetch_add(1, Ordering::SeqCst);
        Background(())
    }
}

impl Drop for Background {
    /// Counts down even if the work panics.
    fn drop(&mut self) {
        BACKGROUND.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs `work` that nobody waits for, such as ending a session that nobody received.
pub(crate) fn spawn_background(work: impl Future<Output = ()> + Send + 'static) {
    let Ok(runtime) = runtime() else { return };
    let running = Background::begin();
    let work: Work = Box::pin(async move {
        let _running = running;
        work.await;
    });
    runtime.spawn(work);
}

/// Blocks until the work that goes on in the background is done, or `limit` has passed; `true` if it is done. For a
/// program that is about to exit.
pub fn finish_background(limit: Duration) -> bool {
    let end = Instant::now() + limit;
    while BACKGROUND.load(Ordering::SeqCst) > 0 {
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}
