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

use std::process::ExitCode;

use assert_cmd::Command;
use tests::case::{Needed, case, run};
use tests::home;
use tests::paths::Paths;
use tests::program::Program;
use vcdsim::{Kind, Login, Options, Simulator};

fn main() -> ExitCode {
    let native = Program::native();
    let all =
        [sessions::CASES, call::CASES, bad_input::CASES, trust::CASES, proxy::CASES, rotation::CASES, stopping::CASES]
            .concat();
    let with_site = |prefix: &'static str, program: &Needed<Program>, cases: Vec<Case>| {
        let program = program.clone();
        cases.into_iter().map(move |(name, body)| {
            case(&format!("{prefix}{name}"), &program, move |program: Program| body(&Site::start(&program)))
        })
    };
    let trials = with_site("", &native, all.clone()).chain(with_site("wine::", &Program::under_wine(), all));
    #[cfg(target_os = "linux")]
    let trials = trials.chain(with_site("", &native, stopping::LINUX_CASES.to_vec()));
    #[cfg(unix)]
    let trials = trials.chain(token_files::trials(&native));
    run(trials.collect())
}

/// A case and its name. Each gets a simulator of its own.
type Case = (&'static str, fn(&Site));

/// The program, and a simulated Cloud Director for it.
struct Site {
    simulator: Simulator,
    program: Program,
    /// Stands in for the user's home, so that recovery files go nowhere else.
    home: tempfile::TempDir,
}

impl Site {
    fn start(program: &Program) -> Self {
        Self {
            simulator: Simulator::start(Options::default()).expect("the simulator starts"),
            program: program.clone(),
            home: home::temporary_folder(),
        }
    }

    /// A call of the program with nothing on its standard input and no token in its environment.
    fn call(&self, arguments: &[&str]) -> Command {
        let mut command = Command::from_std(self.program.command());
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
            .env("LOCALAPPDATA", self.program.paths().write(&self.home.path().join("AppData/Local")));
        command
    }

    /// A call that reaches the simulator and trusts it.
    fn trusting_call(&self, arguments: &[&str]) -> Command {
        let mut command = self.call(arguments);
        command.args(["--server", self.simulator.url()]).args(self.trust());
        command
    }

    /// The arguments by which the program trusts the simulator.
    fn trust(&self) -> [String; 2] {
        match self.program.paths() {
            Paths::Own => ["--ca-certificate".to_owned(), Paths::Own.write(self.simulator.ca_file())],
            Paths::Wine => ["--certificate-sha256".to_owned(), self.simulator.leaf_sha256().to_owned()],
        }
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
