//! What `cargo xtask package` makes, looked at with other tools than those that made it.

use std::collections::{BTreeMap, BTreeSet};
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
    ("each_bill_lists_what_its_product_is_made_of", each_bill_lists_what_its_product_is_made_of),
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
    // The one that comes with macOS; Windows has it from Git.
    let (tool, algorithm) =
        if cfg!(target_os = "macos") { ("shasum", &["-a", "256"][..]) } else { ("sha256sum", &[][..]) };
    let mut check = Command::new(tool);
    check.args(algorithm).args(["--check", "--strict", "SHA256SUMS"]).current_dir(packages).assert().success();
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
    // Staged for the tests; people get it in an archive of its own.
    expected.retain(|name, _| !name.ends_with("/vcd-bearer.exe"));
    assert!(expected.len() >= 6, "{expected:?}");
    for (name, path) in &expected {
        let content = fs::read(path).expect("a staged file");
        assert!(package.get(name) == Some(&content), "the package has another {name}");
        assert!(zip.get(&format!("VcdBearer/{VERSION}/{name}")) == Some(&content), "the zip has another {name}");
    }
    let mut names: BTreeSet<_> = expected.keys().map(String::as_str).collect();
    names.extend(["THIRD-PARTY-rust.html", "THIRD-PARTY.txt", "VcdBearer.cdx.json"]);
    assert!(names.iter().all(|name| package.contains_key(*name)), "{:?}", package.keys());
    let folder = format!("VcdBearer/{VERSION}/");
    assert_eq!(zip.keys().filter_map(|name| name.strip_prefix(&folder)).collect::<BTreeSet<_>>(), names);
}

/// What depends on the moment of packaging would differ in the next package of the same commit.
fn every_file_has_the_same_time(packages: &Path) {
    let mut times = BTreeSet::new();
    for name in [format!("VcdBearer.{VERSION}.nupkg"), format!("VcdBearer-{VERSION}.zip")] {
        let archive = File::open(packages.join(name)).expect("it was made");
        let mut archive = ZipArchive::new(archive).expect("a zip archive");
        for index in 0..archive.len() {
            times.insert(archive.by_index(index).expect("a file").last_modified().expect("a time").to_string());
        }
    }
    let timestamp =
        bill(packages)["metadata"]["timestamp"].as_str().expect("a time").replace('T', " ").replace('Z', "");
    let [time] = &times.into_iter().collect::<Vec<_>>()[..] else { panic!("several times") };
    // A zip archive counts in steps of two seconds, so the last digit may differ.
    assert_eq!(time[..time.len() - 1], timestamp[..timestamp.len() - 1]);
}

/// The bill of materials beside the packages.
fn bill(packages: &Path) -> serde_json::Value {
    let bill = fs::read_to_string(packages.join(format!("VcdBearer-{VERSION}.cdx.json"))).expect("the bill");
    serde_json::from_str(&bill).expect("JSON")
}

/// The crates, as `name version`, whose source files a library names in messages about its own defects: not all of those in
/// it, but found without any tool that knows of crates.
fn crates_named_in(library: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(library).replace('\\', "/");
    // Where sources are on the machine that built it, or what a release says in place of that.
    let folders =
        text.match_indices("/registry/src/").filter_map(|(at, marker)| text[at + marker.len()..].split('/').nth(1));
    let replaced =
        text.match_indices("/crates/").filter_map(|(at, marker)| text[at + marker.len()..].split('/').next());
    let crates = folders.chain(replaced).filter_map(|folder| folder.rsplit_once('-'));
    let crates = crates.filter(|(_, version)| version.starts_with(|first: char| first.is_ascii_digit()));
    crates.map(|(name, version)| format!("{name} {version}")).collect()
}

fn the_notices_have_the_terms_of_every_crate(packages: &Path) {
    let zip = contents(&packages.join(format!("VcdBearer-{VERSION}.zip")));
    let notices = &zip[&format!("VcdBearer/{VERSION}/THIRD-PARTY.txt")];
    let notices = std::str::from_utf8(notices).expect("text");
    let library = zip.iter().find(|(name, _)| name.contains("/native/")).expect("a library").1;
    let crates = crates_named_in(library);
    assert!(crates.len() > 30, "only {} crates are in the library: {crates:?}", crates.len());
    let library_is_for_windows = zip.keys().any(|name| name.contains("/native/win-x64/"));
    assert_eq!(notices.contains("\nmingw-w64-runtime (ZPL-2.1)\n"), library_is_for_windows);
    assert!(notices.contains("For third_party/fiat:\n"), "what ring has taken from others is not named");
    for name in crates {
        assert!(notices.lines().any(|line| line.starts_with(&format!("{name} ("))), "{name} is not named");
    }
    let rule = format!("\n{}\n", "=".repeat(80));
    let parts: Vec<_> = notices.split(&rule).skip(1).collect();
    for crates_and_terms in parts.chunks(2) {
        let [crates, terms] = crates_and_terms else { panic!("crates without terms: {crates_and_terms:?}") };
        assert!(terms.trim().len() > 300, "{crates} has no terms: {terms}");
    }
    for other in ["proptest", "cc ", "serde_derive", "tempfile", "clap "] {
        assert!(!notices.lines().any(|line| line.starts_with(other)), "{other} is not in the module");
    }
    assert!(zip[&format!("VcdBearer/{VERSION}/THIRD-PARTY-rust.html")].starts_with(b"<!DOCTYPE html>"));
}

fn the_bill_of_materials_lists_every_crate_once(packages: &Path) {
    let bill = bill(packages);
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let components = bill["components"].as_array().expect("a list");
    let mut references: Vec<_> = components.iter().map(|component| text(&component["bom-ref"])).collect();
    references.sort();
    let all = references.len();
    references.dedup();
    assert_eq!(references.len(), all, "a component stands there twice");
    for expected in ["pkg:cargo/vcd-auth@", "pkg:cargo/rustls@", "pkg:cargo/ring@", "pkg:generic/rust-std@"] {
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

/// The names of the crates in the bill beside a program, and in that of the module.
fn each_bill_lists_what_its_product_is_made_of(packages: &Path) {
    let unpacked = tempfile::tempdir().expect("a temporary folder");
    let folder = unpack_executable(packages, unpacked.path());
    let of_program = fs::read(folder.join("vcd-bearer.cdx.json")).expect("the bill");
    let of_program: serde_json::Value = serde_json::from_slice(&of_program).expect("JSON");
    let names = |bill: &serde_json::Value| {
        let components = bill["components"].as_array().expect("a list").clone();
        components.into_iter().map(|component| component["name"].to_string()).collect::<BTreeSet<_>>()
    };
    let (of_program, of_module) = (names(&of_program), names(&bill(packages)));
    let (clap, capi) = ("\"clap\"".to_owned(), "\"vcd-auth-capi\"".to_owned());
    assert!(of_program.contains(&clap) && !of_program.contains(&capi), "{of_program:?}");
    assert!(of_module.contains(&capi) && !of_module.contains(&clap), "{of_module:?}");
}

/// Unpacks the archive with the program for this system, and tells where it is.
fn unpack_executable(packages: &Path, into: &Path) -> PathBuf {
    let archives = fs::read_dir(packages).expect("a folder").flatten().map(|entry| entry.path());
    let is_wanted = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        name.starts_with("vcd-bearer-") && name.ends_with(if cfg!(windows) { ".zip" } else { ".tar.gz" })
    };
    let archive = archives.into_iter().find(is_wanted).expect("an archive with the executable");
    // Windows' own tar reads both.
    Command::new("tar").arg("-xf").arg(&archive).current_dir(into).assert().success();
    let name = archive.file_name().expect("a name").to_string_lossy().into_owned();
    into.join(name.trim_end_matches(".tar.gz").trim_end_matches(".zip"))
}

#[cfg(unix)]
fn the_executable_is_a_program_when_unpacked(packages: &Path) {
    let unpacked = tempfile::tempdir().expect("a temporary folder");
    let folder = unpack_executable(packages, unpacked.path());
    Command::new(folder.join("vcd-bearer"))
        .arg("--version")
        .assert()
        .success()
        .stdout(format!("vcd-bearer {VERSION}\n"));
    assert!(folder.join("THIRD-PARTY.txt").is_file());
}
