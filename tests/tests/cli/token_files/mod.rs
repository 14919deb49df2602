//! Token files, with real processes and real files.

mod bad_input;
mod failing_disk;
mod kills;
mod meddle;
mod modes;
mod sharing;
mod terraform;

use std::ffi::OsString;
use std::fs;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use libtest_mimic::Trial;
use tests::case::{Needed, case};
use tests::program::Program;
use tests::token_file::TokenFile;
use vcdsim::Kind;

use crate::{Case, Site};

/// All cases; those that need a tool are shown as ignored where it is not there.
pub(crate) fn trials(program: &Needed<Program>) -> Vec<Trial> {
    let plain = [sharing::CASES, bad_input::CASES, modes::CASES, terraform::CASES, failing_disk::CASES].concat();
    let traced = [bad_input::TRACED_CASES, modes::TRACED_CASES, kills::TRACED_CASES].concat();
    let meddled = [failing_disk::MEDDLED_CASES, modes::MEDDLED_CASES, kills::CASES].concat();
    let with = |cases: Vec<Case>, tool: Needed<()>| {
        let needed = program.clone().and_then(|program| tool.map(|()| program));
        cases.into_iter().map(move |(name, body)| {
            case(&format!("token_files::{name}"), &needed, move |program: Program| body(&Site::start(&program)))
        })
    };
    with(plain, Ok(())).chain(with(traced, kills::strace())).chain(with(meddled, meddle::found())).collect()
}

/// Long enough for a crowd at one lock, and for a tracer.
const TIMEOUT: [&str; 2] = ["--timeout", "120"];

/// A token file of the site's service account.
struct AccountFile<'a> {
    site: &'a Site,
    file: TokenFile,
}

/// Everything that is of the file alone.
impl Deref for AccountFile<'_> {
    type Target = TokenFile;

    fn deref(&self) -> &TokenFile {
        &self.file
    }
}

impl<'a> AccountFile<'a> {
    fn new(site: &'a Site) -> Self {
        let login = site.simulator.login("acme", Kind::ServiceAccount).expect("acme has one");
        Self { site, file: TokenFile::new(&login.api_token) }
    }

    /// Writes the file with the token of a service account that nobody has used.
    fn put_fresh(&self) {
        self.put(&self.site.simulator.create_token("acme", Kind::ServiceAccount).expect("made").api_token);
    }

    /// `get` with this file. Pinning the certificate keeps the system's many certificates out of a trace.
    fn get(&self) -> Command {
        let mut command = self.untimed(&self.path);
        command.args(TIMEOUT);
        command
    }

    /// The same with another file and the default time limit.
    fn untimed(&self, file: &Path) -> Command {
        let mut command = self.site.plain(self.site.program.file());
        command.args(self.arguments(file));
        command
    }

    /// `get` under `strace` with these options.
    fn traced(&self, options: &[&str]) -> Command {
        let mut command = self.site.plain(Path::new("strace"));
        command
            .args(["-f", "-qq"])
            .args(options)
            .arg(self.site.program.file())
            .args(self.arguments(&self.path))
            .args(TIMEOUT);
        command
    }

    fn arguments(&self, file: &Path) -> Vec<OsString> {
        let site = &self.site.simulator;
        let fixed = ["get", "--org", "acme", "--server", site.url(), "--certificate-sha256", site.leaf_sha256()];
        let fixed = fixed.into_iter().map(OsString::from);
        fixed.chain(["--token-file".into(), file.into()]).collect()
    }

    /// What must hold after everything: the next run succeeds and leaves nothing behind. Returns what it told.
    fn next_run_succeeds(&self, context: &str) -> String {
        self.is_settled_by(&run(self.get()), context)
    }
}

impl Site {
    /// A call of a program without any token in its environment.
    fn plain(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for variable in
            ["VCD_API_TOKEN", "VCD_API_TOKEN_FILE", "VCD_SA_TOKEN_FILE", "HTTPS_PROXY", "https_proxy", "NO_PROXY"]
        {
            command.env_remove(variable);
        }
        command.env("HOME", self.home.path()).env("XDG_STATE_HOME", self.home.path()).stdin(Stdio::null());
        command
    }
}

fn run(mut command: Command) -> Output {
    command.output().expect("the program starts")
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}
