//! What lies beside the code in each archive: the terms under which it may be used, and the bill of materials.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};

use crate::native::{self, Native};
use crate::package::archive::Files;
use crate::package::commit::Commit;
use crate::package::dependencies::Dependencies;
use crate::package::{notices, sbom};
use crate::stage::MODULE;
use crate::workspace;

/// What people get, and the crate that it is made of.
pub(crate) struct Product {
    pub(crate) name: &'static str,
    pub(crate) made_of: &'static str,
}

/// The PowerShell module, with the C library in it.
pub(crate) const MODULE_PRODUCT: Product = Product { name: MODULE, made_of: "vcd-auth-capi" };
/// The program for other shells.
pub(crate) const EXECUTABLE: Product = Product { name: "vcd-bearer", made_of: "vcd-bearer" };

/// Library and executable for a platform, and the version of the compiler that made them.
pub(crate) struct Built {
    pub(crate) native: Native,
    pub(crate) compiler: String,
}

/// Rust's standard library among the runtimes. Its terms are a file that Rust makes.
pub(crate) const STANDARD_LIBRARY: &str = "rust-std";

/// What compilers and linkers add to the crates.
pub(crate) struct Runtime {
    pub(crate) name: &'static str,
    pub(crate) version: Option<String>,
    pub(crate) licence: &'static str,
    pub(crate) source: &'static str,
}

/// Terms and bill of a product for the platforms that it was built for.
pub(crate) fn files(product: &Product, built: &[Built], commit: &Commit) -> Result<Files> {
    let dependencies = Dependencies::of(product.made_of, built.iter().map(|built| built.native.platform))?;
    let runtimes = runtimes(built);
    let mut files = Files::default();
    files.add("THIRD-PARTY.txt", notices::text(&dependencies, &runtimes)?);
    files.add("THIRD-PARTY-rust.html", standard_library_notices()?);
    files.add("LICENSE", fs::read(workspace::root().join("LICENSE")).context("cannot read LICENSE")?);
    files.add(&bill_name(product), sbom::text(product, &dependencies, &runtimes, commit)?);
    Ok(files)
}

/// The name of the bill in an archive.
pub(crate) fn bill_name(product: &Product) -> String {
    format!("{}.cdx.json", product.name)
}

fn runtimes(built: &[Built]) -> Vec<Runtime> {
    let compilers: BTreeSet<_> = built.iter().map(|built| &built.compiler).collect();
    let standard_libraries = compilers.into_iter().map(|compiler| Runtime {
        name: STANDARD_LIBRARY,
        version: Some(compiler.clone()),
        licence: "MIT OR Apache-2.0",
        source: "https://github.com/rust-lang/rust",
    });
    // Its start-up code is linked in; it does not tell its version.
    let mingw = built.iter().any(|built| built.native.platform.is_linked_by_mingw()).then_some(Runtime {
        name: "mingw-w64-runtime",
        version: None,
        licence: "ZPL-2.1",
        source: "https://github.com/mingw-w64/mingw-w64",
    });
    standard_libraries.chain(mingw).collect()
}

/// What Rust says of its standard library, which every product contains.
fn standard_library_notices() -> Result<Vec<u8>> {
    let path = native::sysroot()?.join("share/doc/rust/COPYRIGHT-library.html");
    fs::read(&path).with_context(|| {
        format!(
            "this Rust came without the notices of its standard library, {}; that of https://rustup.rs has them",
            path.display()
        )
    })
}
