//! What is particular to the products for 64-bit Windows, under Wine: their Rust tests, token files that several processes
//! use at once, kills, and the module in a PowerShell for Windows. The cases of `cli` and `c_programs` run under Wine as well.

mod rust_tests;

use std::process::ExitCode;

use tests::case::run;

fn main() -> ExitCode {
    run(rust_tests::trials())
}
