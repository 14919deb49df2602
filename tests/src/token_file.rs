//! A service account's token file, and what must hold of it whatever program uses it on whatever system.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::home;

/// The file, in a folder of its own.
pub struct TokenFile {
    /// The folder, which goes with this.
    pub folder: tempfile::TempDir,
    /// The file.
    pub path: PathBuf,
}

/// What the run after a killed one found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterKill {
    /// Cloud Director had not been asked, or the new token was in the file.
    NothingToDo,
    /// The new token was in the journal.
    Adopted,
    /// The answer was in flight.
    Lost,
}

impl TokenFile {
    /// A file with this token in Terraform's form.
    pub fn new(token: &str) -> Self {
        let folder = home::temporary_folder();
        let path = folder.path().join("account.json");
        let file = Self { folder, path };
        file.put(token);
        file
    }

    /// Writes the file with another token in Terraform's form.
    pub fn put(&self, token: &str) {
        let content = serde_json::json!({ "token_type": "Service Account", "refresh_token": token });
        self.write(content.to_string().as_bytes());
    }

    /// Writes the file; nobody else can read it.
    pub fn write(&self, content: &[u8]) {
        fs::write(&self.path, content).expect("writable");
        #[cfg(unix)]
        fs::set_permissions(&self.path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("our own file");
    }

    /// The token that is in the file.
    pub fn token(&self) -> String {
        let content = fs::read(&self.path).expect("the file is always there");
        let content: serde_json::Value = serde_json::from_slice(&content).expect("the file is always whole");
        content["refresh_token"].as_str().expect("a token").to_owned()
    }

    /// The names in the folder besides the file and its lock.
    pub fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).expect("a folder").flatten();
        let mut names: Vec<String> = names
            .map(|entry| entry.file_name().into_string().expect("text"))
            .filter(|name| name != "account.json" && name != "account.json.vcd-lock")
            .collect();
        names.sort();
        names
    }

    /// What must hold after everything: the `next` run has succeeded and left nothing behind. Returns what it told.
    pub fn is_settled_by(&self, next: &Output, context: &str) -> String {
        assert!(next.status.success(), "{context}: {}", told(next));
        assert_eq!(self.beside(), [""; 0], "{context}");
        told(next)
    }

    /// What must hold after a kill: the `next` run has settled the file, or explained that the answer was in flight, which it
    /// cannot have been if a new token was `written` down.
    pub fn after_kill(&self, next: &Output, written: bool, context: &str) -> AfterKill {
        if next.status.success() {
            return match self.is_settled_by(next, context).contains("An earlier run ended before") {
                true => AfterKill::Adopted,
                false => AfterKill::NothingToDo,
            };
        }
        let told = told(next);
        assert!(next.status.code() == Some(4) && told.contains("TokenRejected"), "{context}: {told}");
        assert!(!written, "{context}: the new token was written down, and lost");
        assert!(told.contains("sent this token at") && told.contains("the new one is lost"), "{context}: {told}");
        AfterKill::Lost
    }

    /// Runs `get` so many times in each of so many lines of processes, which must all succeed; the file is whole at each moment,
    /// and is seen with more than so many tokens.
    pub fn is_shared(&self, lines: usize, times: usize, seen: usize, get: impl Fn() -> Command + Sync) {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut tokens = HashSet::new();
                while !done.load(Ordering::SeqCst) {
                    // Fails if there is ever a half of a file, or none.
                    tokens.insert(self.token());
                }
                tokens.len()
            });
            let one_after_another = || {
                for _ in 0..times {
                    let output = get().output().expect("the program starts");
                    assert!(output.status.success(), "{}", told(&output));
                    assert!(output.stdout.starts_with(b"Bearer "));
                }
            };
            let lines: Vec<_> = (0..lines).map(|_| scope.spawn(one_after_another)).collect();
            let failed = lines.into_iter().filter_map(|line| line.join().err()).count();
            done.store(true, Ordering::SeqCst);
            assert_eq!(failed, 0);
            assert!(reader.join().expect("the file was always whole") > seen, "the reader saw the file change");
        });
    }
}

/// Standard error.
pub fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}
