//! What VcdBearer needs from the operating system and the standard library does not give, behind a safe interface.
//!
//! One file per family of calls:
//!
//! - [`WipingAllocator`]: freed heap memory holds no secrets.
//! - [`machine_proxy`]: the proxy of the whole machine (Windows).
//! - [`private_file`]: files and folders that only one account can read, durable once the call returns.
//! - [`regular_file`]: opening what is a file and nothing else, without ever waiting for it.
//! - [`protection`]: whom a file is for, who else can change or read it; one file made as protected as another.
//! - `data_protection`: data that one account or one machine can read (Windows).
//! - [`durable`]: one file takes another's place, in one step and for good.
//! - [`LockFile`]: one process at a time.
//! - [`file_system`]: where a path leads, and which file systems lie on another machine.

#[cfg(windows)]
pub mod data_protection;
pub mod durable;
pub mod file_system;
mod lock_file;
mod machine_proxy;
pub mod private_file;
pub mod protection;
pub mod regular_file;
mod wiping_allocator;

pub use lock_file::LockFile;
pub use machine_proxy::machine_proxy;
pub use wiping_allocator::WipingAllocator;
