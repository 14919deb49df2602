//! Link settings of the C library, and what it says of itself.

use winresource::{VersionInfo, WindowsResource};

/// The language of the texts that Windows shows of a file.
const US_ENGLISH: u16 = 0x0409;
/// `VFT_DLL` of verrsrc.h.
const DYNAMIC_LIBRARY: u64 = 2;

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
        "windows" => {
            describe_file();
            // Two builds of one commit are the same. The GNU linker would put the time in.
            if std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|environment| environment == "gnu") {
                println!("cargo:rustc-cdylib-link-arg=-Wl,--no-insert-timestamp");
            }
        }
        _ => {}
    }
}

/// What Explorer, installers and inventories show of the file. The version is the workspace's.
fn describe_file() {
    let mut resource = WindowsResource::new();
    resource
        .set_language(US_ENGLISH)
        .set_version_info(VersionInfo::FILETYPE, DYNAMIC_LIBRARY)
        .set("ProductName", "VcdBearer")
        .set("FileDescription", "VcdBearer: library that logs in to VMware Cloud Director")
        .set("CompanyName", "VcdBearer")
        .set("LegalCopyright", "(c) The VcdBearer authors. MIT OR Apache-2.0.")
        .set("InternalName", "vcd_auth")
        .set("OriginalFilename", "vcd_auth.dll");
    resource.compile().expect("the resource compiler (windres or rc) describes the file");
}
