//! A service account's token file and `vcd-bearer.exe` that uses it.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tests::program::Program;
use tests::token_file::TokenFile;
pub(crate) use tests::token_file::told;
use vcdsim::{Effect, Fault, Kind, Match, Options, Simulator};

/// Long enough for a crowd at one lock.
const TIMEOUT_S: u32 = 120;

/// The file, and a simulated Cloud Director that knows its token.
pub(crate) struct AccountFile {
    pub(crate) simulator: Simulator,
    file: TokenFile,
    program: Program,
}

/// Everything that is of the file alone.
impl Deref for AccountFile {
    type Target = TokenFile;

    fn deref(&self) -> &TokenFile {
        &self.file
    }
}

impl AccountFile {
    pub(crate) fn new(program: &Program) -> Self {
        let simulator = Simulator::start(Options::default()).expect("the simulator starts");
        let file = TokenFile::new(service_token(&simulator));
        Self { simulator, file, program: program.clone() }
    }

    /// The token of the service account of `acme` as it was at first.
    pub(crate) fn service_token(&self) -> &str {
        service_token(&self.simulator)
    }

    /// Writes the file with the token of a service account that nobody has used.
    pub(crate) fn put_fresh(&self) {
        self.put(&self.simulator.create_token("acme", Kind::ServiceAccount).expect("made").api_token);
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

    /// Whether there is a journal, and a new token in it.
    pub(crate) fn journal_has_new_token(&self) -> bool {
        has_new_token(self.folder.path())
    }

    /// What must hold after everything: the next run succeeds and leaves nothing behind. Returns what it told.
    pub(crate) fn next_run_succeeds(&self, context: &str) -> String {
        self.is_settled_by(&run(self.get()), context)
    }

    /// Status of each token exchange that reached the simulator.
    pub(crate) fn exchanges(&self) -> Vec<Option<u16>> {
        let requests = self.simulator.journal().requests;
        requests.iter().filter(|request| request.path.starts_with("/oauth/")).map(|request| request.status).collect()
    }
}

/// The simulator takes this long to answer token exchanges, after it has carried them out.
pub(crate) fn delay_exchanges(simulator: &Simulator, delay_ms: u64) {
    let matching = Match { path: Some("/oauth/".to_owned()), ..Match::default() };
    let effect = Effect { delay_ms, ..Effect::default() };
    simulator.add_fault(Fault { matching, effect, ..Fault::default() });
}

/// Whether there is a journal in the folder, and a new token in it.
pub(crate) fn has_new_token(folder: &Path) -> bool {
    fs::read(folder.join("account.json.vcd-pending"))
        .is_ok_and(|journal| journal.windows(9).any(|part| part == b"new_token"))
}

fn service_token(simulator: &Simulator) -> &str {
    &simulator.login("acme", Kind::ServiceAccount).expect("acme has one").api_token
}

pub(crate) fn run(mut command: Command) -> Output {
    command.output().expect("Wine starts")
}

/// Waits until `done`, for at most a minute.
pub(crate) fn wait_until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen");
        thread::sleep(Duration::from_millis(1));
    }
}
