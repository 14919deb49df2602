//! `cargo xtask header`: the C header from the doc comments and signatures of `vcd-auth-capi`.
//!
//! The header is committed, because C programs are compiled without this workspace. `--verify` keeps it honest.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use cbindgen::{Builder, Config};

use crate::workspace;

/// What `cargo xtask header` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when the committed header differs from the source
    #[arg(long)]
    verify: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let path = path();
    let generated = generate()?;
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let shown = path.strip_prefix(workspace::root()).unwrap_or(&path).display();
    if committed == generated {
        println!("{shown} agrees with the source");
        return Ok(());
    }
    if options.verify {
        bail!(
            "{shown} differs from the source from line {} on: run `cargo xtask header`",
            first_difference(&committed, &generated)
        );
    }
    fs::create_dir_all(path.parent().expect("the header lies in a folder"))?;
    fs::write(&path, generated).with_context(|| format!("cannot write {shown}"))?;
    println!("{shown} written");
    Ok(())
}

/// The committed header.
fn path() -> PathBuf {
    crate_folder().join("include").join("vcd_auth.h")
}

fn crate_folder() -> PathBuf {
    workspace::root().join("crates").join("vcd-auth-capi")
}

/// The header as the source has it now.
fn generate() -> Result<String> {
    let folder = crate_folder();
    let mut config = Config::from_file(folder.join("cbindgen.toml")).map_err(anyhow::Error::msg)?;
    config.after_includes = Some(format!("\n#define VCD_AUTH_VERSION \"{}\"", workspace::VERSION));
    let bindings = Builder::new().with_crate(&folder).with_config(config).generate()?;
    let mut header = Vec::new();
    bindings.write(&mut header);
    Ok(String::from_utf8(header)?)
}

/// The number of the first line that is not the same in both texts.
fn first_difference(committed: &str, generated: &str) -> usize {
    committed.lines().zip(generated.lines()).take_while(|(old, new)| old == new).count() + 1
}
