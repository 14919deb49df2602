//! The runtime that all requests run on, and the work that goes on after its caller has left.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::{Failure, FailureKind, Progress};

/// How long what goes on in the background may hold back the end of a process.
pub const FAREWELL: Duration = Duration::from_secs(10);

static RUNTIME: OnceCell<Runtime> = OnceCell::new();

/// What goes on in the background. An exchange is here from its beginning, and counts from the moment its token was sent.
static BACKGROUND: Mutex<Vec<Arc<Task>>> = Mutex::new(Vec::new());
static LESS_TO_DO: Condvar = Condvar::new();

enum Task {
    Exchange(Progress),
    Other,
}

/// Work whose result goes its own way. Boxed, so that the task around it exists once in the library, not once for each kind of
/// work.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The process's runtime: two worker threads, started on first use and never stopped, because a name look-up in progress
/// could hold a stop back for seconds.
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
pub(crate) struct Background(Arc<Task>);

impl Background {
    /// An exchange, which goes on once its token was sent.
    pub(crate) fn exchange(progress: &Progress) -> Self {
        Self::begin(Task::Exchange(progress.clone()))
    }

    fn begin(task: Task) -> Self {
        let task = Arc::new(task);
        background().push(Arc::clone(&task));
        Background(task)
    }
}

impl Drop for Background {
    /// Counts down even if the work panics.
    fn drop(&mut self) {
        background().retain(|task| !Arc::ptr_eq(task, &self.0));
        LESS_TO_DO.notify_all();
    }
}

fn background() -> MutexGuard<'static, Vec<Arc<Task>>> {
    BACKGROUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` that nobody waits for, such as ending a session that nobody received.
pub(crate) fn spawn_background(work: impl Future<Output = ()> + Send + 'static) {
    let Ok(runtime) = runtime() else { return };
    let running = Background::begin(Task::Other);
    let work: Work = Box::pin(async move {
        let _running = running;
        work.await;
    });
    runtime.spawn(work);
}

/// Blocks until the work that goes on in the background is done, or `limit` has passed; `true` if it is done. For a
/// program that is about to exit.
pub fn finish_background(limit: Duration) -> bool {
    finish(limit, |task| match task {
        Task::Exchange(progress) => progress.is_sent(),
        Task::Other => true,
    })
}

/// Blocks until every token that was sent is answered, and a new one saved, or `limit` has passed; `true` if nothing more is to
/// come. For the last moment of a process, which sessions that nobody received do not hold back.
pub fn finish_exchanges(limit: Duration) -> bool {
    finish(limit, |task| matches!(task, Task::Exchange(progress) if progress.is_sent()))
}

fn finish(limit: Duration, goes_on: impl Fn(&Task) -> bool) -> bool {
    let busy = |tasks: &mut Vec<Arc<Task>>| tasks.iter().any(|task| goes_on(task));
    let waited = LESS_TO_DO.wait_timeout_while(background(), limit, busy);
    !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
}
