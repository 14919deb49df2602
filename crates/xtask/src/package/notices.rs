//! `THIRD-PARTY.txt`: whose code is in a product, and under which terms.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, iter};

use anyhow::{Context, Result};
use cargo_metadata::Package;
use spdx::Expression;

use crate::package::dependencies::Dependencies;
use crate::package::papers::{Runtime, STANDARD_LIBRARY};

/// How the names of files with terms begin, in capital letters.
const NAMES_OF_TERMS: [&str; 5] = ["LICEN", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

const INTRODUCTION: &str = "\
VcdBearer contains code of the following crates. Where a crate offers a choice of licences that has MIT in it, MIT is the
choice. The Rust standard library is part of it as well: THIRD-PARTY-rust.html.
";

/// The notices of all crates that are not the workspace's own, and of what else was linked in. A text that several have in common
/// stands there once. The standard library's are a file of their own, because Rust makes it.
pub(crate) fn text(dependencies: &Dependencies, runtimes: &[Runtime]) -> Result<String> {
    let mut crates_by_terms = BTreeMap::<String, Vec<String>>::new();
    for package in dependencies.packages.iter().filter(|package| package.source.is_some()) {
        let terms = terms(package).with_context(|| format!("{} {}", package.name, package.version))?;
        let licence = package.license.as_deref().unwrap_or("see below");
        let name = format!("{} {} ({licence})", package.name, package.version);
        crates_by_terms.entry(terms).or_default().push(name);
    }
    for runtime in runtimes.iter().filter(|runtime| runtime.name != STANDARD_LIBRARY) {
        let wording = spdx::license_id(runtime.licence).context("a licence that SPDX does not know")?.text();
        let name = format!("{} ({})", runtime.name, runtime.licence);
        crates_by_terms.entry(format!("{}\n\n{}", runtime.source, wording.trim())).or_default().push(name);
    }
    let mut sections: Vec<_> = crates_by_terms.into_iter().map(|(terms, crates)| (crates, terms)).collect();
    sections.sort();
    let rule = "=".repeat(80);
    let sections =
        sections.into_iter().map(|(crates, terms)| format!("\n{rule}\n{}\n{rule}\n\n{terms}\n", crates.join("\n")));
    Ok(iter::once(INTRODUCTION.to_owned()).chain(sections).collect())
}

/// The terms of the licence that was chosen, from the files of the package; also of what it has taken from others.
fn terms(package: &Package) -> Result<String> {
    let licence = package.license.as_deref().context("it names no licence")?;
    let expression = Expression::parse_mode(licence, spdx::ParseMode::LAX)
        .with_context(|| format!("its licence is not to be understood: {licence}"))?;
    let mit = expression.evaluate(|required| required.license.id().is_some_and(|id| id.name == "MIT"));
    let root = package.manifest_path.parent().context("its manifest lies in no folder")?.as_std_path();
    let mut texts = Vec::new();
    for folder in folders(root)? {
        for name in names_of_terms(&folder, mit)? {
            let path = folder.join(name);
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let place = folder.strip_prefix(root)?;
            let head = if folder == root { String::new() } else { format!("For {}:\n\n", place.display()) };
            texts.push(head + text.replace('\r', "").trim());
        }
    }
    if texts.is_empty() {
        texts.push(standard_terms(package, mit)?);
    }
    Ok(texts.join("\n\n"))
}

/// A package's folder and those in it, sorted, but for what is linked into no product.
fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    const NOT_LINKED: [&str; 4] = ["tests", "benches", "examples", "fuzz"];
    let mut found = vec![root.to_owned()];
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let linked = !NOT_LINKED.iter().any(|name| entry.file_name() == *name);
        if linked && entry.file_type()?.is_dir() {
            found.extend(folders(&entry.path())?);
        }
    }
    found.sort();
    Ok(found)
}

/// The names of the files with the terms that count, sorted. What is chosen makes the others' files superfluous.
fn names_of_terms(folder: &Path, mit: bool) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let known = NAMES_OF_TERMS.iter().any(|start| name.to_uppercase().starts_with(start));
        if known && entry.file_type()?.is_file() {
            names.push(name);
        }
    }
    let says = |name: &String, word: &str| name.to_uppercase().contains(word);
    if mit && names.iter().any(|name| says(name, "MIT")) {
        names.retain(|name| !["APACHE", "ISC", "UNLICENSE"].iter().any(|other| says(name, other)));
    }
    names.sort();
    Ok(names)
}

/// For packages that come without their terms: the wording that the licence's name stands for, with their authors.
fn standard_terms(package: &Package, mit: bool) -> Result<String> {
    let id = spdx::license_id("MIT").filter(|_| mit);
    let wording = id.context("it comes without the terms of its licence, and is not under MIT")?.text();
    let authors = if package.authors.is_empty() {
        format!("The authors of {}", package.name)
    } else {
        package.authors.join(", ")
    };
    Ok(wording.replace("<year> <copyright holders>", &authors).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[&str], mit: bool) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            fs::write(folder.path().join(file), "").unwrap();
        }
        names_of_terms(folder.path(), mit).unwrap()
    }

    #[test]
    fn the_files_of_the_chosen_licence_are_taken() {
        let files = ["LICENSE-APACHE", "LICENSE-MIT", "LICENSE-THIRD-PARTY", "README.md", "license-mit.md"];
        assert_eq!(names(&files, true), ["LICENSE-MIT", "LICENSE-THIRD-PARTY", "license-mit.md"]);
        assert_eq!(names(&["COPYING", "UNLICENSE", "LICENSE-MIT"], true), ["COPYING", "LICENSE-MIT"]);
    }

    #[test]
    fn without_a_choice_every_file_is_taken() {
        assert_eq!(names(&["LICENSE-APACHE", "NOTICE"], false), ["LICENSE-APACHE", "NOTICE"]);
        assert_eq!(names(&["LICENSE-APACHE"], true), ["LICENSE-APACHE"]);
    }

    #[test]
    fn what_a_crate_has_taken_from_others_is_looked_into() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["third_party/fiat", "tests/data", "src"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let expected = ["", "src", "third_party", "third_party/fiat"].map(|folder| root.path().join(folder));
        assert_eq!(folders(root.path()).unwrap(), expected);
    }

    #[test]
    fn the_standard_wording_has_a_place_for_the_authors() {
        let wording = spdx::license_id("MIT").unwrap().text();
        assert!(wording.contains("<year> <copyright holders>"), "{wording}");
    }
}
