//! What `cargo xtask package` makes, looked at with other tools than those that made it.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use assert_cmd::Command;
use libtest_mimic::Trial;
use tests::case::{Needed, case, run};
use tests::staged;
use zip::ZipArchive;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A case gets the folder with the packages.
type Case = (&'static str, fn(&Path));

const CASES: &[Case] = &[
    ("the_checksums_are_those_of_the_files", the_checksums_are_those_of_the_files),
    ("the_package_and_the_zip_hold_the_staged_module", the_package_and_the_zip_hold_the_staged_module),
    ("every_file_has_the_same_time", every_file_has_the_same_time),
    ("the_notices_have_the_terms_of_every_crate", the_notices_have_the_terms_of_every_crate),
    ("the_bill_of_materials_lists_every_crate_once", the_bill_of_materials_lists_every_crate_once),
    #[cfg(unix)]
    ("the_executable_is_a_program_when_unpacked", the_executable_is_a_program_when_unpacked),
];

fn main() -> ExitCode {
    let packages = staged::packages();
    run(CASES.iter().map(|(name, body)| trial(name, &packages, *body)).collect())
}

fn trial(name: &str, packages: &Needed<PathBuf>, body: fn(&Path)) -> Trial {
    case(name, packages, move |folder: PathBuf| body(&folder))
}

fn the_checksums_are_those_of_the_files(packages: &Path) {
    Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(packages).assert().success();
    let sums = fs::read_to_string(packages.join("SHA256SUMS")).expect("the checksums");
    let files = fs::read_dir(packages).expect("a folder").count();
    assert_eq!(sums.lines().count() + 1, files, "{sums}");
}

/// The contents of a zip archive by name.
fn contents(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(File::open(path).expect("the archive")).expect("it is a zip archive");
    let mut contents = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a file");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("its checksum is right");
        contents.insert(file.name().expect("text").into_owned(), content);
    }
    contents
}

/// Where the files of a folder are, by names relative to it.
fn files(folder: &Path, prefix: &str, found: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name, entry.path());
        }
    }
}

fn the_package_and_the_zip_hold_the_staged_module(packages: &Path) {
    let package = contents(&packages.join(format!("VcdBearer.{VERSION}.nupkg")));
    let zip = contents(&packages.join(format!("VcdBearer-{VERSION}.zip")));
    let mut expected = BTreeMap::new();
    let stage = staged::module_path().expect("what makes packages stages the module");
    files(&stage.join("VcdBearer").join(VERSION), "", &mut expected);
    assert!(expected.len() >= 6, "{expected:?}");
    for (name, path) in &expected {
        let content = fs::read(path).expect("a staged file");
        assert!(package.get(name) == Some(&content), "the package has another {name}");
        assert!(zip.get(&format!("VcdBearer/{VERSION}/{name}")) == Some(&content), "the zip has another {name}");
    }
    let beyond_the_stage = ["THIRD-PARTY-rust.html", "THIRD-PARTY.txt", "VcdBearer.cdx.json"];
    assert_eq!(zip.len(), expected.len() + beyond_the_stage.len(), "{:?}", zip.keys());
    for name in beyond_the_stage {
        assert!(package.contains_key(name), "the package has no {name}");
    }
}

/// What depends on the moment of packaging would differ in the next package of the same commit.
fn every_file_has_the_same_time(packages: &Path) {
    for name in [format!("VcdBearer.{VERSION}.nupkg"), format!("VcdBearer-{VERSION}.zip")] {
        let mut archive =
            ZipArchive::new(File::open(packages.join(name)).expect("it was made")).expect("a zip archive");
        for index in 0..archive.len() {
            let year = archive.by_index(index).expect("a file").last_modified().expect("a time").year();
            // That of packages for one machine.
            assert_eq!(year, 1980);
        }
    }
}

/// The crates of Cargo.lock that come from elsewhere, as `name version`.
fn locked() -> Vec<String> {
    let lock = fs::read_to_string(staged::repository().join("Cargo.lock")).expect("Cargo.lock");
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        line.map(|line| line.trim_matches(['=', ' ', '"']).to_owned())
    };
    let packages = lock.split("[[package]]").filter(|package| package.contains("source = "));
    packages.filter_map(|package| Some(format!("{} {}", value(package, "name")?, value(package, "version")?))).collect()
}

fn the_notices_have_the_terms_of_every_crate(packages: &Path) {
    let zip = contents(&packages.join(format!("VcdBearer-{VERSION}.zip")));
    let notices = &zip[&format!("VcdBearer/{VERSION}/THIRD-PARTY.txt")];
    let notices = std::str::from_utf8(notices).expect("text");
    let named = |name: &str| notices.lines().any(|line| line.starts_with(&format!("{name} (")));
    let in_the_product = locked().into_iter().filter(|name| named(name)).count();
    assert!(in_the_product > 80, "only {in_the_product} crates are named");
    for (section, terms) in notices
        .split(&format!("\n{}\n", "=".repeat(80)))
        .skip(1)
        .collect::<Vec<_>>()
        .chunks(2)
        .map(|pair| (pair[0], pair[1]))
    {
        assert!(terms.trim().len() > 300, "{section} has no terms: {terms}");
    }
    for build_tool in ["proptest", "cc ", "serde_derive", "tempfile"] {
        assert!(!notices.lines().any(|line| line.starts_with(build_tool)), "{build_tool} is in no product");
    }
    assert!(zip[&format!("VcdBearer/{VERSION}/THIRD-PARTY-rust.html")].starts_with(b"<!DOCTYPE html>"));
}

fn the_bill_of_materials_lists_every_crate_once(packages: &Path) {
    let bill = fs::read_to_string(packages.join(format!("VcdBearer-{VERSION}.cdx.json"))).expect("the bill");
    let bill: serde_json::Value = serde_json::from_str(&bill).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let components = bill["components"].as_array().expect("a list");
    let mut references: Vec<_> = components.iter().map(|component| text(&component["bom-ref"])).collect();
    references.sort();
    let all = references.len();
    references.dedup();
    assert_eq!(references.len(), all, "a component stands there twice");
    for expected in ["pkg:cargo/vcd-auth@", "pkg:cargo/rustls@", "pkg:cargo/ring@", "rust-std@"] {
        assert!(references.iter().any(|reference| reference.starts_with(expected)), "{expected} is missing");
    }
    // Each name in the graph is a component's, or the product's own.
    let product = text(&bill["metadata"]["component"]["bom-ref"]);
    for node in bill["dependencies"].as_array().expect("a list") {
        for reference in node["dependsOn"].as_array().expect("a list").iter().chain([&node["ref"]]) {
            let reference = text(reference);
            assert!(reference == product || references.contains(&reference), "{reference} is no component");
        }
    }
}

#[cfg(unix)]
fn the_executable_is_a_program_when_unpacked(packages: &Path) {
    let archives = fs::read_dir(packages).expect("a folder").flatten().map(|entry| entry.path());
    let archive = archives.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "gz"));
    let archive = archive.expect("an archive with the executable");
    let folder = tempfile::tempdir().expect("a temporary folder");
    Command::new("tar").arg("-xzf").arg(&archive).current_dir(folder.path()).assert().success();
    let inside = archive.file_name().and_then(|name| name.to_str()).expect("a name").trim_end_matches(".tar.gz");
    let program = folder.path().join(inside).join("vcd-bearer");
    Command::new(program).arg("--version").assert().success().stdout(format!("vcd-bearer {VERSION}\n"));
    assert!(folder.path().join(inside).join("THIRD-PARTY.txt").is_file());
}
