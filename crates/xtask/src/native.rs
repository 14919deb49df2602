//! `cargo xtask native`: library and executable for one platform, built as they are released, in `target/native/<rid>/`.
//!
//! Linux builds are linked by zig (through cargo-zigbuild) against an old glibc, so that they load on every distribution
//! that PowerShell 7 supports. Paths of this machine are replaced, so that the same commit gives the same bytes elsewhere.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, ensure};

use crate::build_record::BuildRecord;
use crate::package::commit::Commit;
use crate::platform::Platform;
use crate::{command, glibc, windows, workspace};

/// What cargo wants between the options in `CARGO_ENCODED_RUSTFLAGS`.
const OPTION_SEPARATOR: &str = "\x1f";

/// What `cargo xtask native` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The platform, such as linux-arm64; this machine's by default
    #[arg(long)]
    rid: Option<String>,
}

/// What `cargo build` is to make of this workspace for a release.
pub(crate) const RELEASE: [&str; 5] = ["--release", "-p", "vcd-auth-capi", "-p", "vcd-bearer"];

/// What was built for a platform.
#[derive(Debug)]
pub(crate) struct Native {
    pub(crate) platform: &'static Platform,
    pub(crate) library: PathBuf,
    pub(crate) executable: PathBuf,
}

impl Native {
    /// The files of a folder that this task, or the release workflow, has filled.
    pub(crate) fn in_folder(platform: &'static Platform, folder: &Path) -> Self {
        Self { platform, library: folder.join(platform.library), executable: folder.join(platform.executable) }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let platform = match &options.rid {
        Some(rid) => Platform::of_rid(rid)?,
        None => Platform::host()?,
    };
    let native = make(platform, &Commit::current()?)?;
    println!("\n{} and {} are there", native.library.display(), native.executable.display());
    Ok(())
}

/// Builds library and executable for a platform, and writes down how.
pub(crate) fn make(platform: &'static Platform, commit: &Commit) -> Result<Native> {
    let folders = platform.targets.iter().map(|target| build(platform, target, commit)).collect::<Result<Vec<_>>>()?;
    let native = Native::in_folder(platform, &workspace::target().join("native").join(platform.rid));
    for file in [&native.library, &native.executable] {
        fs::create_dir_all(file.parent().expect("a product lies in a folder"))?;
        let name = file.file_name().expect("a product has a name");
        let built: Vec<_> = folders.iter().map(|folder| folder.join(name)).collect();
        match &built[..] {
            [one] => fs::copy(one, file).map(drop).with_context(|| format!("{} was not built", one.display()))?,
            // What macOS calls universal: one file with the code for each processor.
            several => command::run(Command::new("lipo").arg("-create").args(several).arg("-output").arg(file))?,
        }
    }
    BuildRecord::write(&native, &commit.id, &compiler(platform)?)?;
    Ok(native)
}

/// Builds the products for a target, and tells in which folder they are.
fn build(platform: &Platform, target: &str, commit: &Commit) -> Result<PathBuf> {
    let (mut cargo, folder) = builder(platform, target)?;
    cargo
        .args(RELEASE)
        .env("CARGO_ENCODED_RUSTFLAGS", compiler_options(target)?)
        .env("SOURCE_DATE_EPOCH", commit.time.unix_timestamp().to_string())
        .env("VCD_BUILD_COMMIT", &commit.id);
    command::run(&mut cargo)?;
    Ok(folder.join(target).join("release"))
}

/// The command that builds for a target, and its target folder.
fn builder(platform: &Platform, target: &str) -> Result<(Command, PathBuf)> {
    if target == windows::TARGET {
        return Ok((windows::cargo()?, windows::target_folder()));
    }
    let mut cargo = command::cargo();
    if platform.is_linux() {
        cargo.args(["zigbuild", "--target", &format!("{target}.{}", glibc::NEWEST)]);
        require_zigbuild()?;
    } else {
        cargo.args(["build", "--target", target]);
    }
    cargo.args(["--locked", "--target-dir"]).arg(workspace::target());
    Ok((cargo, workspace::target()))
}

/// The version of the compiler that builds for a platform.
pub(crate) fn compiler(platform: &Platform) -> Result<String> {
    let mut rustc = if platform.targets.contains(&windows::TARGET) { windows::rustc()? } else { Command::new("rustc") };
    let output = rustc.arg("--version").output().context("cannot start rustc")?;
    let version = String::from_utf8(output.stdout)?;
    Ok(version.split(' ').nth(1).context("rustc does not say its version")?.to_owned())
}

fn require_zigbuild() -> Result<()> {
    // Fails without the one and without the other.
    let mut zig = Command::new("cargo-zigbuild");
    zig.args(["zig", "cc", "--", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    ensure!(
        zig.status().is_ok_and(|status| status.success()),
        "cargo-zigbuild with zig was not found. Linux libraries are released for glibc {} and later, which this machine's own \
         linker cannot do: `pip install cargo-zigbuild` brings both. To try a package on this machine alone, `cargo xtask package \
         --local` does without",
        glibc::NEWEST
    );
    Ok(())
}

/// Compiler options, as cargo takes them from its environment. They put the same names in place of this machine's folders.
fn compiler_options(target: &str) -> Result<OsString> {
    let mut folders = vec![(sysroot()?, "/rust")];
    // The registry's folders are named after the mirror that served the crates.
    for entry in fs::read_dir(cargo_home()?.join("registry/src")).context("cargo keeps no sources of crates")? {
        folders.push((entry?.path(), "/crates"));
    }
    // The last that fits counts, and the target folder often lies in the workspace's.
    folders.extend([(workspace::root().to_owned(), "/vcdbearer"), (workspace::target(), "/target")]);

    let mut options = OsString::from(match target {
        // As .cargo/config.toml says, whose options these replace.
        target if target.ends_with("-msvc") => "-Ctarget-feature=+crt-static".to_owned(),
        windows::TARGET => format!("-Clink-arg=-L{}", windows::link_to_import_libraries()?),
        _ => String::new(),
    });
    for (folder, name) in folders {
        if !options.is_empty() {
            options.push(OPTION_SEPARATOR);
        }
        options.push("--remap-path-prefix=");
        options.push(folder);
        options.push("=");
        options.push(name);
    }
    Ok(options)
}

/// Where the toolchain is.
pub(crate) fn sysroot() -> Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().context("cannot start rustc")?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

/// Cargo's own folder, where the sources of crates are.
fn cargo_home() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("CARGO_HOME") {
        return Ok(PathBuf::from(folder));
    }
    Ok(env::home_dir().context("there is no home folder, and CARGO_HOME is not set")?.join(".cargo"))
}
