//! The library itself.

use std::time::Duration;

use vcd_auth::runtime;

use crate::description;
use crate::exports::constants::VCD_ABI_VERSION;
use crate::fields::FieldsWriter;
use crate::guard::guard;
use crate::memory::{self, Buffer};
use crate::status::Status;

/// The version of this interface as `major << 16 | minor`. The major number grows when something that was there changes,
/// the minor when something is added. A caller refuses a major number other than the one it was written for.
///
/// Any thread, at any time; never fails. Since ABI 1.0.
#[unsafe(no_mangle)]
pub extern "C" fn vcd_abi_version() -> u32 {
    VCD_ABI_VERSION
}

/// Describes the library in fields: `version`, `commit` (or `unknown`), `target`, `tls`.
///
/// - `buffer`, `capacity`: out, in bytes; UTF-8 without a NUL at the end. NULL with 0 asks for the size.
/// - `needed`: out, the size in bytes, also when the buffer is too small.
///
/// Returns 0; 1001 for a bad pointer; 1003 if the buffer is too small (nothing is written to it); 9001, 9004.
/// The caller owns the buffer. Any thread. Since ABI 1.0.
///
/// # Safety
/// `buffer` is NULL or points to `capacity` writable bytes, and `needed` points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_library_describe(buffer: *mut u8, capacity: u32, needed: *mut u32) -> i32 {
    guard(|| {
        // SAFETY: this function's contract.
        let buffer = unsafe { Buffer::new(buffer, capacity, needed) }?;
        let mut fields = FieldsWriter::default();
        fields
            .add("version", env!("CARGO_PKG_VERSION"))
            .add("commit", option_env!("VCD_BUILD_COMMIT").unwrap_or("unknown"))
            .add("target", env!("VCD_TARGET"))
            .add("tls", "rustls, ring");
        let text = fields.finish();
        buffer.write(text.len(), text.bytes())
    })
}

/// Overwrites memory of the caller with zeros, in a way that no optimizer removes. For buffers that held a secret.
///
/// - `memory`, `length`: in bytes; NULL does nothing.
///
/// Any thread; never fails. Since ABI 1.0.
///
/// # Safety
/// `memory` is NULL or points to `length` writable bytes that nothing else uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_wipe(memory: *mut u8, length: u32) {
    // SAFETY: this function's contract.
    unsafe { memory::wipe(memory, length) };
}

/// Describes the sessions that this process holds, in fields, one record each; an empty line separates records. Each has
/// `server`, `port`, `org`, `provider`, `user`, `token_type`, `issued_at`, `expires_at`, `skip_certificate_check=true` if it was
/// made without checking the server's certificate (and is reached so by its number), and for each holder one `session`.
/// `bearer_fingerprint` finds a session by its bearer: the SHA-256, in 64 lower-case hexadecimal digits, of the bearer's bytes, a
/// byte 128 and as many zeros as fill the last block of 64 bytes.
///
/// - `buffer`, `capacity`: out, in bytes; UTF-8 without a NUL at the end. NULL with 0 asks for the size.
/// - `needed`: out, the size in bytes, also when the buffer is too small; it may have grown at the next call.
///
/// Returns 0; 1001 for a bad pointer; 1003 if the buffer is too small (nothing is written to it); 9001, 9004.
/// Makes no connection. Any thread. Since ABI 1.0.
///
/// # Safety
/// `buffer` is NULL or points to `capacity` writable bytes, and `needed` points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_sessions_describe(buffer: *mut u8, capacity: u32, needed: *mut u32) -> i32 {
    guard(|| {
        // SAFETY: this function's contract.
        let buffer = unsafe { Buffer::new(buffer, capacity, needed) }?;
        let text = description::held_sessions(&vcd_auth::held_sessions());
        buffer.write(text.len(), text.bytes())
    })
}

/// Forgets all sessions of this process, wipes their bearers and closes idle connections. Sessions that somebody
/// holds stay alive at Cloud Director and can still be checked and ended by their bearer.
///
/// Returns 0; 9001, 9004. Any thread. Since ABI 1.0.
#[unsafe(no_mangle)]
pub extern "C" fn vcd_cache_clear() -> i32 {
    guard(|| {
        vcd_auth::clear_cache();
        Ok(())
    })
}

/// Waits until what goes on in the background is done: answers to API tokens that were sent, saving new ones, ending sessions
/// that nobody received. For a program that is about to exit; it closes its clients first, which gives up what was not sent.
///
/// - `timeout_ms`: in, milliseconds; the call never blocks longer. 0 asks without waiting.
///
/// Returns 0 as soon as nothing goes on any more; 1 (pending) if something still does; 9001, 9004. Any thread, at any time,
/// several at once. Since ABI 1.0.
#[unsafe(no_mangle)]
pub extern "C" fn vcd_finish(timeout_ms: u32) -> i32 {
    guard(|| match runtime::finish_background(Duration::from_millis(timeout_ms.into())) {
        true => Ok(()),
        false => Err(Status::PENDING),
    })
}
