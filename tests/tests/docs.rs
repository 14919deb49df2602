//! The documents against what they describe.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tests::staged;
use vcd_auth::FailureKind;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// README and its like, and everything in `docs/`.
fn documents() -> Vec<PathBuf> {
    let root = staged::repository();
    let of = |folder: &Path| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let documents = of(root).chain(of(&root.join("docs")));
    documents.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn troubleshooting_lists_every_failure_as_the_core_has_it() {
    Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--package", "xtask", "--", "docs", "--verify"])
        .current_dir(staged::repository())
        .assert()
        .success();
}

/// The number and name in a line such as `InvalidServer = 1011, 'InvalidArgument', 'System.ArgumentException'`.
fn table_entry(line: &str) -> Option<(i32, String)> {
    let (name, rest) = line.split_once(" = ")?;
    let (number, _) = rest.split_once(',')?;
    Some((number.parse().ok()?, name.trim().to_owned()))
}

#[test]
fn powershell_maps_the_failures_of_the_core_and_no_others() {
    let table = read(&staged::repository().join("powershell/VcdBearer/Private/FailureTable.ps1"));
    let mapped: Vec<_> = table.lines().filter_map(table_entry).collect();
    let kinds: Vec<_> = FailureKind::ALL.iter().map(|kind| (kind.number(), kind.name())).collect();
    assert_eq!(mapped, kinds);
}

#[test]
fn every_link_leads_to_a_file() {
    let mut links = 0;
    for document in documents() {
        let text = read(&document);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("https://") || target.starts_with('#') {
                continue;
            }
            let path = document.parent().expect("a folder").join(target.split('#').next().expect("a path"));
            assert!(path.exists(), "{} links to {target}, which is not there", document.display());
            links += 1;
        }
    }
    assert!(links > 10, "only {links} links were found");
}

#[test]
fn every_function_that_is_named_is_in_the_header() {
    let header = read(&staged::header());
    let mut named = 0;
    for document in documents() {
        let text = read(&document);
        for name in
            text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| word.starts_with("vcd_"))
        {
            let file = name == "vcd_auth";
            assert!(file || header.contains(&format!("{name}(")), "{} names {name}", document.display());
            named += 1;
        }
    }
    assert!(named > 10, "only {named} functions were found");
}
