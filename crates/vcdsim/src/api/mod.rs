//! VCD's interface as its clients see it.

mod current_session;
mod errors;
mod oauth;
mod router;
mod vcd;
mod versions;

pub(crate) use vcd::Vcd;
