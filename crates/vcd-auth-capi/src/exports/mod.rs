//! The exported functions, in the order of the header.

pub mod client;
pub mod constants;
pub mod library;
pub mod operation;
pub mod request;
