//! `cargo xtask package`: what is published, in `target/package/`. The same commit gives the same bytes.
//!
//! A release is made of a commit that is checked out as it is, and its Linux libraries load with an old glibc: anything else
//! is an error, so that nobody publishes by accident what works on one machine. `--local` is for trying the package there.

mod archive;
pub(crate) mod commit;
mod dependencies;
mod manifest;
mod notices;
mod nupkg;
mod papers;
mod sbom;
mod signing;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, slice};

use anyhow::{Context, Result, ensure};

use crate::build_record::BuildRecord;
use crate::checksum::sha256;
use crate::glibc::Needs;
use crate::native::{self, Native};
use crate::platform::Platform;
use crate::stage::{self, MODULE};
use crate::{windows_file, workspace};
use archive::Files;
use commit::Commit;
use manifest::Manifest;
use papers::{Built, EXECUTABLE, MODULE_PRODUCT, bill_name};
use signing::Signer;

/// What `cargo xtask package` accepts.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A platform that was built elsewhere, and the folder with its library and executable (repeatable)
    #[arg(long, value_name = "RID=FOLDER")]
    with: Vec<String>,
    /// For this machine only, into target/package-local: of what the folder holds, for the glibc that is here
    #[arg(long)]
    local: bool,
    /// A program that signs the file it is given: the scripts, and what is for Windows
    #[arg(long, value_name = "PROGRAM")]
    sign: Option<PathBuf>,
}

/// Who a package is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    Everybody,
    ThisMachine,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let given = options.with.iter().map(|given| built_elsewhere(given)).collect::<Result<Vec<_>>>()?;
    let signer = Signer::new(options.sign.clone());
    if options.local { write_local(given, &signer).map(drop) } else { write_release(given, &signer) }
}

/// Makes the package for this machine only, with what else was built, and gives its folder.
pub(crate) fn make_local(given: Vec<Native>) -> Result<PathBuf> {
    write_local(given, &Signer::new(None))
}

fn write_local(given: Vec<Native>, signer: &Signer) -> Result<PathBuf> {
    let folder = workspace::target().join("package-local");
    let compiler = native::compiler(Platform::host()?)?;
    let here = |native| Built { native, compiler: compiler.clone() };
    let built = with_host(given.into_iter().map(here).collect(), || stage::build().map(here))?;
    write(&folder, built, &Commit::unknown(), Audience::ThisMachine, signer)?;
    println!("For this machine only: releases are made without --local");
    Ok(folder)
}

fn write_release(given: Vec<Native>, signer: &Signer) -> Result<()> {
    let folder = workspace::target().join("package");
    // What is refused now must leave nothing there that could be taken for its result.
    remove(&folder)?;
    let commit = Commit::current()?;
    let recorded = |native| {
        let compiler = BuildRecord::read(&native, &commit.id)?.compiler;
        anyhow::Ok(Built { native, compiler })
    };
    let given = given.into_iter().map(recorded).collect::<Result<_>>()?;
    let built = with_host(given, || recorded(native::make(Platform::host()?, &commit)?))?;
    write(&folder, built, &commit, Audience::Everybody, signer)
}

/// The platform in `win-x64=folder`.
fn built_elsewhere(given: &str) -> Result<Native> {
    let (rid, folder) = given.split_once('=').with_context(|| format!("{given} is not of the form RID=FOLDER"))?;
    Ok(Native::in_folder(Platform::of_rid(rid)?, Path::new(folder)))
}

/// What was given, and this machine's own platform unless it was among it.
fn with_host(mut built: Vec<Built>, build: impl FnOnce() -> Result<Built>) -> Result<Vec<Built>> {
    let host = Platform::host()?;
    let rid = |built: &Built| built.native.platform.rid;
    if !built.iter().any(|built| rid(built) == host.rid) {
        built.push(build()?);
    }
    built.sort_by_key(rid);
    let twice = built.windows(2).find(|pair| rid(&pair[0]) == rid(&pair[1]));
    ensure!(twice.is_none(), "{} was given twice", twice.map_or("", |pair| rid(&pair[0])));
    Ok(built)
}

fn write(folder: &Path, built: Vec<Built>, commit: &Commit, audience: Audience, signer: &Signer) -> Result<()> {
    for built in &built {
        check(&built.native, audience)?;
    }
    let mut published = Files::default();
    let papers = papers::files(&MODULE_PRODUCT, &built, commit)?;
    let module = module(&built, &papers, signer)?;
    let manifest = Manifest::new(fs::read_to_string(stage::source().join("VcdBearer.psd1"))?);
    let version = workspace::VERSION;
    published.add(&format!("{MODULE}.{version}.nupkg"), nupkg::files(&module, &manifest)?.zip(commit.time)?);
    published.add(&format!("{MODULE}-{version}.zip"), module.inside(&format!("{MODULE}/{version}")).zip(commit.time)?);
    published.add(&format!("{MODULE}-{version}.cdx.json"), papers.content(&bill_name(&MODULE_PRODUCT)));
    for one in &built {
        let papers = papers::files(&EXECUTABLE, slice::from_ref(one), commit)?;
        let (name, content) = executable(&one.native, papers, commit, signer)?;
        published.add(&name, content);
    }
    replace(folder, &published)
}

/// The module's files: as it is staged, with its papers.
fn module(built: &[Built], papers: &Files, signer: &Signer) -> Result<Files> {
    let folder = tempfile::tempdir()?;
    stage::assemble(folder.path(), built.iter().map(|built| &built.native))?;
    let staged = folder.path().join(MODULE).join(workspace::VERSION);
    signer.sign_folder(&staged)?;
    let mut module = papers.clone();
    module.add_folder(&staged)?;
    Ok(module)
}

/// An archive with `vcd-bearer` for one platform. A module's package would lose the mode that makes it a program.
fn executable(native: &Native, mut papers: Files, commit: &Commit, signer: &Signer) -> Result<(String, Vec<u8>)> {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join(native.platform.executable);
    fs::copy(&native.executable, &program)?;
    signer.sign_folder(folder.path())?;
    papers.add_program(native.platform.executable, fs::read(&program)?);
    let name = format!("{}-{}-{}", EXECUTABLE.name, workspace::VERSION, native.platform.rid);
    let files = papers.inside(&name);
    if native.platform.is_windows() {
        return Ok((format!("{name}.zip"), files.zip(commit.time)?));
    }
    Ok((format!("{name}.tar.gz"), files.tar_gz(commit.time)?))
}

/// Refuses what the platform cannot load, and for releases what its older systems cannot.
fn check(native: &Native, audience: Audience) -> Result<()> {
    for path in [&native.library, &native.executable] {
        let refused = || format!("{} cannot be packaged", path.display());
        let file = fs::read(path).with_context(refused)?;
        native.platform.check(&file).with_context(refused)?;
        if native.platform.is_windows() {
            windows_file::check(path)?;
        }
        let mut about = format!("{}: {}, {} bytes", native.platform.rid, path.display(), file.len());
        if native.platform.is_linux() {
            let needs = Needs::read(&file).with_context(refused)?;
            if audience == Audience::Everybody {
                needs.check().with_context(refused)?;
            }
            if let Some((version, symbols)) = needs.newest() {
                write!(about, ", needs glibc {version} ({})", symbols.join(", "))?;
            }
        }
        println!("{about}");
    }
    Ok(())
}

/// Writes the files, with their checksums, into a folder that holds nothing else afterwards.
fn replace(folder: &Path, published: &Files) -> Result<()> {
    remove(folder)?;
    fs::create_dir_all(folder)?;
    let mut sums = String::new();
    for (name, content) in published.iter() {
        fs::write(folder.join(name), content)?;
        writeln!(sums, "{}  {name}", sha256(content))?;
    }
    print!("\n{}:\n{sums}", folder.display());
    fs::write(folder.join("SHA256SUMS"), sums)?;
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_packaged_once() {
        let native = |rid| {
            let native = Native::in_folder(Platform::of_rid(rid).unwrap(), Path::new("somewhere"));
            Built { native, compiler: String::new() }
        };
        let host = Platform::host().unwrap().rid;
        let build = || Ok(native(host));
        let rids = |built: Vec<Built>| built.iter().map(|built| built.native.platform.rid).collect::<Vec<_>>();
        assert_eq!(rids(with_host(vec![], build).unwrap()), [host]);
        assert_eq!(rids(with_host(vec![native(host)], || panic!("it was given")).unwrap()), [host]);
        let refusal = with_host(vec![native("osx"), native("osx")], build).map(rids).unwrap_err().to_string();
        assert_eq!(refusal, "osx was given twice");
    }

    #[test]
    fn a_given_platform_is_a_name_and_a_folder() {
        let native = built_elsewhere("win-x64=some/folder").unwrap();
        assert_eq!(native.library, Path::new("some/folder/vcd_auth.dll"));
        built_elsewhere("win-x64").unwrap_err();
        built_elsewhere("dos=folder").unwrap_err();
    }
}
