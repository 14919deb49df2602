//! The crates whose code is in a product: what notices and bill of materials list.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::platform::Platform;
use crate::{command, workspace};

/// The crates that are linked into a product, in the order of their names and versions.
pub(crate) struct Dependencies {
    pub(crate) packages: Vec<Package>,
    /// The positions in `packages` of what a package itself depends on.
    pub(crate) edges: Vec<BTreeSet<usize>>,
    /// The SHA-256 of what the registry serves, by name and version.
    checksums: BTreeMap<(String, String), String>,
}

impl Dependencies {
    /// Those of the product that is made of `root`, for these platforms taken together.
    pub(crate) fn of<'a>(root: &str, platforms: impl IntoIterator<Item = &'a Platform>) -> Result<Self> {
        let mut all = BTreeSet::new();
        for target in platforms.into_iter().flat_map(|platform| platform.targets) {
            all.extend(linked(root, target)?);
        }
        let metadata = MetadataCommand::new()
            .manifest_path(workspace::root().join("Cargo.toml"))
            .other_options(["--locked".to_owned()])
            .exec()?;
        let mut packages: Vec<_> =
            metadata.packages.iter().filter(|package| all.contains(&key(package))).cloned().collect();
        packages.sort_by(|a, b| (a.name.as_str(), &a.version).cmp(&(b.name.as_str(), &b.version)));
        ensure!(packages.len() == all.len(), "cargo metadata lists {} of {}", packages.len(), all.len());
        let edges = edges(&metadata, &packages)?;
        Ok(Self { packages, edges, checksums: checksums()? })
    }

    /// The SHA-256 of a package as the registry serves it; none for the workspace's own.
    pub(crate) fn checksum(&self, package: &Package) -> Option<&str> {
        self.checksums.get(&key(package)).map(String::as_str)
    }
}

fn key(package: &Package) -> (String, String) {
    (package.name.to_string(), package.version.to_string())
}

/// Name and version of each crate that is linked with `root` for a target. `cargo tree` knows the features that count in this very
/// build, and leaves procedural macros out.
fn linked(root: &str, target: &str) -> Result<BTreeSet<(String, String)>> {
    let mut tree = command::cargo();
    tree.args(["tree", "--locked", "-p", root, "--edges", "normal,no-proc-macro"]);
    tree.args(["--prefix", "none", "--format", "{p}", "--target", target]);
    let output = tree.output().context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout)?;
    // A line is "name v1.2.3", and perhaps a path or "(*)".
    let crates = listed.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    });
    Ok(crates.collect())
}

fn edges(metadata: &Metadata, packages: &[Package]) -> Result<Vec<BTreeSet<usize>>> {
    let positions: BTreeMap<_, _> = packages.iter().enumerate().map(|(at, package)| (&package.id, at)).collect();
    let nodes = &metadata.resolve.as_ref().context("cargo metadata resolved nothing")?.nodes;
    let mut edges = vec![BTreeSet::new(); packages.len()];
    for node in nodes {
        if let Some(at) = positions.get(&node.id) {
            edges[*at] = node.dependencies.iter().filter_map(|id| positions.get(id).copied()).collect();
        }
    }
    Ok(edges)
}

/// The checksums of Cargo.lock.
fn checksums() -> Result<BTreeMap<(String, String), String>> {
    let lock = std::fs::read_to_string(workspace::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let mut checksums = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim_start_matches([' ', '=']).trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(checksum)) = (value("name"), value("version"), value("checksum")) {
            checksums.insert((name, version), checksum);
        }
    }
    Ok(checksums)
}
