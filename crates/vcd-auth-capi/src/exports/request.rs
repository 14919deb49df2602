//! Requests: what came of an operation.

use crate::guard::guard;
use crate::handles;
use crate::memory::Buffer;

/// Describes a settled request in fields, never with a secret. The text does not change once the request has settled.
///
/// A failure is `status` (its number), `name`, `message` (one sentence), `action` (what to do), `retryable`,
/// `outcome_unknown` and, where known, `http_status`, `minor_error_code` (Cloud Director's own), `request_id`,
/// `retry_after_s`, `presented_sha256`. What a success holds stands with each operation. Readers ignore names they do not know.
///
/// - `request`: in.
/// - `buffer`, `capacity`: out, in bytes; UTF-8 without a NUL at the end. NULL with 0 asks for the size.
/// - `needed`: out, the size in bytes, also when the buffer is too small.
///
/// Returns 0; 1 if the request has not settled; 1001 for a bad pointer; 1002 if there is no such request; 1003 if the buffer
/// is too small (nothing is written to it); 9001, 9004. Any thread. Since ABI 1.0.
///
/// # Safety
/// `buffer` is NULL or points to `capacity` writable bytes, and `needed` points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_request_describe(request: u64, buffer: *mut u8, capacity: u32, needed: *mut u32) -> i32 {
    guard(|| {
        // SAFETY: this function's contract.
        let buffer = unsafe { Buffer::new(buffer, capacity, needed) }?;
        handles::request(request)?.describe(|text| buffer.write(text.len(), text.bytes()))
    })
}

/// Takes a secret out of a settled request. Each can be taken once; the library's own copy is wiped then. A session whose
/// bearer is never taken is ended when its request is closed, and a new API token that is never taken goes to the recovery
/// folder.
///
/// - `request`: in.
/// - `which`: in, 1 the bearer (the access token without the word `Bearer`), 2 the new API token, 3 the legacy id.
/// - `buffer`, `capacity`: out, in UTF-16 units; no NUL at the end. NULL with 0 asks for the size and takes nothing. The
///   caller wipes the buffer after use (`vcd_wipe`).
/// - `needed`: out, the size in UTF-16 units, also when the buffer is too small.
///
/// Returns 0; 1 if the request has not settled; 1001 for a bad pointer or an unknown `which`; 1002 if there is no such
/// request; 1003 if the buffer is too small (nothing is taken); 1004 if it was taken already; 1005 if the request has no such
/// secret; 9001, 9004. Any thread. Since ABI 1.0.
///
/// # Safety
/// `buffer` is NULL or points to `capacity` writable units, aligned for them, and `needed` points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_request_take_secret(
    request: u64,
    which: u32,
    buffer: *mut u16,
    capacity: u32,
    needed: *mut u32,
) -> i32 {
    guard(|| {
        // SAFETY: this function's contract.
        let buffer = unsafe { Buffer::new(buffer, capacity, needed) }?;
        handles::request(request)?.take_secret(which, |secret| {
            let units = || secret.expose().encode_utf16();
            buffer.write(units().count(), units())
        })
    })
}

/// Takes the body of the answer out of a settled call. It can be taken once; the library's own copy is wiped then.
///
/// - `request`: in, one of `vcd_call`.
/// - `buffer`, `capacity`: out, in bytes, as they came. NULL with 0 asks for the size and takes nothing.
/// - `needed`: out, the size in bytes, also when the buffer is too small; the field `body_length` tells it, too.
///
/// Returns 0; 1 if the request has not settled; 1001 for a bad pointer; 1002 if there is no such request; 1003 if the buffer
/// is too small (nothing is taken); 1004 if it was taken already; 1005 if there is none: the answer was empty, the call
/// failed, or the request is no call; 9001, 9004. Any thread. Since ABI 1.0.
///
/// # Safety
/// `buffer` is NULL or points to `capacity` writable bytes, and `needed` points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_request_take_body(request: u64, buffer: *mut u8, capacity: u32, needed: *mut u32) -> i32 {
    guard(|| {
        // SAFETY: this function's contract.
        let buffer = unsafe { Buffer::new(buffer, capacity, needed) }?;
        handles::request(request)?.take_body(|body| buffer.write(body.len(), body.iter().copied()))
    })
}

/// Cancels a request unless it has settled: it settles with 5001 at once and comes out of `vcd_wait`. What was not sent
/// yet never is (a check may still ask). What was sent goes on in the background, an exchange for ten seconds beyond its time limit: a new API
/// token is saved to the recovery folder and the session is ended; the end of a session and a call that changes something are
/// carried through.
///
/// - `request`: in; still to be closed.
///
/// Returns 0, also if the request had settled; 1002 if there is no such request; 9001, 9004. Any thread. Since ABI 1.0.
#[unsafe(no_mangle)]
pub extern "C" fn vcd_request_cancel(request: u64) -> i32 {
    guard(|| {
        handles::request(request)?.cancel();
        Ok(())
    })
}

/// Closes a request: it is cancelled as by `vcd_request_cancel` unless it has settled, and does not come out of `vcd_wait`
/// any more. A session whose bearer nobody took is ended in the background; a new API token that nobody took is written to
/// the recovery folder before the call returns.
///
/// - `request`: in; invalid afterwards.
///
/// Returns 0; 1002 if there is no such request; 9001, 9004. Waits for nothing on the network. Any thread. Since ABI 1.0.
#[unsafe(no_mangle)]
pub extern "C" fn vcd_request_close(request: u64) -> i32 {
    guard(|| {
        let request = handles::remove_request(request)?;
        request.leave();
        request.cancel();
        request.empty();
        Ok(())
    })
}
