//! Ctrl+C and the system's wish that the process ends (SIGTERM, SIGHUP; on Windows Ctrl+Break, a console that is closed, log-off and
//! shutdown): stop at once what can be stopped, and finish what Cloud Director may already have carried out.

use std::future::Future;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use vcd_auth::{Failure, FailureKind, Progress, runtime};

use crate::output::tell;
use crate::wishes;

/// Within this time a second wish is the first one again: a shell and its terminal may both tell that they go.
const SAME: Duration = Duration::from_secs(1);

enum Event<T> {
    /// The work came to its end; without a result if it panicked.
    Ended(Option<T>),
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
    // Without a receiver the result is in, and the process is about to end.
    let tell_of_wish = move || drop(interrupted.send(Event::Interrupted));
    let not_caught = |error| Failure::new(FailureKind::Internal, format!("Signals cannot be caught: {error}."));
    runtime::spawn(runtime::block_on(async { wishes::follow(tell_of_wish) })?.map_err(not_caught)?)?;
    let task = runtime::spawn(work)?;
    let giving_up = task.abort_handle();
    runtime::spawn(async move {
        let _ = events.send(Event::Ended(task.await.ok()));
    })?;
    let defect = || Failure::new(FailureKind::Panic, "The request ended in a defect.");
    if let Event::Ended(result) = next(&received) {
        return result.map(Outcome::Finished).ok_or_else(defect);
    }
    if progress.abandon() {
        giving_up.abort();
        return Ok(Outcome::Stopped(None));
    }
    tell(format_args!("vcd-bearer: finishing what was already sent, so that nothing is lost; Ctrl+C again stops now"));
    match until_ended_or_interrupted_again(&received) {
        Event::Ended(result) => result.map(|result| Outcome::Stopped(Some(result))).ok_or_else(defect),
        Event::Interrupted => std::process::exit(FailureKind::Cancelled.exit_status().into()),
    }
}

fn until_ended_or_interrupted_again<T>(received: &Receiver<Event<T>>) -> Event<T> {
    let first = Instant::now();
    loop {
        match next(received) {
            Event::Interrupted if first.elapsed() < SAME => {}
            event => return event,
        }
    }
}

fn next<T>(received: &Receiver<Event<T>>) -> Event<T> {
    received.recv().unwrap_or(Event::Ended(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_is_not_waited_for() {
        let work = async { panic!("planted") };
        let failed = run::<(), _>(&Progress::default(), work).map(drop).expect_err("it panicked");
        assert_eq!(failed.kind(), FailureKind::Panic);
    }
}
