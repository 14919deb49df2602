//! What stands between every exported function and its caller.

use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::Once;

use once_cell::sync::OnceCell;
use vcd_auth::FailureKind;

use crate::exports::constants::VCD_OK;
use crate::status::Status;

/// Runs the body of an exported function: a panic becomes 9001, a forked process 9004, an error its number.
pub(crate) fn guard(body: impl FnOnce() -> Result<(), Status>) -> i32 {
    if forked() {
        return FailureKind::Forked.number();
    }
    silence_panics();
    match panic::catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => VCD_OK,
        Ok(Err(Status(number))) => number,
        Err(payload) => {
            // The payload's own drop may panic as well.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(payload)));
            FailureKind::Panic.number()
        }
    }
}

/// Whether this process is a fork of the one that used the library first: the threads did not come along.
fn forked() -> bool {
    static FIRST_USER: OnceCell<u32> = OnceCell::new();
    *FIRST_USER.get_or_init(process::id) != process::id()
}

/// Keeps panics from printing into the host's console. The hook belongs to this library's own copy of the standard
/// library, so the host's is untouched.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if !cfg!(test) {
            panic::set_hook(Box::new(|_| {}));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_number_even_if_its_payload_panics_too() {
        struct Spiteful;
        impl Drop for Spiteful {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(guard(|| panic!("first")), FailureKind::Panic.number());
        assert_eq!(guard(|| panic::panic_any(Spiteful)), FailureKind::Panic.number());
        assert_eq!(guard(|| Ok(())), VCD_OK);
        assert_eq!(guard(|| Err(Status::PENDING)), 1);
    }
}
