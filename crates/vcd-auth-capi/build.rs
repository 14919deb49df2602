//! Link settings of the C library, and what it says of itself.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=VCD_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match target.as_str() {
        // The library's threads outlive any dlclose, so its code must stay mapped.
        "linux" => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libvcd_auth.so");
        }
        "macos" => println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libvcd_auth.dylib"),
        _ => {}
    }
}
