//! The exported functions, in the order of the header.

pub mod client;
pub mod constants;
pub mod library;
pub mod operation;
#[cfg(feature = "planted-faults")]
pub mod planted;
pub mod request;
