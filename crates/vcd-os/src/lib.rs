//! What VcdBearer needs from the operating system and the standard library does not give, behind a safe interface.
//!
//! One file per family of calls:
//!
//! - [`WipingAllocator`]: freed heap memory holds no secrets.
//! - [`machine_proxy`]: the proxy of the whole machine (Windows).
//! - [`private_file`]: files that only their owner can read, durable once the call returns.

mod machine_proxy;
pub mod private_file;
mod wiping_allocator;

pub use machine_proxy::machine_proxy;
pub use wiping_allocator::WipingAllocator;
