//! The proxy of the machine.

/// The proxy that WinHTTP has for the whole machine (`netsh winhttp set proxy`), and its bypass list, both as the system
/// stores them. `None` where there is none, and on other systems, which have no such setting.
#[cfg(not(windows))]
pub fn machine_proxy() -> Option<(String, String)> {
    None
}

/// The proxy that WinHTTP has for the whole machine (`netsh winhttp set proxy`), and its bypass list, both as the system
/// stores them. `None` where there is none.
#[cfg(windows)]
pub fn machine_proxy() -> Option<(String, String)> {
    use windows_sys::Win32::Networking::WinHttp::{
        WINHTTP_ACCESS_TYPE_NAMED_PROXY, WINHTTP_PROXY_INFO, WinHttpGetDefaultProxyConfiguration,
    };
    let mut found =
        WINHTTP_PROXY_INFO { dwAccessType: 0, lpszProxy: std::ptr::null_mut(), lpszProxyBypass: std::ptr::null_mut() };
    // SAFETY: the system fills in the structure; the texts it points to are released below.
    if unsafe { WinHttpGetDefaultProxyConfiguration(&mut found) } == 0 {
        return None;
    }
    // SAFETY: both are null or texts that the call above allocated.
    let (proxy, bypass) = unsafe { (take_text(found.lpszProxy), take_text(found.lpszProxyBypass)) };
    let named = found.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY;
    Some((proxy, bypass)).filter(|(proxy, _)| named && !proxy.is_empty())
}

/// Copies a text of the system and releases it.
///
/// # Safety
/// `text` is null or a NUL-terminated text that `GlobalFree` may release.
#[cfg(windows)]
unsafe fn take_text(text: *mut u16) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: NUL-terminated by this function's contract, so every element read lies within the text.
    let length = (0..).take_while(|index| unsafe { *text.add(*index) } != 0).count();
    // SAFETY: `length` units before the NUL, just counted.
    let copy = String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) });
    // SAFETY: released once, not used afterwards.
    unsafe { windows_sys::Win32::Foundation::GlobalFree(text.cast()) };
    copy
}
