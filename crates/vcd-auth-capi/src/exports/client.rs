//! Clients: open, wait, close.

use std::sync::Arc;
use std::time::Duration;

use crate::client::Client;
use crate::description;
use crate::exit;
use crate::guard::guard;
use crate::handles::{self, Object};
use crate::memory::{self, Buffer, Output};
use crate::options::Options;
use crate::pin::pin;
use crate::status::Status;

/// Opens a client: options, and the queue in which its requests settle. Makes no connection.
///
/// - `fields`, `fields_len`: in, UTF-8 bytes; all optional: `ca_file` (path of a PEM file whose certificate authorities are
///   trusted besides the operating system's), `certificate_sha256` (the one certificate that is trusted; 64 hexadecimal
///   digits, colons allowed), `skip_certificate_check` (`true`: any certificate), of which at most one; `proxy`
///   (`http://host:port`), `proxy_user`, `proxy_source` (who named it, for settled fields to tell: `option` or
///   `environment`), `no_proxy` (may repeat: sites that go without the proxy; `*` alone: no proxy at all); without `proxy`,
///   HTTPS_PROXY and NO_PROXY count, then a request's `system_proxy`, then the machine's (Windows);
///   `max_retries` (2, at most 10: how often what provably was not sent, or does no harm, is tried again); `timeout_ms` (one
///   whole operation, 30000), `connect_timeout_ms` (10000), `max_in_flight` (16, at most 1000), `recovery_dir` (where new API
///   tokens go that nobody takes; the user's own folder).
/// - `proxy_password`, `proxy_password_units`: in, the password of `proxy_user` in UTF-16 units; NULL with 0 for none.
/// - `client`: out, the handle; 0 unless the call succeeds. Close it with `vcd_client_close`.
/// - `error_buffer`, `capacity`: out, in bytes; for bad options the fields `status`, `name`, `message`, `action`.
/// - `needed`: out, the size of that text in bytes, also when the buffer is too small; 0 on success.
///
/// Returns 0; 1001 for a bad pointer or text that is not UTF-8; 1014 for options that are not known, contradict each other or
/// cannot be used (the text says which); 2016 where the operating system has no certificate authorities; 9001 to 9004.
/// The first call pins the library in memory for the life of the process. Any thread. Since ABI 1.0.
///
/// # Safety
/// Each pointer is NULL or points to as much memory as its length says; `client` and `needed` point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_client_open(
    fields: *const u8,
    fields_len: u32,
    proxy_password: *const u16,
    proxy_password_units: u32,
    client: *mut u64,
    error_buffer: *mut u8,
    capacity: u32,
    needed: *mut u32,
) -> i32 {
    guard(|| {
        pin();
        exit::watch();
        // SAFETY: this function's contract.
        let client = unsafe { Output::new(client) }?;
        // SAFETY: this function's contract.
        let error = unsafe { Buffer::new(error_buffer, capacity, needed) }?;
        // SAFETY: this function's contract.
        let fields = unsafe { memory::text(fields, fields_len) }?;
        // SAFETY: this function's contract.
        let proxy_password = unsafe { memory::units(proxy_password, proxy_password_units) }?;
        match Options::parse(fields, proxy_password) {
            Ok(options) => client.set(handles::insert(Object::Client(Arc::new(Client::new(options))))?),
            Err(failure) => {
                let text = description::failure_fields(&failure);
                // The failure's own number says more than that its text did not fit; `needed` tells that.
                let _ = error.write(text.len(), text.bytes());
                return Err(Status::from(&failure));
            }
        }
        Ok(())
    })
}

/// Closes a client. Its waiters return 5003, the handles of its requests become invalid, and requests that have not
/// settled are cancelled as by `vcd_request_cancel`. A session whose bearer nobody took is ended in the background; a new
/// API token that nobody took is written to the recovery folder before the call returns.
///
/// - `client`: in; invalid afterwards.
///
/// Returns 0; 1002 if there is no such client; 9001, 9004. Waits for nothing on the network. Any thread. Since ABI 1.0.
#[unsafe(no_mangle)]
pub extern "C" fn vcd_client_close(client: u64) -> i32 {
    guard(|| {
        handles::remove_client(client)?.close();
        Ok(())
    })
}

/// Waits until a request of the client has settled. Each request comes out exactly once, in the order of settling, cancelled
/// ones included; two waiters never get the same one.
///
/// - `client`: in.
/// - `timeout_ms`: in, milliseconds; the call never blocks longer. 0 asks without waiting.
/// - `request`: out, the handle of the request that has settled; 0 unless the call returns 0.
///
/// Returns 0; 1 (pending) if none settled in time; 2 (none) if no request is outstanding; 1001 for a bad pointer; 1002 if
/// there is no such client; 5003 if it was closed meanwhile; 9001, 9004. Any thread, several at once. Since ABI 1.0.
///
/// # Safety
/// `request` points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_wait(client: u64, timeout_ms: u32, request: *mut u64) -> i32 {
    guard(|| {
        // SAFETY: this function's contract.
        let request = unsafe { Output::new(request) }?;
        let settled = handles::client(client)?.wait(Duration::from_millis(timeout_ms.into()))?;
        request.set(settled);
        Ok(())
    })
}
