//! Keeps the library's code in memory: its threads never end, so unloading it would pull the ground from under them.

/// Pins the library. On Linux and macOS the link settings do it already (`-z nodelete`; dyld never unloads libraries with
/// thread-local variables).
#[cfg(not(windows))]
pub(crate) fn pin() {}

/// Pins the library for the life of the process.
#[cfg(windows)]
pub(crate) fn pin() {
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };
    static ANCHOR: u8 = 0;
    let mut module = std::ptr::null_mut();
    // SAFETY: with FROM_ADDRESS the "name" is an address within the module to pin; the handle needs no release.
    // A failure leaves the library unpinned, which is no worse than before the call.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            (&raw const ANCHOR).cast(),
            &mut module,
        )
    };
}
