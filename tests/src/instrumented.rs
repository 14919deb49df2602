//! Builds of the library for tests alone, each in a target folder of its own below that of the library that ships: with
//! the feature `planted-faults`, and besides with the address sanitizer.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::c_program;
use crate::case::Needed;
use crate::staged;

/// The library in the profile that ships, with faults planted in it and with the names of its functions, by which valgrind tells
/// them apart.
///
/// # Errors
/// The reason why it is not there.
pub fn with_planted_faults() -> Needed<PathBuf> {
    static BUILT: OnceLock<Needed<PathBuf>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let folder = target_folder(&c_program::native_library()?).join("planted-faults");
            build(cargo_build(&folder).arg("--release").env("CARGO_PROFILE_RELEASE_STRIP", "none"));
            Ok(folder.join("release").join(library_name()?))
        })
        .clone()
}

/// The library with faults planted in it, instrumented so that the address sanitizer of the C compiler sees its loads and
/// stores.
///
/// # Errors
/// The reason why it is not there: the Rust or the C compiler has no address sanitizer, for instance.
pub fn with_address_sanitizer() -> Needed<PathBuf> {
    static BUILT: OnceLock<Needed<PathBuf>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let folder = target_folder(&c_program::native_library()?).join("address-sanitizer");
            if cfg!(target_os = "macos") {
                return Err(
                    "the address sanitizers of Rust and of the C compiler of macOS exclude each other".to_owned()
                );
            }
            let target = env!("TARGET");
            let mut probe = with_sanitizer(Command::new("rustc"));
            probe.args(["-Zsanitizer=address", "--print=cfg", "--target", target]);
            if !succeeds(&mut probe) {
                return Err(format!("the Rust compiler has no address sanitizer for {target}"));
            }
            if !c_program::has_sanitizers() {
                return Err("the C compiler has no address sanitizer".to_owned());
            }
            let mut cargo = with_sanitizer(cargo_build(&folder));
            // Without a target, build scripts would be instrumented too.
            build(cargo.env("RUSTFLAGS", "-Zsanitizer=address").args(["--target", target]));
            Ok(folder.join(target).join("debug").join(library_name()?))
        })
        .clone()
}

/// Sanitizers are no stable option; this lets a stable compiler take them.
fn with_sanitizer(mut command: Command) -> Command {
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}

fn cargo_build(target_folder: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--locked", "-p", "vcd-auth-capi", "--features", "planted-faults", "--target-dir"])
        .arg(target_folder)
        .current_dir(staged::repository());
    cargo
}

fn build(cargo: &mut Command) {
    let status = cargo.status().expect("cargo starts");
    assert!(status.success(), "{cargo:?} ended with {status}");
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// `target` for `target/release/libvcd_auth.so`.
fn target_folder(library: &Path) -> PathBuf {
    library.ancestors().nth(2).expect("the library lies in target/release").to_owned()
}

fn library_name() -> Needed<std::ffi::OsString> {
    Ok(staged::library()?.file_name().expect("a library has a name").to_owned())
}
