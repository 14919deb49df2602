//! The numbers that functions return.

use vcd_auth::{Failure, FailureKind};

use crate::exports::constants::{VCD_NONE, VCD_PENDING};

/// A number that a function returns in place of `VCD_OK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) i32);

impl Status {
    pub(crate) const PENDING: Status = Status(VCD_PENDING);
    pub(crate) const NONE: Status = Status(VCD_NONE);
}

impl From<FailureKind> for Status {
    fn from(kind: FailureKind) -> Self {
        Status(kind.number())
    }
}

impl From<&Failure> for Status {
    fn from(failure: &Failure) -> Self {
        failure.kind().into()
    }
}
