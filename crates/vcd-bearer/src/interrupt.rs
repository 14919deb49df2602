//! Ctrl+C: stop at once what can be stopped, and finish what Cloud Director may already have carried out.

use std::future::Future;
use std::sync::mpsc;

use vcd_auth::{Failure, FailureKind, Progress, runtime};

enum Event<T> {
    Done(T),
    Interrupted,
}

/// Runs `work`, whose requests `progress` follows, to its end.
///
/// # Errors
/// `Cancelled` after Ctrl+C. If nothing was sent, nothing will be. If something was, `work` is left to finish and its
/// result is dropped, which ends a new session and saves a new API token; a second Ctrl+C ends the process.
pub(crate) fn run<T, W>(progress: &Progress, work: W) -> Result<T, Failure>
where
    T: Send + 'static,
    W: Future<Output = T> + Send + 'static,
{
    let (events, received) = mpsc::channel();
    let interrupted = events.clone();
    let handler = ctrlc::set_handler(move || {
        // Without a receiver the result is in, and the process is about to end.
        let _ = interrupted.send(Event::Interrupted);
    });
    handler.map_err(|error| Failure::new(FailureKind::Internal, format!("Ctrl+C cannot be caught: {error}.")))?;
    runtime::spawn(async move {
        let _ = events.send(Event::Done(work.await));
    })?;
    match received.recv() {
        Ok(Event::Done(result)) => return Ok(result),
        Ok(Event::Interrupted) => {}
        Err(mpsc::RecvError) => return Err(Failure::new(FailureKind::Panic, "The request ended in a defect.")),
    }
    if progress.abandon() {
        return Err(Failure::new(FailureKind::Cancelled, "Stopped by Ctrl+C before anything was sent."));
    }
    eprintln!("vcd-bearer: finishing what was already sent, so that nothing is lost; Ctrl+C again stops now");
    match received.recv() {
        Ok(Event::Interrupted) => std::process::exit(FailureKind::Cancelled.exit_status().into()),
        Ok(Event::Done(result)) => drop(result),
        Err(mpsc::RecvError) => {}
    }
    Err(Failure::new(FailureKind::Cancelled, "Stopped by Ctrl+C; what had been sent was finished and undone."))
}
