//! What VcdBearer needs from the operating system and the standard library does not give, behind a safe interface.
//!
//! One file per family of calls:
//!
//! - [`WipingAllocator`]: freed heap memory holds no secrets.
//! - [`private_file`]: files that only their owner can read, durable once the call returns.

pub mod private_file;
mod wiping_allocator;

pub use wiping_allocator::WipingAllocator;
