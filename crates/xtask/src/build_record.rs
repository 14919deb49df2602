//! How library and executable of a platform were made: `build.json` beside them, which `cargo xtask native` writes. A release takes
//! only files that have it, so that nobody publishes what was built of something else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::checksum::sha256;
use crate::native::Native;

/// Its name beside the files.
const NAME: &str = "build.json";

/// What is known of a build.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BuildRecord {
    /// The commit that was checked out.
    pub(crate) commit: String,
    /// The compiler's version, and so the standard library's.
    pub(crate) compiler: String,
    /// The SHA-256 of each file by its name.
    files: BTreeMap<String, String>,
}

impl BuildRecord {
    /// Writes down how these files were made.
    pub(crate) fn write(native: &Native, commit: &str, compiler: &str) -> Result<()> {
        let record = Self { commit: commit.to_owned(), compiler: compiler.to_owned(), files: checksums(native)? };
        let path = folder(native).join(NAME);
        fs::write(&path, serde_json::to_string_pretty(&record)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// What was written down, if it is about these very files and this commit.
    pub(crate) fn read(native: &Native, commit: &str) -> Result<Self> {
        let rid = native.platform.rid;
        let path = folder(native).join(NAME);
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "a release takes what `cargo xtask native --rid {rid}` has built, with the {NAME} that says so, and there is no {}",
                path.display()
            )
        })?;
        let record: Self = serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(
            record.commit == commit,
            "{} is of the commit {}, and this is {commit}: build {rid} again",
            path.display(),
            record.commit
        );
        ensure!(
            record.files == checksums(native)?,
            "the files beside {} are not those that it is about: build {rid} again",
            path.display()
        );
        Ok(record)
    }
}

fn folder(native: &Native) -> &Path {
    native.library.parent().expect("a product lies in a folder")
}

fn checksums(native: &Native) -> Result<BTreeMap<String, String>> {
    let mut checksums = BTreeMap::new();
    for file in [&native.library, &native.executable] {
        let content = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.file_name().expect("a product has a name").to_string_lossy().into_owned();
        checksums.insert(name, sha256(&content));
    }
    Ok(checksums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;

    #[test]
    fn a_record_is_of_its_files_and_its_commit() {
        let folder = tempfile::tempdir().unwrap();
        let native = Native::in_folder(Platform::of_rid("win-x64").unwrap(), folder.path());
        fs::write(&native.library, "library").unwrap();
        fs::write(&native.executable, "executable").unwrap();
        let refusal = |commit| BuildRecord::read(&native, commit).unwrap_err().to_string();
        assert!(refusal("abc").contains("`cargo xtask native --rid win-x64`"), "{}", refusal("abc"));

        BuildRecord::write(&native, "abc", "1.95.0").unwrap();
        assert_eq!(BuildRecord::read(&native, "abc").unwrap().compiler, "1.95.0");
        assert!(refusal("def").contains("of the commit abc, and this is def"), "{}", refusal("def"));

        fs::write(&native.executable, "another").unwrap();
        assert!(refusal("abc").contains("are not those that it is about"), "{}", refusal("abc"));
    }
}
