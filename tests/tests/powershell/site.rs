//! What a case works with: a simulated Cloud Director and scripts that talk to it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tests::powershell::PowerShell;
use vcdsim::{Effect, Fault, Kind, Listener, Login, Match, Options, Release, Simulator};

use crate::powercli::Flavour;

/// The start of each script: the module, and `$Site` and `$Token` for `Get-VcdBearer @Site -Org acme -ApiToken $Token`.
const PRELUDE: &str = r#"
$ErrorActionPreference = 'Stop'
Import-Module VcdBearer
$Site = @{ Server = $env:SIM_URL; CACertificate = $env:SIM_CA }
$Token = ConvertTo-SecureString $env:SIM_TENANT -AsPlainText -Force
function Get-OpenSession { (Invoke-RestMethod "$env:SIM_CONTROL/sim/sessions").sessions }
# Waits until there is an open session, or none; for twenty seconds at most.
function Wait-Session([bool] $Open) {
    for ($i = 0; $i -lt 1000 -and [bool] (Get-OpenSession) -ne $Open; $i++) { [System.Threading.Thread]::Sleep(20) }
}
"#;

pub(crate) struct Site {
    pub(crate) simulator: Simulator,
    pub(crate) shell: PowerShell,
    /// The home of the PowerShell process, where its scripts lie too.
    pub(crate) home: TempDir,
    /// The double of PowerCLI that scripts find beside the module.
    powercli: Option<Flavour>,
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Site {
    pub(crate) fn start(shell: PowerShell) -> Self {
        Self::with_options(shell, Options::default())
    }

    pub(crate) fn with_options(shell: PowerShell, options: Options) -> Self {
        Self {
            simulator: Simulator::start(options).expect("the simulator starts"),
            shell,
            home: tempfile::tempdir().expect("a temporary folder"),
            powercli: None,
        }
    }

    /// Lets scripts find a double of PowerCLI's cloud module, which the first call of one of its commands loads. Like
    /// many people's, it has been told for good to ignore what is wrong with a certificate.
    pub(crate) fn with_powercli(self, flavour: Flavour) -> Self {
        Self { powercli: Some(flavour), ..self }
    }

    /// The same at a site of another release.
    pub(crate) fn at_release(&self, release: Release) -> Self {
        let options = Options { release, ..Options::default() };
        Self { powercli: self.powercli, ..Self::with_options(self.shell.clone(), options) }
    }

    pub(crate) fn login(&self, org: &str, kind: Kind) -> &Login {
        self.simulator.login(org, kind).unwrap_or_else(|| panic!("{org} has a login of the kind {kind:?}"))
    }

    /// The tenant user of `acme`, whose token is `$Token`.
    pub(crate) fn tenant(&self) -> &Login {
        self.login("acme", Kind::Tenant)
    }

    /// Writes a file beside the scripts.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path
    }

    /// A script that begins with the prelude, in a file.
    pub(crate) fn script(&self, text: &str) -> PathBuf {
        self.write("site.ps1", PRELUDE);
        self.write("job.ps1", &format!(". $PSScriptRoot/site.ps1\n{text}\n"))
    }

    /// A script file as a scheduled task runs it.
    pub(crate) fn file(&self, script: &Path) -> Command {
        let mut command = self.shell.file(script, self.home.path());
        self.prepare(&mut command);
        command
    }

    /// Gives a process the addresses and tokens of the simulator, and a folder to be in.
    pub(crate) fn prepare(&self, command: &mut Command) {
        let simulator = &self.simulator;
        command
            .current_dir(self.home.path())
            .env("SIM_URL", simulator.url())
            .env("SIM_HOSTS", self.hosts().join(","))
            .env("SIM_PORT", simulator.port().to_string())
            .env("SIM_CONTROL", simulator.control_url())
            .env("SIM_CA", simulator.ca_file())
            .env("SIM_PIN", simulator.leaf_sha256())
            .env("SIM_TENANT", &self.tenant().api_token)
            .env("SIM_PROVIDER", &self.login("System", Kind::Provider).api_token)
            .env("SIM_BLUE_SKY", &self.login("Blue Sky", Kind::Tenant).api_token);
        // Older releases have none.
        if let Some(service_account) = simulator.login("acme", Kind::ServiceAccount) {
            command.env("SIM_SERVICE", &service_account.api_token);
        }
        if let Some(flavour) = self.powercli {
            let entries = [self.shell.module_path().to_owned(), flavour.module_path()];
            command
                .env("PSModulePath", env::join_paths(entries).expect("paths without separators"))
                .env("DOUBLE_INVALID_CERTIFICATE_ACTION", "Ignore");
        }
    }

    /// The bare host of each listener, as PowerCLI wants it.
    fn hosts(&self) -> Vec<String> {
        let host = |listener: &Listener| {
            let (host, _port) = listener.url.trim_start_matches("https://").rsplit_once(':')?;
            Some(host.to_owned())
        };
        self.simulator.listeners().iter().filter_map(host).collect()
    }

    /// Runs a script to its end.
    pub(crate) fn run(&self, text: &str) -> Ran {
        run(self.file(&self.script(text)))
    }

    /// Runs a script that must succeed and write no error, and gives the lines of its output.
    pub(crate) fn lines(&self, text: &str) -> Vec<String> {
        let ran = self.run(text);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
        ran.stdout.lines().map(str::to_owned).collect()
    }

    /// Runs a script that compares by itself and prints nothing.
    pub(crate) fn passes(&self, text: &str) {
        let lines = self.lines(text);
        assert!(lines.is_empty(), "{lines:#?}");
    }

    /// The simulator takes this long to answer token exchanges, after it has carried them out.
    pub(crate) fn delay_exchanges(&self, delay_ms: u64) {
        let matching = Match { path: Some("/oauth/".to_owned()), ..Match::default() };
        let effect = Effect { delay_ms, ..Effect::default() };
        self.simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    }

    /// The simulator answers so at this path, whatever is asked.
    pub(crate) fn answer(&self, path: &str, content_type: &str, body: &str) {
        let matching = Match { path: Some(path.to_owned()), ..Match::default() };
        let headers = [("Content-Type".to_owned(), content_type.to_owned())].into();
        let effect = Effect { status: Some(200), headers, body: Some(body.to_owned()), ..Effect::default() };
        self.simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    }

    /// Methods and paths of the requests that arrived.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.simulator.journal().requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

/// Runs a process to its end, which must come within two minutes.
pub(crate) fn run(command: Command) -> Ran {
    run_within(command, Duration::from_secs(120))
}

/// Runs a process to its end, which must come within `limit`.
pub(crate) fn run_within(command: Command, limit: Duration) -> Ran {
    let output = assert_cmd::Command::from_std(command).timeout(limit).output();
    let output = output.expect("PowerShell starts and ends");
    let text = |stream: Vec<u8>| String::from_utf8(stream).expect("text");
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Waits until `done`, for at most twenty seconds.
pub(crate) fn wait_until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}
