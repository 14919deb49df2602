//! Link settings of the executable for Windows, and what it says of itself there.

use winresource::WindowsResource;

/// The language of the texts that Windows shows of a file.
const US_ENGLISH: u16 = 0x0409;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target_has = |what: &str, value: &str| std::env::var(what).is_ok_and(|found| found == value);
    if !target_has("CARGO_CFG_TARGET_OS", "windows") {
        return;
    }
    describe_file();
    // Two builds of one commit are the same. The GNU linker would put the time in.
    if target_has("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo:rustc-link-arg-bins=-Wl,--no-insert-timestamp");
    }
}

/// What Explorer, installers and inventories show of the file. The version is the workspace's.
fn describe_file() {
    let mut resource = WindowsResource::new();
    resource
        .set_language(US_ENGLISH)
        .set("ProductName", "VcdBearer")
        .set("FileDescription", "VcdBearer: logs in to VMware Cloud Director")
        .set("CompanyName", "VcdBearer")
        .set("LegalCopyright", "(c) The VcdBearer authors. MIT OR Apache-2.0.")
        .set("InternalName", "vcd-bearer")
        .set("OriginalFilename", "vcd-bearer.exe");
    resource.compile().expect("the resource compiler (windres or rc) describes the file");
}
