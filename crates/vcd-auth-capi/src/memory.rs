//! Reading and writing the caller's memory. Nothing else in this crate touches a raw pointer.
//!
//! Every pointer is checked for null and alignment before use; that it points to as much memory as the caller says is
//! the caller's promise.

use std::slice;

use vcd_auth::FailureKind;

use crate::status::Status;

const MISUSE: Status = Status(FailureKind::InvalidArgument.number());
/// The longest input that is read: 64 MiB or 64 Mi units, far above anything meant, far below an overflow.
const INPUT_LIMIT: u32 = 64 << 20;

/// Borrows `length` elements at `start`; null is allowed for a length of 0.
///
/// # Safety
/// `start` is null or points to `length` initialized elements that stay unchanged for `'a`.
unsafe fn elements<'a, T>(start: *const T, length: u32) -> Result<&'a [T], Status> {
    if length == 0 {
        return Ok(&[]);
    }
    if start.is_null() || !start.is_aligned() || length > INPUT_LIMIT {
        return Err(MISUSE);
    }
    // SAFETY: not null, aligned, not too long; the rest is this function's contract.
    Ok(unsafe { slice::from_raw_parts(start, length as usize) })
}

/// Borrows UTF-8 text of the caller.
///
/// # Safety
/// `start` is null or points to `length` bytes that stay unchanged for `'a`.
pub(crate) unsafe fn text<'a>(start: *const u8, length: u32) -> Result<&'a str, Status> {
    // SAFETY: the same contract.
    let bytes = unsafe { bytes(start, length) }?;
    std::str::from_utf8(bytes).map_err(|_| MISUSE)
}

/// Borrows bytes of the caller.
///
/// # Safety
/// `start` is null or points to `length` bytes that stay unchanged for `'a`.
pub(crate) unsafe fn bytes<'a>(start: *const u8, length: u32) -> Result<&'a [u8], Status> {
    // SAFETY: the same contract.
    unsafe { elements(start, length) }
}

/// Borrows UTF-16 units of the caller.
///
/// # Safety
/// `start` is null or points to `length` units that stay unchanged for `'a`.
pub(crate) unsafe fn units<'a>(start: *const u16, length: u32) -> Result<&'a [u16], Status> {
    // SAFETY: the same contract.
    unsafe { elements(start, length) }
}

/// Where a function writes one number; it is zero unless the call succeeds.
pub(crate) struct Output<'a, T>(&'a mut T);

impl<'a, T: Default> Output<'a, T> {
    /// Takes the caller's variable and zeroes it.
    ///
    /// # Safety
    /// `variable` is null or points to a variable that nothing else uses for `'a`.
    pub(crate) unsafe fn new(variable: *mut T) -> Result<Self, Status> {
        if variable.is_null() || !variable.is_aligned() {
            return Err(MISUSE);
        }
        // SAFETY: not null, aligned; writing needs no valid value there.
        unsafe { variable.write(T::default()) };
        // SAFETY: just initialized; exclusive by this function's contract.
        Ok(Output(unsafe { &mut *variable }))
    }

    /// Hands the result over.
    pub(crate) fn set(self, value: T) {
        *self.0 = value;
    }
}

/// The caller's buffer for a result of unknown size.
pub(crate) struct Buffer<'a, T> {
    memory: &'a mut [T],
    needed: Output<'a, u32>,
}

impl<'a, T: Copy> Buffer<'a, T> {
    /// Takes the caller's buffer and zeroes `needed`. Null with a capacity of 0 asks for the size.
    ///
    /// # Safety
    /// `start` is null or points to `capacity` elements, `needed` is null or points to a variable, and nothing else uses
    /// either for `'a`.
    pub(crate) unsafe fn new(start: *mut T, capacity: u32, needed: *mut u32) -> Result<Self, Status> {
        // SAFETY: the same contract.
        let needed = unsafe { Output::new(needed) }?;
        if capacity == 0 {
            return Ok(Buffer { memory: &mut [], needed });
        }
        if start.is_null() || !start.is_aligned() || capacity > INPUT_LIMIT {
            return Err(MISUSE);
        }
        // SAFETY: not null, aligned, exclusive; the elements are only ever written.
        Ok(Buffer { memory: unsafe { slice::from_raw_parts_mut(start, capacity as usize) }, needed })
    }

    /// Writes `length` elements and their number, or, if they do not fit, the number alone.
    pub(crate) fn write(self, length: usize, content: impl Iterator<Item = T>) -> Result<(), Status> {
        let needed = u32::try_from(length).map_err(|_| Status::from(FailureKind::OutOfResources))?;
        self.needed.set(needed);
        let memory = self.memory.get_mut(..length).ok_or(Status::from(FailureKind::BufferTooSmall))?;
        memory.iter_mut().zip(content).for_each(|(place, element)| *place = element);
        Ok(())
    }
}

/// Overwrites the caller's memory with zeros.
///
/// # Safety
/// `start` is null or points to `length` bytes that nothing else uses during the call.
pub(crate) unsafe fn wipe(start: *mut u8, length: u32) {
    if start.is_null() {
        return;
    }
    // SAFETY: not null; bytes have no alignment; exclusive by this function's contract.
    let memory = unsafe { slice::from_raw_parts_mut(start, length as usize) };
    zeroize::Zeroize::zeroize(memory);
}
