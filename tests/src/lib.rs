//! Shared by the tests of `tests/tests/`, which use the products from outside: as a C library, as an executable and as
//! a PowerShell module, always against the simulator.
//!
//! `cargo xtask test` builds the products and says where they are. Without it, or where this machine lacks a tool, a
//! case is shown as ignored together with the reason; it never passes by doing nothing.

pub mod account;
pub mod c_program;
pub mod case;
pub mod home;
pub mod instrumented;
pub mod loopback;
pub mod paths;
pub mod powershell;
pub mod program;
pub mod search_path;
pub mod staged;
pub mod terminal;
pub mod token_file;
pub mod windows_powershell;
pub mod wine;
