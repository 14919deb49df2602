//! A service account's token file and `vcd-bearer.exe` that uses it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tests::program::Program;
use vcdsim::{Kind, Options, Simulator};

/// Long enough for a crowd at one lock.
const TIMEOUT_S: u32 = 120;

/// The file, in a folder of its own, and a simulated Cloud Director that knows its token.
pub(crate) struct AccountFile {
    pub(crate) simulator: Simulator,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
    program: Program,
}

impl AccountFile {
    pub(crate) fn new(program: &Program) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("account.json");
        let simulator = Simulator::start(Options::default()).expect("the simulator starts");
        let file = Self { simulator, folder, path, program: program.clone() };
        file.put(file.service_token());
        file
    }

    /// The token of the service account of `acme` as it was at first.
    pub(crate) fn service_token(&self) -> &str {
        &self.simulator.login("acme", Kind::ServiceAccount).expect("acme has one").api_token
    }

    /// Writes the file with another token in Terraform's form.
    pub(crate) fn put(&self, token: &str) {
        let content = serde_json::json!({ "token_type": "Service Account", "refresh_token": token });
        self.write(content.to_string().as_bytes());
    }

    /// Writes the file; nobody else can read it.
    pub(crate) fn write(&self, content: &[u8]) {
        fs::write(&self.path, content).expect("writable");
        #[cfg(unix)]
        fs::set_permissions(&self.path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("our own file");
    }

    /// Writes the file with the token of a service account that nobody has used.
    pub(crate) fn put_fresh(&self) {
        self.put(&self.simulator.create_token("acme", Kind::ServiceAccount).expect("made").api_token);
    }

    /// The token that is in the file.
    pub(crate) fn token(&self) -> String {
        let content = fs::read(&self.path).expect("the file is always there");
        let content: serde_json::Value = serde_json::from_slice(&content).expect("the file is always whole");
        content["refresh_token"].as_str().expect("a token").to_owned()
    }

    /// `get` with this file.
    pub(crate) fn get(&self) -> Command {
        self.get_from(&self.path)
    }

    /// `get` with another file.
    pub(crate) fn get_from(&self, file: &Path) -> Command {
        self.get_by(&self.program, file, TIMEOUT_S)
    }

    /// `get` by another program, or with another time limit.
    pub(crate) fn get_by(&self, program: &Program, file: &Path, timeout_s: u32) -> Command {
        let mut command = program.command();
        command
            .args(["get", "--org", "acme", "--timeout", &timeout_s.to_string(), "--server", self.simulator.url()])
            .args(["--certificate-sha256", self.simulator.leaf_sha256(), "--token-file"])
            .arg(program.paths().write(file))
            .stdin(Stdio::null());
        command
    }

    /// The names in the folder besides the file and its lock.
    pub(crate) fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).expect("a folder").flatten();
        let mut names: Vec<String> = names
            .map(|entry| entry.file_name().into_string().expect("text"))
            .filter(|name| name != "account.json" && name != "account.json.vcd-lock")
            .collect();
        names.sort();
        names
    }

    /// Whether there is a journal, and a new token in it.
    pub(crate) fn journal_has_new_token(&self) -> bool {
        fs::read(self.folder.path().join("account.json.vcd-pending"))
            .is_ok_and(|journal| journal.windows(9).any(|part| part == b"new_token"))
    }

    /// What must hold after everything: the next run succeeds and leaves nothing behind. Returns what it told.
    pub(crate) fn next_run_succeeds(&self, context: &str) -> String {
        let next = run(self.get());
        assert!(next.status.success(), "{context}: {}", told(&next));
        assert_eq!(self.beside(), [""; 0], "{context}");
        told(&next)
    }

    /// Status of each token exchange that reached the simulator.
    pub(crate) fn exchanges(&self) -> Vec<Option<u16>> {
        let requests = self.simulator.journal().requests;
        requests.iter().filter(|request| request.path.starts_with("/oauth/")).map(|request| request.status).collect()
    }
}

pub(crate) fn run(mut command: Command) -> Output {
    command.output().expect("Wine starts")
}

/// Standard error.
pub(crate) fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}
