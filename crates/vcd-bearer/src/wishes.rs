//! Wishes from outside that the process ends.

use std::future::{Future, poll_fn};
use std::io;
use std::task::Poll;

/// A future that calls `tell` at each wish and never ends. Inside of a runtime only; wishes count from the moment that this returns.
///
/// # Errors
/// Those of the operating system.
#[cfg(unix)]
pub(crate) fn follow(tell: impl Fn()) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(poll_fn(move |context| {
        while is_any([interrupt.poll_recv(context), terminate.poll_recv(context), hang_up.poll_recv(context)]) {
            tell();
        }
        Poll::Pending
    }))
}

/// A future that calls `tell` at each wish and never ends. Inside of a runtime only; wishes count from the moment that this returns.
///
/// When the console is closed, at log-off and at shutdown, Windows ends a process as soon as its handler returns, or after five
/// seconds. Tokio's handler never returns then, so that the work can be finished, with which the process ends.
///
/// # Errors
/// Those of the operating system.
#[cfg(windows)]
pub(crate) fn follow(tell: impl Fn()) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
    let (mut c, mut control_break) = (ctrl_c()?, ctrl_break()?);
    let (mut close, mut log_off, mut shutdown) = (ctrl_close()?, ctrl_logoff()?, ctrl_shutdown()?);
    Ok(poll_fn(move |context| {
        while is_any([
            c.poll_recv(context),
            control_break.poll_recv(context),
            close.poll_recv(context),
            log_off.poll_recv(context),
            shutdown.poll_recv(context),
        ]) {
            tell();
        }
        Poll::Pending
    }))
}

fn is_any<const SOURCES: usize>(polled: [Poll<Option<()>>; SOURCES]) -> bool {
    polled.contains(&Poll::Ready(Some(())))
}
