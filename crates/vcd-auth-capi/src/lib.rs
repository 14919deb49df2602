//! The C interface of `vcd-auth`. The contract is the header, `include/vcd_auth.h`, which is generated from the doc
//! comments of the exported functions in [`exports`].
//!
//! - [`exports`]: the functions. Each body runs inside [`guard`] and does three things: read the caller's memory
//!   ([`memory`]), look a handle up ([`handles`]), call one of the objects below.
//! - [`client`] and [`request`]: the objects behind the handles. [`operation`] starts what a request stands for.
//! - [`fields`] and [`description`]: plain data, in and out.

mod client;
mod description;
mod exit;
pub mod exports;
mod fields;
mod guard;
mod handles;
mod memory;
mod operation;
mod options;
mod pin;
mod request;
mod status;

/// Tokens pass through buffers of libraries that know nothing of secrets; freed memory is wiped.
#[global_allocator]
static ALLOCATOR: vcd_os::WipingAllocator = vcd_os::WipingAllocator;
