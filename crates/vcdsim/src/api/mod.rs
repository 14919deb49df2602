//! VCD's interfaces as its clients see them.

mod authentication;
mod document;
mod errors;
mod fiql;
mod legacy;
mod oauth;
mod openapi;
mod router;
mod selection;
mod vcd;
mod versions;

pub(crate) use vcd::Vcd;
