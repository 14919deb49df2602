//! The text of a SecureString as PowerShell stores it: hexadecimal digits of its UTF-16, which Windows protects by DPAPI for
//! one account or one machine. PowerShell on other systems protects nothing.

use std::io;

#[cfg(windows)]
use vcd_os::data_protection::{self, Scope};
use zeroize::Zeroizing;

use super::content::Unfit;
use crate::FailureKind;
use crate::secret::Secret;

/// Every DPAPI blob begins with its version and the number of its provider (wincrypt.h's `CRYPTPROTECT_DEFAULT_PROVIDER`).
const DPAPI: &str = "01000000d08c9ddf0115d1118c7a00c04fc297eb";
/// Where in a blob the flags of its protection stand: behind version, provider, master key's version and number.
#[cfg(windows)]
const FLAGS_AT: usize = 4 + 16 + 4 + 16;

/// How the text is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    None,
    #[cfg(windows)]
    Dpapi(Scope),
}

/// Whether text is a line that `ConvertFrom-SecureString` wrote: what DPAPI made, or, elsewhere than on Windows, the UTF-16 of
/// visible characters, in hexadecimal digits. No token looks so.
pub(super) fn is_stored(text: &str) -> bool {
    let is_dpapi = text.get(..DPAPI.len()).is_some_and(|start| start.eq_ignore_ascii_case(DPAPI));
    is_dpapi || from_hex(text).is_some_and(|bytes| is_visible_utf16(&bytes))
}

fn is_visible_utf16(bytes: &[u8]) -> bool {
    let (pairs, rest) = bytes.as_chunks();
    rest.is_empty() && pairs.iter().all(|[low, high]| low.is_ascii_graphic() && *high == 0)
}

/// Reads stored text.
pub(super) fn read(digits: &str) -> Result<(Secret, Protection), Unfit> {
    let bytes = from_hex(digits).ok_or_else(|| {
        Unfit::invalid("holds a SecureString that is damaged: not an even number of hexadecimal digits")
    })?;
    // The version alone tells a blob from text, which begins with no control character.
    if bytes.starts_with(&[1, 0, 0, 0]) {
        return unprotect(&bytes);
    }
    Ok((from_utf16(&bytes)?, Protection::None))
}

#[cfg(windows)]
fn unprotect(bytes: &[u8]) -> Result<(Secret, Protection), Unfit> {
    let text = Zeroizing::new(data_protection::unprotect(bytes).map_err(|error| foreign(&format!(" ({error})")))?);
    Ok((from_utf16(&text)?, Protection::Dpapi(scope_of(bytes))))
}

/// For whom a blob is protected.
#[cfg(windows)]
fn scope_of(blob: &[u8]) -> Scope {
    let flags = blob.get(FLAGS_AT).copied().unwrap_or_default();
    if flags & data_protection::MACHINE_FLAG != 0 { Scope::Machine } else { Scope::User }
}

#[cfg(not(windows))]
fn unprotect(_: &[u8]) -> Result<(Secret, Protection), Unfit> {
    Err(foreign(", and this is not Windows"))
}

/// Data of another account or machine.
fn foreign(why: &str) -> Unfit {
    Unfit {
        kind: FailureKind::TokenFileUnreadable,
        why: format!(
            "is protected by Windows (DPAPI) for the account that wrote it, on the machine that it was written on{why}"
        ),
        foreign: true,
    }
}

/// Stores text in the same way.
///
/// # Errors
/// Those of the operating system that protects it.
pub(super) fn write(text: &Secret, protection: Protection) -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.expose().len()));
    text.expose().encode_utf16().for_each(|unit| bytes.extend_from_slice(&unit.to_le_bytes()));
    match protection {
        Protection::None => Ok(to_hex(&bytes)),
        #[cfg(windows)]
        Protection::Dpapi(scope) => {
            let encrypted = data_protection::protect(&bytes, scope);
            let unwilling = |error: io::Error| {
                io::Error::new(error.kind(), format!("Windows does not encrypt it (DPAPI): {error}"))
            };
            Ok(to_hex(&encrypted.map_err(unwilling)?))
        }
    }
}

fn from_utf16(bytes: &[u8]) -> Result<Secret, Unfit> {
    let (pairs, rest) = bytes.as_chunks();
    let units = Zeroizing::new(pairs.iter().copied().map(u16::from_le_bytes).collect::<Vec<_>>());
    let text = Secret::from_utf16(&units).ok().filter(|_| rest.is_empty());
    text.ok_or_else(|| Unfit::invalid("holds a SecureString that is damaged: no UTF-16 text"))
}

fn from_hex(digits: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for [high, low] in pairs.iter().copied() {
        let (high, low) = (char::from(high).to_digit(16)?, char::from(low).to_digit(16)?);
        bytes.push(u8::try_from(high << 4 | low).ok()?);
    }
    rest.is_empty().then_some(bytes)
}

fn to_hex(bytes: &[u8]) -> Zeroizing<String> {
    let mut digits = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in bytes.iter().copied() {
        digits.extend([byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(digit.into(), 16)));
    }
    digits
}

#[cfg(all(test, windows))]
mod tests {
    use super::*;

    #[test]
    fn a_blob_tells_for_whom_it_is() {
        // Wine notes no scope in what it protects, so this blob is made by hand.
        let blob = |flags: u8| [vec![0; FLAGS_AT], vec![flags, 0, 0, 0]].concat();
        assert_eq!(scope_of(&blob(0)), Scope::User);
        assert_eq!(scope_of(&blob(0x14)), Scope::Machine);
        assert_eq!(scope_of(&[1, 0, 0, 0]), Scope::User);
    }

    #[test]
    fn protected_text_is_read_and_protected_again() {
        let utf16: Vec<u8> = "OLD".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let digits = to_hex(&data_protection::protect(&utf16, Scope::User).expect("protected"));
        let (text, protection) = read(&digits).expect("our own");
        assert_eq!((text.expose(), protection), ("OLD", Protection::Dpapi(Scope::User)));
        let again = write(&Secret::new("NEW"), protection).expect("protected");
        assert_ne!(again, digits);
        assert_eq!(read(&again).expect("our own").0.expose(), "NEW");
        let mut damaged = again.to_string();
        damaged.replace_range(damaged.len() - 2.., "00");
        assert!(read(&damaged).is_err_and(|unfit| unfit.foreign));
    }
}
