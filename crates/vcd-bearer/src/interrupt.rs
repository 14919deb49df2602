//! Ctrl+C and the system's wish that the process ends (SIGTERM, SIGHUP, a console that is closed): stop at once what can be
//! stopped, and finish what Cloud Director may already have carried out.

use std::future::Future;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use vcd_auth::{Failure, FailureKind, Progress, runtime};

use crate::output::tell;

/// Within this time a second wish is the first one again: a shell and its terminal may both tell that they go.
const SAME: Duration = Duration::from_secs(1);

enum Event<T> {
    Done(T),
    Interrupted,
}

/// How work came to its end.
pub(crate) enum Outcome<T> {
    Finished(T),
    /// Ctrl+C or a signal came. What had been sent already was finished, and this is what it brought; nothing if nothing was sent.
    Stopped(Option<T>),
}

impl<T> Outcome<T> {
    /// The result, if the work was not stopped.
    ///
    /// # Errors
    /// `Cancelled` if it was.
    pub(crate) fn finished(self) -> Result<T, Failure> {
        match self {
            Outcome::Finished(result) => Ok(result),
            Outcome::Stopped(late) => Err(stopped(late.is_some())),
        }
    }
}

/// The failure that a stopped call ends with.
pub(crate) fn stopped(sent: bool) -> Failure {
    let message = if sent {
        "Stopped by Ctrl+C or a signal; what had been sent already was carried through."
    } else {
        "Stopped by Ctrl+C or a signal before anything was sent that has an effect."
    };
    Failure::new(FailureKind::Cancelled, message)
}

/// Runs `work`, whose requests `progress` follows, to its end. After Ctrl+C or a signal nothing is begun any more, but what was
/// sent is left to finish; a second one ends the process.
///
/// # Errors
/// If signals cannot be caught, or the work panics.
pub(crate) fn run<T, W>(progress: &Progress, work: W) -> Result<Outcome<T>, Failure>
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
    handler.map_err(|error| Failure::new(FailureKind::Internal, format!("Signals cannot be caught: {error}.")))?;
    let task = runtime::spawn(async move {
        let _ = events.send(Event::Done(work.await));
    })?;
    let defect = |_| Failure::new(FailureKind::Panic, "The request ended in a defect.");
    if let Event::Done(result) = received.recv().map_err(defect)? {
        return Ok(Outcome::Finished(result));
    }
    if progress.abandon() {
        task.abort();
        return Ok(Outcome::Stopped(None));
    }
    tell(format_args!("vcd-bearer: finishing what was already sent, so that nothing is lost; Ctrl+C again stops now"));
    match until_done_or_interrupted_again(&received).map_err(defect)? {
        Event::Done(result) => Ok(Outcome::Stopped(Some(result))),
        Event::Interrupted => std::process::exit(FailureKind::Cancelled.exit_status().into()),
    }
}

fn until_done_or_interrupted_again<T>(received: &Receiver<Event<T>>) -> Result<Event<T>, mpsc::RecvError> {
    let first = Instant::now();
    loop {
        match received.recv()? {
            Event::Interrupted if first.elapsed() < SAME => {}
            event => return Ok(event),
        }
    }
}
