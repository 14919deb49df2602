//! The time limit of one operation.

use std::future::Future;
use std::time::Duration;

use tokio::task::AbortHandle;

use crate::progress::Progress;
use crate::runtime;
use crate::{Failure, FailureKind};

/// Runs `work` for at most `limit`.
///
/// The work is a task of its own and its limit is watched by a second one, because the operating system's certificate
/// verifier may block its task for seconds. Work that is given up sends nothing any more if it had not sent yet.
///
/// Dropping the future gives the work up as well, unless its secret has been sent: then it goes on to its limit, and what
/// comes of it is dropped, which keeps a new API token and ends a session that nobody received.
pub(crate) async fn within<T: Send + 'static>(
    limit: Duration,
    progress: &Progress,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Failure> {
    let mut work = runtime::spawn(work)?;
    let mut tasks = GiveUpOnDrop { progress: progress.clone(), tasks: vec![work.abort_handle()] };
    let watched = progress.clone();
    let watch = runtime::spawn(async move {
        match tokio::time::timeout(limit, &mut work).await {
            Ok(finished) => finished.map_err(|_| defect()),
            Err(_) => {
                let failure = passed(limit, &watched);
                watched.abandon();
                work.abort();
                Err(failure)
            }
        }
    })?;
    tasks.tasks.push(watch.abort_handle());
    let result = watch.await.unwrap_or_else(|_| Err(defect()));
    // Both tasks are done: there is nothing to give up.
    tasks.tasks.clear();
    result
}

/// Gives the tasks up when the caller goes away, but only if that can lose nothing.
struct GiveUpOnDrop {
    progress: Progress,
    tasks: Vec<AbortHandle>,
}

impl Drop for GiveUpOnDrop {
    fn drop(&mut self) {
        if !self.tasks.is_empty() && self.progress.abandon() {
            self.tasks.iter().for_each(AbortHandle::abort);
        }
    }
}

fn defect() -> Failure {
    Failure::new(FailureKind::Panic, "The request ended in a defect of this library.")
}

fn passed(limit: Duration, progress: &Progress) -> Failure {
    let limit = format!("within the time limit of {} s", limit.as_secs_f64());
    if progress.is_connecting() {
        Failure::new(FailureKind::ConnectTimeout, format!("The server could not be connected to {limit}."))
    } else if progress.is_sent() {
        let message = format!("The server did not answer {limit}; whether it carried the request out is unknown.");
        Failure::new(FailureKind::AnswerTimeout, message).with_outcome_unknown(true)
    } else if progress.is_connected() {
        Failure::new(FailureKind::AnswerTimeout, format!("The server did not answer {limit}."))
    } else {
        Failure::new(FailureKind::DeadlineExceeded, format!("The request was not finished {limit}."))
    }
}
