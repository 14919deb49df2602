//! Tells the tests for which system they are built: the C programs must be compiled for the same one.

use std::env;

fn main() {
    let target = env::var("TARGET").expect("cargo tells a build script its target");
    println!("cargo::rustc-env=TARGET={target}");
    println!("cargo::rerun-if-changed=build.rs");
}
