//! The constants of the interface.

/// The version of the interface that this header describes: major << 16 | minor. Compare with `vcd_abi_version()`.
pub const VCD_ABI_VERSION: u32 = 0x0001_0000;

/// The call did what it says. Numbers from 1001 are failures; docs/troubleshooting.md lists them.
pub const VCD_OK: i32 = 0;
/// Not yet: the request has not settled, or none did within the time given.
pub const VCD_PENDING: i32 = 1;
/// The client has no request outstanding.
pub const VCD_NONE: i32 = 2;

/// Which secret of a request: the bearer, that is, the access token without the word `Bearer`.
pub const VCD_SECRET_BEARER: u32 = 1;
/// Which secret of a request: the API token that replaces the one that was exchanged.
pub const VCD_SECRET_NEW_API_TOKEN: u32 = 2;
/// Which secret of a request: the session's legacy id, the value of the header `x-vcloud-authorization`.
pub const VCD_SECRET_LEGACY_ID: u32 = 3;
