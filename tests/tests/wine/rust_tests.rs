//! The Rust tests of the crates that talk to the operating system.

use std::path::PathBuf;

use libtest_mimic::Trial;
use tests::case::{Needed, case};
use tests::staged;
use tests::wine::Wine;

/// These name a certificate authority, and Wine knows none beside the system's (tests/src/wine.rs).
const LEFT_OUT: [&str; 2] = [
    "a_named_authority_a_pin_and_skipping_let_the_simulator_in",
    "a_refusal_names_its_reason_and_shows_the_fingerprint",
];

/// One case for each of their executables.
pub(crate) fn trials() -> Vec<Trial> {
    match staged::windows_rust_tests() {
        Ok(executables) => executables.into_iter().map(|executable| of(&Wine::find(), executable)).collect(),
        Err(reason) => vec![case("wine::rust_tests", &Needed::<()>::Err(reason), |()| {})],
    }
}

fn of(wine: &Needed<Wine>, executable: PathBuf) -> Trial {
    // Cargo puts a hash behind the name.
    let name = executable.file_stem().expect("a built file has a name").to_string_lossy().into_owned();
    let name = name.rsplit_once('-').map_or(name.as_str(), |(name, _)| name);
    case(&format!("wine::rust_tests::{name}"), wine, move |wine: Wine| {
        let mut command = wine.command(&executable);
        command.args(LEFT_OUT.iter().flat_map(|name| ["--skip", name]));
        let output = command.output().expect("Wine starts");
        // Indented, so that nobody takes their results for those of this suite.
        let told = String::from_utf8_lossy(&output.stdout).replace('\n', "\n  | ");
        let ran = told.contains("test result: ok. ") && !told.contains("test result: ok. 0 passed");
        assert!(output.status.success() && ran, "{}:\n  | {told}", output.status);
    })
}
