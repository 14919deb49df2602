//! Faults planted on purpose, so that tests can show that what catches faults does. Only with the feature
//! `planted-faults`, which nothing that ships has; neither header nor binding knows these functions.

use std::{ptr, thread};

use vcd_auth::FailureKind;

use crate::guard::guard;
use crate::handles;
use crate::memory::Output;
use crate::operation;
use crate::request::Settlement;

/// Panics (1), panics with a payload that panics when dropped (2), reads behind a heap block (3), or lets uninitialized memory
/// decide, on a thread of the library (4).
#[unsafe(no_mangle)]
pub extern "C" fn vcd_planted_fault(fault: u32) -> i32 {
    guard(|| match fault {
        1 => panic!("planted"),
        2 => std::panic::panic_any(Spiteful),
        3 => {
            let block = Box::new([0_u8; 16]);
            let behind = block.as_ptr().wrapping_add(block.len());
            // SAFETY: there is none; that is what the tests are about.
            unsafe { ptr::read_volatile(behind) };
            Ok(())
        }
        4 => {
            let decide = || {
                let block = Box::<u8>::new_uninit();
                // SAFETY: as above.
                if unsafe { ptr::read_volatile(block.as_ptr()) } == 7 {
                    thread::yield_now();
                }
            };
            thread::spawn(decide).join().map_err(|_| FailureKind::Panic.into())
        }
        _ => Err(FailureKind::InvalidArgument.into()),
    })
}

/// Starts a request whose task panics.
///
/// # Safety
/// `request` points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_planted_request(client: u64, request: *mut u64) -> i32 {
    guard(|| {
        // SAFETY: this function's contract.
        let request = unsafe { Output::new(request) }?;
        let work = || -> Settlement { panic!("planted") };
        request.set(operation::start(&handles::client(client)?, |_, _| Ok(async move { work() }))?);
        Ok(())
    })
}

struct Spiteful;

impl Drop for Spiteful {
    fn drop(&mut self) {
        panic!("planted, too");
    }
}
