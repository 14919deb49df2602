//! `cargo xtask stage`: the module as it will ship, in `target/stage/VcdBearer/<version>/`.
//!
//! Tests and benchmarks run this tree and not the repository's, so that what is tested is what people get: one merged
//! `VcdBearer.psm1` instead of the development loader, the workspace's version in the manifest, and the library under
//! `native/<rid>/`. `target/stage` is an entry for `PSModulePath`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs, iter};

use anyhow::{Context, Result, ensure};

use crate::native::{Native, RELEASE};
use crate::platform::Platform;
use crate::{command, windows, workspace};

pub(crate) const MODULE: &str = "VcdBearer";

/// What `cargo xtask stage` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Put the library and the executable for this system into the module too
    #[arg(long, value_name = "TRIPLE", value_parser = [windows::TARGET])]
    target: Option<String>,
}

/// What a stage consists of.
pub(crate) struct Stage {
    /// The entry for `PSModulePath`.
    pub(crate) folder: PathBuf,
    /// The manifest within it.
    pub(crate) manifest: PathBuf,
    /// The module's `native/`, with a folder for each system.
    pub(crate) native: PathBuf,
}

impl Stage {
    /// `PSModulePath` for a PowerShell process that finds the staged module first.
    pub(crate) fn module_path(&self) -> Result<OsString> {
        let inherited = env::var_os("PSModulePath").unwrap_or_default();
        let entries = iter::once(self.folder.clone()).chain(env::split_paths(&inherited));
        Ok(env::join_paths(entries)?)
    }

    /// Copies files into the folder of a system, and tells where that is.
    pub(crate) fn add(&self, rid: &str, files: &[PathBuf]) -> Result<PathBuf> {
        let folder = self.native.join(rid);
        fs::create_dir_all(&folder)?;
        for file in files {
            copy(file, &folder.join(file.file_name().expect("a built file has a name")))?;
        }
        Ok(folder)
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let stage = make()?;
    if options.target.is_some() {
        windows::stage(&stage)?;
    }
    println!("\nThe module is at {}", stage.manifest.display());
    println!("Try it:  Import-Module {}", stage.manifest.display());
    Ok(())
}

/// Builds the release library and executable, and makes the module's tree anew.
pub(crate) fn make() -> Result<Stage> {
    assemble(&workspace::target().join("stage"), &[build()?])
}

/// The release library and executable, as this machine's compiler and linker make them.
pub(crate) fn build() -> Result<Native> {
    command::run(command::cargo().args(["build", "--locked"]).args(RELEASE))?;
    Ok(Native {
        platform: Platform::host()?,
        library: workspace::library(),
        executable: workspace::executable("release", "vcd-bearer"),
    })
}

/// Makes the module's tree anew in `folder`, with the libraries of these platforms.
pub(crate) fn assemble<'a>(folder: &Path, natives: impl IntoIterator<Item = &'a Native>) -> Result<Stage> {
    let source = source();
    let module = folder.join(MODULE);
    if module.exists() {
        fs::remove_dir_all(&module).with_context(|| format!("cannot empty {}", module.display()))?;
    }
    let module = module.join(workspace::VERSION);
    fs::create_dir_all(&module)?;

    let manifest = module.join("VcdBearer.psd1");
    fs::write(&manifest, stamped_manifest(&read(&source.join("VcdBearer.psd1"))?)?)?;
    fs::write(module.join("VcdBearer.psm1"), merged_module(&source)?)?;
    copy_files(&source, &module, |name| name.ends_with(".ps1xml"))?;
    if source.join("en-US").is_dir() {
        copy_tree(&source.join("en-US"), &module.join("en-US"))?;
    }
    copy_files(workspace::root(), &module, |name| name.starts_with("LICENSE"))?;

    let stage = Stage { folder: folder.to_owned(), manifest, native: module.join("native") };
    for native in natives {
        stage.add(native.platform.rid, std::slice::from_ref(&native.library))?;
    }
    Ok(stage)
}

/// The module's folder in this repository.
pub(crate) fn source() -> PathBuf {
    workspace::root().join("powershell").join(MODULE)
}

/// The manifest with the workspace's version in its one `ModuleVersion` line.
fn stamped_manifest(text: &str) -> Result<String> {
    let mut stamped = String::with_capacity(text.len());
    let mut found = 0;
    for line in text.lines() {
        if line.trim_start().starts_with("ModuleVersion") {
            let indent = &line[..line.len() - line.trim_start().len()];
            stamped.push_str(&format!("{indent}ModuleVersion = '{}'\n", workspace::VERSION));
            found += 1;
        } else {
            stamped.push_str(line);
            stamped.push('\n');
        }
    }
    ensure!(found == 1, "the manifest has {found} ModuleVersion lines instead of one");
    Ok(stamped)
}

/// One script instead of many: loading a file costs milliseconds, and a signature covers one file.
fn merged_module(source: &Path) -> Result<String> {
    let mut merged = format!("# {MODULE} {}\n\nSet-StrictMode -Version 3.0\n", workspace::VERSION);
    for folder in ["Private", "Public"] {
        let scripts = files(&source.join(folder), |name| name.ends_with(".ps1"))?;
        ensure!(!scripts.is_empty(), "{} holds no scripts", source.join(folder).display());
        for script in scripts {
            merged.push('\n');
            merged.push_str(read(&script)?.trim_end());
            merged.push('\n');
        }
    }
    Ok(merged)
}

/// A script's text. Windows PowerShell 5.1 reads files without a byte order mark in the system's code page, so only
/// ASCII means the same everywhere.
fn read(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(text.is_ascii(), "{} holds characters other than ASCII", path.display());
    Ok(text)
}

/// The files of a folder whose names are wanted, in name order.
fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() && wanted(&entry.file_name().to_string_lossy()) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn copy_files(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
    for file in files(from, wanted)? {
        copy(&file, &to.join(file.file_name().expect("a listed file has a name")))?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &to)?;
        } else {
            copy(&entry.path(), &to)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_gets_the_workspace_version_and_keeps_the_rest() {
        let stamped = stamped_manifest("@{\n    ModuleVersion = '0.0.0'\n    GUID = 'x'\n}\n").unwrap();
        assert_eq!(stamped, format!("@{{\n    ModuleVersion = '{}'\n    GUID = 'x'\n}}\n", workspace::VERSION));
    }

    #[test]
    fn a_manifest_without_a_version_line_is_refused() {
        assert!(stamped_manifest("@{\n    GUID = 'x'\n}\n").is_err());
    }

    #[test]
    fn private_scripts_come_before_public_ones_in_name_order() {
        let source = tempfile::tempdir().unwrap();
        for (name, text) in [("Public/Get-A.ps1", "a"), ("Private/Zed.ps1", "z"), ("Private/Call.ps1", "c")] {
            let path = source.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{text}\n\n")).unwrap();
        }
        let merged = merged_module(source.path()).unwrap();
        assert!(merged.ends_with("Set-StrictMode -Version 3.0\n\nc\n\nz\n\na\n"), "{merged}");
    }

    #[test]
    fn a_script_with_characters_outside_ascii_is_refused() {
        let source = tempfile::tempdir().unwrap();
        let script = source.path().join("a.ps1");
        fs::write(&script, "'\u{201c}'").unwrap();
        assert!(read(&script).is_err());
    }
}
