//! Owner and access list.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{
    CloseHandle, GENERIC_READ, GENERIC_WRITE, HANDLE, INVALID_HANDLE_VALUE, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW, ConvertSidToStringSidW,
    ConvertStringSecurityDescriptorToSecurityDescriptorW, ConvertStringSidToSidW, GetNamedSecurityInfoW,
    SDDL_REVISION_1, SE_FILE_OBJECT, SetSecurityInfo,
};
use windows_sys::Win32::Security::{
    ACL, DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, GetTokenInformation, LookupAccountSidW,
    OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES,
    TOKEN_QUERY, TOKEN_USER, TokenUser, UNPROTECTED_DACL_SECURITY_INFORMATION,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, CREATE_NEW, CreateFileW, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_DELETE, FILE_SHARE_READ,
    FILE_SHARE_WRITE, GetFileInformationByHandle, WRITE_DAC,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::descriptor;

/// The longest name of an account or a domain, in UTF-16 units.
const NAME_LENGTH: usize = 256;

pub(super) fn foreign_writer(path: &Path) -> io::Result<Option<String>> {
    Ok(descriptor::foreign_writer(&descriptor_of(path)?, &own_identifier()?).map(account_name))
}

pub(super) fn readable_by_others(path: &Path) -> io::Result<bool> {
    Ok(descriptor::foreign_reader(&descriptor_of(path)?, &own_identifier()?).is_some())
}

pub(super) fn owner(path: &Path) -> io::Result<String> {
    let descriptor = descriptor_of(path)?;
    let owner = descriptor.strip_prefix("O:").and_then(|rest| rest.split("D:").next());
    owner.map(account_name).ok_or_else(|| io::ErrorKind::NotFound.into())
}

pub(super) fn this_account() -> io::Result<String> {
    own_identifier().map(|own| account_name(&own))
}

pub(super) fn names(file: &File) -> io::Result<u64> {
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open, and the structure lives until the call returns.
    succeeded(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &mut found) })?;
    Ok(found.nNumberOfLinks.into())
}

/// Makes a new, empty file that nobody but this account, the administrators and the system can open, from its first moment.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let descriptor = Descriptor::parse(&descriptor::private(&own_identifier()?))?;
    let size = u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or_default();
    let attributes = SECURITY_ATTRIBUTES { nLength: size, lpSecurityDescriptor: descriptor.0, bInheritHandle: 0 };
    let (name, sharing) =
        (wide(path.as_os_str().encode_wide()), FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
    let access = GENERIC_READ | GENERIC_WRITE | WRITE_DAC;
    // SAFETY: the name is NUL-terminated, and name and attributes live until the call returns.
    let handle = unsafe {
        CreateFileW(name.as_ptr(), access, sharing, &attributes, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, ptr::null_mut())
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a handle that was just opened and that nobody else has.
    Ok(unsafe { File::from_raw_handle(handle) })
}

pub(super) fn copy(from: &Path, to: &File) -> io::Result<()> {
    let text = descriptor_of(from)?;
    let descriptor = Descriptor::parse(&text)?;
    let (mut present, mut list, mut by_default) = (0, ptr::null_mut::<ACL>(), 0);
    // SAFETY: the descriptor is whole, and the variables live until the call returns.
    succeeded(unsafe { GetSecurityDescriptorDacl(descriptor.0, &mut present, &mut list, &mut by_default) })?;
    let protection = match descriptor::is_protected(&text) {
        true => PROTECTED_DACL_SECURITY_INFORMATION,
        false => UNPROTECTED_DACL_SECURITY_INFORMATION,
    };
    let what = DACL_SECURITY_INFORMATION | protection;
    let (handle, none) = (to.as_raw_handle(), ptr::null_mut());
    // SAFETY: the handle is open with WRITE_DAC, and the list belongs to the descriptor, which lives until the end.
    let error = unsafe { SetSecurityInfo(handle, SE_FILE_OBJECT, what, none, none, list, ptr::null()) };
    system_error(error)
}

/// The owner and the access list of a file or folder, as text.
fn descriptor_of(path: &Path) -> io::Result<String> {
    let (name, what) = (wide(path.as_os_str().encode_wide()), OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION);
    let (mut found, none) = (Descriptor(ptr::null_mut()), ptr::null_mut());
    // SAFETY: the name is NUL-terminated; what is not wanted may be null; the descriptor is released by its owner.
    let error = unsafe {
        GetNamedSecurityInfoW(
            name.as_ptr(),
            SE_FILE_OBJECT,
            what,
            none,
            none,
            ptr::null_mut(),
            ptr::null_mut(),
            &mut found.0,
        )
    };
    system_error(error)?;
    let mut text = ptr::null_mut();
    // SAFETY: the descriptor is whole, and the variables live until the call returns.
    succeeded(unsafe {
        ConvertSecurityDescriptorToStringSecurityDescriptorW(found.0, SDDL_REVISION_1, what, &mut text, ptr::null_mut())
    })?;
    // SAFETY: a text that the call allocated.
    Ok(unsafe { take_text(text) })
}

/// The security identifier of this process's account, as text.
fn own_identifier() -> io::Result<String> {
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
    let mut text = ptr::null_mut();
    // SAFETY: the identifier lies in the buffer.
    succeeded(unsafe { ConvertSidToStringSidW(user.User.Sid, &mut text) })?;
    // SAFETY: a text that the call allocated.
    Ok(unsafe { take_text(text) })
}

/// `DOMAIN\name` of a security identifier, or the identifier itself where no name can be found.
fn account_name(identifier: &str) -> String {
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

/// Memory that the system allocated for a descriptor or an identifier.
struct Descriptor(PSECURITY_DESCRIPTOR);

impl Descriptor {
    fn parse(text: &str) -> io::Result<Self> {
        let (text, mut parsed) = (wide(text.encode_utf16()), Descriptor(ptr::null_mut()));
        // SAFETY: the text is NUL-terminated, and the variable lives until the call returns.
        succeeded(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &mut parsed.0,
                ptr::null_mut(),
            )
        })?;
        Ok(parsed)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: null, or allocated by one of the calls above and released nowhere else.
        unsafe { LocalFree(self.0) };
    }
}

/// Copies a text of the system and releases it.
///
/// # Safety
/// `text` is a NUL-terminated text that `LocalFree` may release.
unsafe fn take_text(text: *mut u16) -> String {
    // SAFETY: NUL-terminated by this function's contract, so every element read lies within the text.
    let length = (0..).take_while(|index| unsafe { *text.add(*index) } != 0).count();
    // SAFETY: `length` units before the NUL, just counted.
    let copy = String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) });
    // SAFETY: released once, not used afterwards.
    unsafe { LocalFree(text.cast::<c_void>()) };
    copy
}

fn wide(units: impl Iterator<Item = u16>) -> Vec<u16> {
    units.chain([0]).collect()
}

fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn system_error(error: u32) -> io::Result<()> {
    if error == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(error.cast_signed())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_made_once_and_is_nobody_elses() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("token");
        let file = create_private(&path).expect("made");
        assert_eq!(names(&file).expect("known"), 1);
        assert_eq!(create_private(&path).expect_err("there").kind(), io::ErrorKind::AlreadyExists);
        assert!(this_account().is_ok_and(|name| !name.is_empty()));
        assert!(own_identifier().is_ok_and(|own| own.starts_with("S-1-5-")));
    }
}
