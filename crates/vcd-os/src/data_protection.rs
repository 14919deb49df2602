//! Windows' Data Protection API: data that one account or one machine can read. `Export-Clixml` and `ConvertFrom-SecureString`
//! protect a SecureString so.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_LOCAL_MACHINE, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
};

/// The bit of a blob's flags that says that the whole machine can read it.
pub const MACHINE_FLAG: u8 = CRYPTPROTECT_LOCAL_MACHINE as u8;

/// Who can read the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The account that protected it.
    User,
    /// Every account of the machine.
    Machine,
}

/// Protects data. Never asks anybody.
///
/// # Errors
/// Those of the operating system: an account without a profile, for one.
pub fn protect(data: &[u8], scope: Scope) -> io::Result<Vec<u8>> {
    let flags = flags_of(scope);
    call(data, |input, output| {
        // SAFETY: both point to blobs that live until the call returns; what is not wanted may be null.
        unsafe { CryptProtectData(input, ptr::null(), ptr::null(), ptr::null(), ptr::null(), flags, output) }
    })
}

fn flags_of(scope: Scope) -> u32 {
    CRYPTPROTECT_UI_FORBIDDEN
        | match scope {
            Scope::User => 0,
            Scope::Machine => CRYPTPROTECT_LOCAL_MACHINE,
        }
}

/// Reads protected data. Never asks anybody. The caller wipes what it gets.
///
/// # Errors
/// Those of the operating system: data of another account or machine.
pub fn unprotect(data: &[u8]) -> io::Result<Vec<u8>> {
    call(data, |input, output| {
        // SAFETY: both point to blobs that live until the call returns; what is not wanted may be null.
        unsafe {
            CryptUnprotectData(
                input,
                ptr::null_mut(),
                ptr::null(),
                ptr::null(),
                ptr::null(),
                CRYPTPROTECT_UI_FORBIDDEN,
                output,
            )
        }
    })
}

/// Calls one of the two functions and takes over what it allocated, which is wiped.
fn call(
    data: &[u8],
    function: impl FnOnce(*const CRYPT_INTEGER_BLOB, *mut CRYPT_INTEGER_BLOB) -> i32,
) -> io::Result<Vec<u8>> {
    let length = u32::try_from(data.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let input = CRYPT_INTEGER_BLOB { cbData: length, pbData: data.as_ptr().cast_mut() };
    let mut output = CRYPT_INTEGER_BLOB { cbData: 0, pbData: ptr::null_mut() };
    if function(&input, &mut output) == 0 {
        return Err(io::Error::last_os_error());
    }
    if output.pbData.is_null() {
        // No data, and a slice may not begin nowhere.
        return Ok(Vec::new());
    }
    // SAFETY: the call has allocated so many bytes, and nobody else has them.
    let memory = unsafe { std::slice::from_raw_parts_mut(output.pbData, output.cbData as usize) };
    let copy = memory.to_vec();
    for byte in memory {
        // SAFETY: a byte of the slice; written in a way that the optimizer may not drop.
        unsafe { ptr::write_volatile(byte, 0) };
    }
    // SAFETY: allocated by the call, released once, not used afterwards.
    unsafe { LocalFree(output.pbData.cast()) };
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_and_the_machine_reads_what_is_for_it() {
        // The numbers of dpapi.h.
        assert_eq!((flags_of(Scope::User), flags_of(Scope::Machine)), (0x1, 0x5));
    }

    #[test]
    fn no_data_is_no_problem() {
        assert_eq!(call(b"x", |_, _| 1).expect("succeeded without data"), b"");
        let hidden = protect(b"", Scope::User).expect("protected");
        assert_eq!(unprotect(&hidden).expect("read"), b"");
    }

    #[test]
    fn data_comes_back_and_damage_is_noticed() {
        for scope in [Scope::User, Scope::Machine] {
            let mut hidden = protect(b"secret", scope).expect("protected");
            assert!(!hidden.windows(6).any(|part| part == b"secret"));
            assert_eq!(unprotect(&hidden).expect("read"), b"secret");
            let last = hidden.len() - 1;
            hidden[last] ^= 1;
            assert!(unprotect(&hidden).is_err());
        }
    }
}
