//! Owner and access list.

mod account;

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_INVALID_OWNER, GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW, ConvertStringSecurityDescriptorToSecurityDescriptorW,
    GetNamedSecurityInfoW, SDDL_REVISION_1, SE_FILE_OBJECT, SetSecurityInfo,
};
use windows_sys::Win32::Security::{
    ACL, DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, OWNER_SECURITY_INFORMATION,
    PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES,
    UNPROTECTED_DACL_SECURITY_INFORMATION,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, CREATE_NEW, CreateDirectoryW, CreateFileW, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_DELETE,
    FILE_SHARE_READ, FILE_SHARE_WRITE, GetFileInformationByHandle, WRITE_DAC,
};

use super::descriptor::{self, New};
pub(super) use account::{Identifier, account_name, identifier_of, own_identifier};

pub(super) fn foreign_writer(path: &Path, account: &Identifier) -> io::Result<Option<String>> {
    Ok(descriptor::foreign_writer(&descriptor_of(path)?, account).map(account_name))
}

pub(super) fn readable_by_others(path: &Path, account: &Identifier) -> io::Result<bool> {
    Ok(descriptor::foreign_reader(&descriptor_of(path)?, account).is_some())
}

pub(super) fn owner(path: &Path) -> io::Result<String> {
    let descriptor = descriptor_of(path)?;
    let owner = descriptor.strip_prefix("O:").and_then(|rest| rest.split("D:").next());
    owner.map(account_name).ok_or_else(|| io::ErrorKind::NotFound.into())
}

pub(super) fn keep_owner(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn names(file: &File) -> io::Result<u64> {
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open, and the structure lives until the call returns.
    succeeded(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &mut found) })?;
    Ok(found.nNumberOfLinks.into())
}

pub(super) fn create_folder(folder: &Path, account: &Identifier) -> io::Result<()> {
    let descriptor = Descriptor::parse(&descriptor::private(New::Folder, account, &own_identifier()?))?;
    let (name, attributes) = (wide(folder.as_os_str().encode_wide()), descriptor.attributes());
    // SAFETY: the name is NUL-terminated, and name and attributes live until the call returns.
    made(unsafe { CreateDirectoryW(name.as_ptr(), &attributes) } != 0)
}

pub(super) fn create_file(path: &Path, account: &Identifier) -> io::Result<File> {
    let descriptor = Descriptor::parse(&descriptor::private(New::File, account, &own_identifier()?))?;
    let (name, attributes) = (wide(path.as_os_str().encode_wide()), descriptor.attributes());
    let access = GENERIC_READ | GENERIC_WRITE | WRITE_DAC;
    let sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    // SAFETY: the name is NUL-terminated, and name and attributes live until the call returns.
    let handle = unsafe {
        CreateFileW(name.as_ptr(), access, sharing, &attributes, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, ptr::null_mut())
    };
    made(handle != INVALID_HANDLE_VALUE)?;
    // SAFETY: a handle that was just opened and that nobody else has.
    Ok(unsafe { File::from_raw_handle(handle) })
}

/// The system's error if nothing was made; the one that says nothing to people in words that do.
fn made(done: bool) -> io::Result<()> {
    if done {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(ERROR_INVALID_OWNER.cast_signed()) {
        let why =
            "only an administrator can make a file for another account: start PowerShell with 'Run as administrator'";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Err(error)
}

pub(super) fn copy(from: &Path, to: &File) -> io::Result<()> {
    let text = descriptor_of(from)?;
    let descriptor = Descriptor::parse(&text)?;
    let (mut present, mut list, mut by_default) = (0, ptr::null_mut::<ACL>(), 0);
    // SAFETY: the descriptor is whole, and the variables live until the call returns.
    succeeded(unsafe { GetSecurityDescriptorDacl(descriptor.0, &mut present, &mut list, &mut by_default) })?;
    let (handle, what, none) = (to.as_raw_handle(), what_to_set(&text), ptr::null_mut());
    // SAFETY: the handle is open with WRITE_DAC, and the list belongs to the descriptor, which lives until the end.
    let error = unsafe { SetSecurityInfo(handle, SE_FILE_OBJECT, what, none, none, list, ptr::null()) };
    system_error(error)
}

/// The access list, which goes on to inherit from the folder, or not to.
fn what_to_set(descriptor: &str) -> u32 {
    DACL_SECURITY_INFORMATION
        | match descriptor::is_protected(descriptor) {
            true => PROTECTED_DACL_SECURITY_INFORMATION,
            false => UNPROTECTED_DACL_SECURITY_INFORMATION,
        }
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

    /// What makes a file or folder have this descriptor; borrows it without saying so.
    fn attributes(&self) -> SECURITY_ATTRIBUTES {
        let size = u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or_default();
        SECURITY_ATTRIBUTES { nLength: size, lpSecurityDescriptor: self.0, bInheritHandle: 0 }
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
    fn a_copied_list_inherits_as_its_model_does() {
        // The numbers of winnt.h. Wine knows no protected list of a file.
        assert_eq!(what_to_set("O:BAD:PAI(A;;FA;;;BA)"), 0x8000_0004);
        assert_eq!(what_to_set("O:BAD:AI(A;ID;FA;;;BA)"), 0x2000_0004);
    }

    #[test]
    fn what_is_private_is_made_once_and_is_nobody_elses() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (path, own) = (folder.path().join("token"), own_identifier().expect("known"));
        let file = create_file(&path, &own).expect("made");
        assert_eq!(names(&file).expect("known"), 1);
        assert_eq!(create_file(&path, &own).expect_err("there").kind(), io::ErrorKind::AlreadyExists);
        let inner = folder.path().join("inner");
        create_folder(&inner, &own).expect("made");
        for made in [path, inner] {
            assert_eq!(foreign_writer(&made, &own).expect("known"), None, "{}", made.display());
            assert!(!readable_by_others(&made, &own).expect("known"), "{}", made.display());
        }
    }
}
