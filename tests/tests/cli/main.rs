//! `vcd-bearer` as a shell runs it: exit status, standard output, standard error, and what reached the simulator.

mod bad_input;
mod call;
mod proxy;
mod rotation;
mod sessions;
mod stopping;
#[cfg(unix)]
mod token_files;
mod trust;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use assert_cmd::Command;
use tests::case::{case, run};
use tests::staged;
use vcdsim::{Kind, Login, Options, Simulator};

fn main() -> ExitCode {
    let program = staged::executable();
    let all =
        [sessions::CASES, call::CASES, bad_input::CASES, trust::CASES, proxy::CASES, rotation::CASES, stopping::CASES]
            .concat();
    let with_site = |(name, body): Case| case(name, &program, move |program: PathBuf| body(&Site::start(&program)));
    let trials = all.into_iter().map(with_site);
    #[cfg(unix)]
    let trials = trials.chain(token_files::trials(&program));
    run(trials.collect())
}

/// A case and its name. Each gets a simulator of its own.
type Case = (&'static str, fn(&Site));

/// The program, and a simulated Cloud Director for it.
struct Site {
    simulator: Simulator,
    program: PathBuf,
    /// Stands in for the user's home, so that recovery files go nowhere else.
    home: tempfile::TempDir,
}

impl Site {
    fn start(program: &Path) -> Self {
        Self {
            simulator: Simulator::start(Options::default()).expect("the simulator starts"),
            program: program.to_owned(),
            home: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// A call of the program with nothing on its standard input and no token in its environment.
    fn call(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_remove("VCD_API_TOKEN")
            .env_remove("VCD_API_TOKEN_FILE")
            .env_remove("VCD_SA_TOKEN_FILE")
            .env_remove("VCD_TOKEN")
            .env_remove("HTTPS_PROXY")
            .env_remove("https_proxy")
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path())
            .env("LOCALAPPDATA", self.home.path());
        command
    }

    /// A call that reaches the simulator and trusts it.
    fn trusting_call(&self, arguments: &[&str]) -> Command {
        let mut command = self.call(arguments);
        command.args(["--server", self.simulator.url(), "--ca-certificate"]).arg(self.simulator.ca_file());
        command
    }

    /// The API token of the tenant user of `acme`.
    fn tenant(&self) -> &Login {
        self.simulator.login("acme", Kind::Tenant).expect("acme has a tenant user")
    }

    /// `get` for the tenant user of `acme`, its token on standard input.
    fn get(&self, arguments: &[&str]) -> Command {
        let mut command = self.trusting_call(&["get", "--org", "acme"]);
        command.args(arguments).write_stdin(self.tenant().api_token.as_str());
        command
    }

    /// A live session, as `get` prints it by default.
    fn session(&self) -> String {
        let output = self.get(&[]).assert().success().get_output().stdout.clone();
        String::from_utf8(output).expect("text").trim_end().to_owned()
    }
}

/// Standard output or standard error as text.
fn text(stream: &[u8]) -> String {
    String::from_utf8(stream.to_vec()).expect("text")
}
