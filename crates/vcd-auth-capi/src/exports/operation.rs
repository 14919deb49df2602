//! Operations: each makes a request and returns at once.

use std::sync::Arc;

use crate::client::Client;
use crate::guard::guard;
use crate::handles;
use crate::memory::{self, Output};
use crate::operation;
use crate::status::Status;

/// Gets a session for an API token (or a service account's refresh token): one that this process has and that is alive, or
/// a new one. Requests for the same session at the same time share one exchange. The token is sent at most once.
///
/// - `client`: in. Submit at most twice its `max_in_flight` ahead of what `vcd_wait` has returned.
/// - `fields`, `fields_len`: in, UTF-8 bytes: `server` (a host, `host:port`, `[IPv6]` or any https address of the site) and
///   `org` (the short name; `System` means the provider) or `provider=true`; optional `label`, which is handed back,
///   `force_refresh=true` (a new session in any case), `no_cache=true` (a session that nobody else gets),
///   `save_new_api_token=true` (a new API token is written to a file of the recovery folder rather than handed out),
///   `system_proxy` (the proxy that the caller's system resolved for the server), `token_file` (the path of a file with the
///   token: Terraform's JSON, a SecureString or PSCredential of PowerShell's `Export-Clixml`, or one line of text).
/// - `secret`, `secret_units`: in, the API token in UTF-16 units; white space around it is dropped. Copied before the call
///   returns: the caller wipes its own memory. NULL and 0 with the field `token_file`; both are 1014.
/// - `request`: out, the handle; 0 unless the call returns 0. Close it with `vcd_request_close`.
///
/// Returns 0 also for bad input: then the request has settled with its failure and nothing is sent. 1001 for a bad pointer
/// or fields that are not UTF-8; 1002 if there is no such client; 5003 if it is being closed; 9001, 9002, 9004.
///
/// When settled, `vcd_request_describe` gives `status` 0, `server`, `port`, `org`, `provider`, `user`, `token_type`,
/// `issued_at`, `expires_at`, `attempts`, `cached`, `session` (the number under which the caller holds it); `renewed=true` if
/// this process had a session that was found dead; `label` as given; `trimmed=true` if white space was dropped;
/// `new_api_token=true` and `recovery_dir` if the API token was replaced.
/// A new API token is saved as asked, and in any case if the exchange failed nevertheless: `new_api_token_file` is then the
/// file, or, beside the other two, `new_api_token_problem` why there is none. For a token file that could be read:
/// `token_file` (its path without symbolic links), `token_file_replaced` (whether a new token was put into it),
/// `token_file_note` and `token_file_warning` (sentences to show; may repeat). A token that Cloud Director replaces is put
/// into the file before the request settles, under a lock. Others who have it are waited for until it has not changed hands
/// for half of `timeout_ms`, and at most ten times as long; that time does not count. If a token can only be kept beside the
/// file, a warning says where; if it cannot, the request fails with 6006. Where the way to the server leads through a proxy,
/// of failures too: `proxy` (`http://host:port`) and `proxy_source`, who named it (`option`, `environment`, `system` for
/// `system_proxy`, `machine`). `vcd_request_take_secret` gives the bearer (1) and the new API token (2). Any thread.
/// Since ABI 1.0.
///
/// # Safety
/// `fields` and `secret` are NULL or point to as much memory as their lengths say; `request` points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_exchange(
    client: u64,
    fields: *const u8,
    fields_len: u32,
    secret: *const u16,
    secret_units: u32,
    request: *mut u64,
) -> i32 {
    // SAFETY: this function's contract.
    guard(|| unsafe { submit(client, fields, fields_len, secret, secret_units, request, &operation::exchange) })
}

/// Gets a session as `vcd_exchange` does, and asks Cloud Director who is logged in: all that a connection of PowerCLI needs.
///
/// Parameters and returns as for `vcd_exchange`, and the field `legacy_id=true`, which asks for the session's legacy id as well
/// (PowerCLI up to 13.0 wants it in place of the bearer). When settled: as for `vcd_exchange`, with `org` and `user` as Cloud
/// Director spells them, `role` (may repeat), `idle_timeout_minutes`, `api_version` (the one agreed on with the site), and
/// `legacy_id=true` if there is one to take; 3013 if it was asked for and the site gives none. If a question fails, the
/// session is ended unless others hold it, and a new API token is in a file, as for a failed exchange.
/// `vcd_request_take_secret` gives the legacy id too (3); it dies with the session, so take the bearer as well. Any thread.
/// Since ABI 1.0.
///
/// # Safety
/// As for `vcd_exchange`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_connect(
    client: u64,
    fields: *const u8,
    fields_len: u32,
    secret: *const u16,
    secret_units: u32,
    request: *mut u64,
) -> i32 {
    // SAFETY: this function's contract.
    guard(|| unsafe { submit(client, fields, fields_len, secret, secret_units, request, &operation::connect) })
}

/// Asks Cloud Director whether a session is alive. Asking resets its idle clock there.
///
/// - `client`: in.
/// - `fields`, `fields_len`: in, UTF-8 bytes: `server` as for `vcd_exchange`; optional `system_proxy`, `legacy_id=true` (asks
///   for the session's legacy id as well), and `session`, the number under which the caller holds the session. With it,
///   `server` and the secret may be left out: the session is then reached as it was when it was made (whom to trust, which
///   proxy), and the client gives time limits and retries only.
/// - `secret`, `secret_units`: in, the bearer in UTF-16 units, with or without the word `Bearer`. Copied.
/// - `request`: out, as for `vcd_exchange`.
///
/// Returns as `vcd_exchange` does. When settled: `status` 0 with `server`, `port`, `org`, `user`, `role` (may repeat),
/// `idle_timeout_minutes` and `api_version` (the one agreed on with the site) if the session is alive, and `legacy_id=true`
/// if there is one to take with `vcd_request_take_secret` (3); 3004 if the session is not alive, 3013 if the site gives no
/// legacy id, otherwise why the question could not be answered; `proxy` and `proxy_source` as for `vcd_exchange`. Any thread.
/// Since ABI 1.0.
///
/// # Safety
/// As for `vcd_exchange`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_check(
    client: u64,
    fields: *const u8,
    fields_len: u32,
    secret: *const u16,
    secret_units: u32,
    request: *mut u64,
) -> i32 {
    // SAFETY: this function's contract.
    guard(|| unsafe { submit(client, fields, fields_len, secret, secret_units, request, &operation::check) })
}

/// Releases a session, and ends it at Cloud Director unless others hold it. One that is dead already counts as ended.
///
/// Parameters and returns as for `vcd_check`, but for `legacy_id`, and the field `force=true`, which ends the session although others hold it. A
/// session is counted by the number in `session`: releasing it twice does nothing, and a number of another process, or none,
/// ends the session. When settled: `status` 0 with `server`, `port`, `ended`, and `held_by_others` where nothing was sent;
/// otherwise why the session could not be ended, and it is still held; `proxy` and `proxy_source` as for `vcd_exchange`.
/// Any thread. Since ABI 1.0.
///
/// # Safety
/// As for `vcd_exchange`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_end(
    client: u64,
    fields: *const u8,
    fields_len: u32,
    secret: *const u16,
    secret_units: u32,
    request: *mut u64,
) -> i32 {
    // SAFETY: this function's contract.
    guard(|| unsafe { submit(client, fields, fields_len, secret, secret_units, request, &operation::end) })
}

/// Writes an API token to a file that only one account can read, in a form that `token_file` of `vcd_exchange` reads. Nothing is
/// sent.
///
/// - `client`: in. Its `timeout_ms` is how long the lock of a file that others use is waited for.
/// - `fields`, `fields_len`: in, UTF-8 bytes: `path` (a folder that is not there is made, as private as the file); optional
///   `form`: `line`, one line of text; `service_account` or `api_token`, Terraform's JSON that says whether the token is replaced
///   at each use; `secure_string` (Windows only), a SecureString as PowerShell's `Export-Clixml` writes it, encrypted by Windows
///   (DPAPI). Unless given it is `secure_string` on Windows and `line` elsewhere;
///   `scope`, with `secure_string` only: who can decrypt it, `user` (unless given), the account that writes it, or `machine`, every
///   account of the machine that can read the file;
///   `account` (Windows only): the name of another account that the file is for, `DOMAIN\name`, `DOMAIN\service$` or the name
///   alone; only administrators can, and `secure_string` needs `scope=machine` then;
///   `force=true`, which replaces a file that is there.
/// - `secret`, `secret_units`: in, the API token in UTF-16 units; white space around it is dropped. Copied.
/// - `request`: out, as for `vcd_exchange`.
///
/// Returns as `vcd_exchange` does. When settled: `status` 0 with `token_file`, the file's path without symbolic links, and the
/// file is on the disk; otherwise why it is not: 1014 for a form, scope or account that cannot be had, 6006 if there is a file
/// already, 6007 if others could read or replace it. Any thread. Since ABI 1.0.
///
/// # Safety
/// As for `vcd_exchange`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_token_save(
    client: u64,
    fields: *const u8,
    fields_len: u32,
    secret: *const u16,
    secret_units: u32,
    request: *mut u64,
) -> i32 {
    // SAFETY: this function's contract.
    guard(|| unsafe { submit(client, fields, fields_len, secret, secret_units, request, &operation::save_token) })
}

/// Makes any call of Cloud Director's interfaces with a session. What only asks (GET, HEAD) is tried again where that helps,
/// everything else is sent at most once. Redirects are not followed: a bearer never goes to a site other than its own.
///
/// - `client`, `secret`, `secret_units`, `request`: as for `vcd_check`.
/// - `fields`, `fields_len`: in, UTF-8 bytes: `server`, `session`, `system_proxy` as for `vcd_check`; `path`, which begins with a
///   slash and may have a query, or is a whole https address of the same site (no fragment, no `..`); optional `method` (GET,
///   HEAD, POST, PUT, PATCH, DELETE; GET unless given), `accept` (any XML under `/api`, `application/json` under
///   `/cloudapi`, else anything, unless given), `api_version` (such as 37.0; agreed on with the site once unless it is given
///   here or in `accept`; only under those two paths), `content_type` of the body (JSON under `/cloudapi` unless given,
///   required elsewhere).
/// - `body`, `body_len`: in, bytes, what is sent; NULL with 0 for nothing. Copied before the call returns. At most 64 MiB.
///
/// Returns as `vcd_exchange` does. When settled: `status` 0 for an answer of HTTP 2xx, with `server`, `port`, `attempts`,
/// `http_status`, `content_type`, `api_version` (if it was agreed on), `request_id`, `body_length` (in bytes, at most 8 MiB;
/// taken with `vcd_request_take_body`); `location` and `task`, the whole addresses of what was made and of the task that does
/// it, where the answer names them and they are on the same site; `next_page`, the `path` of the next page, after a GET of a
/// list that goes on. Any other answer is a failure, whose `message` and `minor_error_code` are what the server said; its body
/// cannot be taken. 3004 means that the session is dead; with `outcome_unknown=true` the call may have been carried out.
/// `proxy` and `proxy_source` as for `vcd_exchange`. Any thread. Since ABI 1.0.
///
/// # Safety
/// As for `vcd_exchange`; `body` is NULL or points to `body_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcd_call(
    client: u64,
    fields: *const u8,
    fields_len: u32,
    secret: *const u16,
    secret_units: u32,
    body: *const u8,
    body_len: u32,
    request: *mut u64,
) -> i32 {
    guard(|| {
        let start = |client: &Arc<Client>, fields: &str, secret: &[u16]| {
            // SAFETY: this function's contract.
            operation::call(client, fields, secret, unsafe { memory::bytes(body, body_len) }?)
        };
        // SAFETY: this function's contract.
        unsafe { submit(client, fields, fields_len, secret, secret_units, request, &start) }
    })
}

/// Starts an operation with fields and a secret, and tells its handle.
type Start<'a> = dyn Fn(&Arc<Client>, &str, &[u16]) -> Result<u64, Status> + 'a;

/// The common part of all operations: reads the caller's memory and hands it to what starts one of them.
///
/// # Safety
/// As for `vcd_exchange`.
unsafe fn submit(
    client: u64,
    fields: *const u8,
    fields_len: u32,
    secret: *const u16,
    secret_units: u32,
    request: *mut u64,
    start: &Start<'_>,
) -> Result<(), Status> {
    // SAFETY: this function's contract.
    let request = unsafe { Output::new(request) }?;
    // SAFETY: this function's contract.
    let fields = unsafe { memory::text(fields, fields_len) }?;
    // SAFETY: this function's contract.
    let secret = unsafe { memory::units(secret, secret_units) }?;
    request.set(start(&handles::client(client)?, fields, secret)?);
    Ok(())
}
