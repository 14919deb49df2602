//! Accounts: their security identifiers and their names.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{CloseHandle, ERROR_NONE_MAPPED, HANDLE};
use windows_sys::Win32::Security::Authorization::{ConvertSidToStringSidW, ConvertStringSidToSidW};
use windows_sys::Win32::Security::{
    GetTokenInformation, LookupAccountNameW, LookupAccountSidW, PSID, SidTypeComputer, SidTypeUser, TOKEN_QUERY,
    TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::super::descriptor;
use super::{Descriptor, succeeded, take_text, wide};

/// A security identifier as text.
pub(in super::super) type Identifier = String;

/// The longest name of an account or a domain, in UTF-16 units.
const NAME_LENGTH: usize = 256;

/// The account of this process.
pub(in super::super) fn own_identifier() -> io::Result<Identifier> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the process's own pseudo handle is always good.
    let process = unsafe { GetCurrentProcess() };
    // SAFETY: the variable lives until the call returns.
    succeeded(unsafe { OpenProcessToken(process, TOKEN_QUERY, &mut token) })?;
    // Enough for the structure and the longest identifier behind it, aligned for both.
    let (mut user, mut needed) = ([0_u64; 32], 0);
    let size = u32::try_from(size_of_val(&user)).unwrap_or_default();
    // SAFETY: the buffer is as long as the call is told.
    let found =
        succeeded(unsafe { GetTokenInformation(token, TokenUser, user.as_mut_ptr().cast(), size, &mut needed) });
    // SAFETY: opened above, and closed once.
    unsafe { CloseHandle(token) };
    found?;
    // SAFETY: the call has filled the buffer with this structure.
    let user = unsafe { &*user.as_ptr().cast::<TOKEN_USER>() };
    // SAFETY: the identifier lies in the buffer.
    unsafe { text_of(user.User.Sid) }
}

/// The account of that name.
pub(in super::super) fn identifier_of(name: &str) -> io::Result<Identifier> {
    let name = wide(name.encode_utf16());
    // Enough for the longest identifier, aligned for it.
    let (mut sid, mut domain, mut kind) = ([0_u64; 16], [0_u16; NAME_LENGTH], 0);
    let (mut sid_length, mut domain_length) =
        (u32::try_from(size_of_val(&sid)).unwrap_or_default(), NAME_LENGTH as u32);
    // SAFETY: the name is NUL-terminated, and both buffers are as long as the call is told.
    let found = unsafe {
        LookupAccountNameW(
            ptr::null(),
            name.as_ptr(),
            sid.as_mut_ptr().cast(),
            &mut sid_length,
            domain.as_mut_ptr(),
            &mut domain_length,
            &mut kind,
        )
    };
    succeeded(found).map_err(|error| match error.raw_os_error().map(i32::cast_unsigned) {
        Some(ERROR_NONE_MAPPED) => io::ErrorKind::NotFound.into(),
        _ => error,
    })?;
    // SAFETY: the call has filled the buffer with an identifier.
    let identifier = unsafe { text_of(sid.as_mut_ptr().cast()) }?;
    let is_account = [SidTypeUser, SidTypeComputer].contains(&kind) || descriptor::is_service(&identifier);
    if is_account { Ok(identifier) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// An identifier as text.
///
/// # Safety
/// `sid` is a whole identifier.
unsafe fn text_of(sid: PSID) -> io::Result<Identifier> {
    let mut text = ptr::null_mut();
    // SAFETY: this function's contract.
    succeeded(unsafe { ConvertSidToStringSidW(sid, &mut text) })?;
    // SAFETY: a text that the call allocated.
    Ok(unsafe { take_text(text) })
}

/// `DOMAIN\name` of a security identifier, or the identifier itself where no name can be found.
pub(in super::super) fn account_name(identifier: &str) -> String {
    let text = wide(identifier.encode_utf16());
    let mut sid = Descriptor(ptr::null_mut());
    // SAFETY: the text is NUL-terminated; what is allocated is released by its owner.
    if unsafe { ConvertStringSidToSidW(text.as_ptr(), &mut sid.0) } == 0 {
        return identifier.to_owned();
    }
    let (mut name, mut domain) = ([0_u16; NAME_LENGTH], [0_u16; NAME_LENGTH]);
    let (mut name_length, mut domain_length, mut kind) = (NAME_LENGTH as u32, NAME_LENGTH as u32, 0);
    // SAFETY: both buffers are as long as the call is told, and the identifier is whole.
    let found = unsafe {
        LookupAccountSidW(
            ptr::null(),
            sid.0,
            name.as_mut_ptr(),
            &mut name_length,
            domain.as_mut_ptr(),
            &mut domain_length,
            &mut kind,
        )
    };
    let text = |buffer: &[u16], length: u32| String::from_utf16_lossy(&buffer[..NAME_LENGTH.min(length as usize)]);
    match (found, domain_length) {
        (0, _) => identifier.to_owned(),
        (_, 0) => text(&name, name_length),
        _ => format!("{}\\{}", text(&domain, domain_length), text(&name, name_length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_name_and_a_group_is_none() {
        let own = own_identifier().expect("known");
        assert!(own.starts_with("S-1-5-"), "{own}");
        assert_eq!(identifier_of(&account_name(&own)).expect("its own name"), own);
        assert_eq!(identifier_of("no such account").expect_err("nobody").kind(), io::ErrorKind::NotFound);
        assert_eq!(identifier_of("Everyone").expect_err("a group").kind(), io::ErrorKind::InvalidInput);
        assert_eq!(identifier_of("SYSTEM").expect("what tasks run as"), "S-1-5-18");
    }
}
