//! The end of the process: an API token that was sent may be answered by the only one that still works.

/// Sees to it that the process does not end before such answers are saved. Windows has ended all other threads before it tells
/// a library of the end: there only `vcd_finish` helps.
#[cfg(windows)]
pub(crate) fn watch() {}

/// Sees to it that the process does not end before such answers are saved.
#[cfg(unix)]
pub(crate) fn watch() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: the function stays where it is, since the library is never unloaded (`pin`). If it cannot be entered, the
        // process ends as it would without it.
        unsafe { libc::atexit(at_exit) };
    });
}

/// What is not sent is given up, what nobody took is saved, and what was sent is waited for: no longer than a server takes that
/// answers at all, and not for sessions, which end by themselves.
#[cfg(unix)]
extern "C" fn at_exit() {
    use vcd_auth::runtime;

    use crate::{guard::guard, handles};
    // In a forked child, which has none of the threads, the guard does nothing. There is nobody to tell of anything else.
    let _ = guard(|| {
        handles::remove_clients().iter().for_each(|client| client.close());
        runtime::finish_exchanges(runtime::FAREWELL);
        Ok(())
    });
}
