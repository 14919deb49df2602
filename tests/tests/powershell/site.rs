//! What a case works with: a simulated Cloud Director and scripts that talk to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tests::home;
use tests::powershell::PowerShell;
use vcdsim::{Effect, Fault, Kind, Listener, Login, Match, Options, Release, Simulator};

use crate::powercli::Flavour;

/// Windows PowerShell breaks what it writes at the width of its console, though it writes to a pipe.
const WIDTH: &str = r"
if ($PSVersionTable.PSEdition -ne 'Core') { $size = $Host.UI.RawUI.BufferSize; $size.Width = 4096; $Host.UI.RawUI.BufferSize = $size }
";

/// The start of scripts: the module, and `$Site` and `$Token` for `Get-VcdBearer @Site -Org acme -ApiToken $Token`.
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
# A call without the module. Whose certificate it is does not matter.
function Invoke-Unverified([string] $Url, [hashtable] $Headers) {
    if ($PSVersionTable.PSEdition -eq 'Core') { return Invoke-RestMethod $Url -Headers $Headers -SkipCertificateCheck }
    [System.Net.ServicePointManager]::SecurityProtocol = 'Tls12'
    [System.Net.ServicePointManager]::ServerCertificateValidationCallback = { $true }
    Invoke-RestMethod $Url -Headers $Headers
}
# Runs a script once for each argument, all at the same time, in a runspace each.
function Invoke-AtOnce([object[]] $Arguments, [scriptblock] $Script) {
    $running = foreach ($argument in $Arguments) {
        $shell = [powershell]::Create().AddScript($Script).AddArgument($argument)
        @{ Shell = $shell; Result = $shell.BeginInvoke() }
    }
    foreach ($one in $running) { $one.Shell.EndInvoke($one.Result) }
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

/// A path as a script writes it.
pub(crate) fn literal(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "''"))
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// What the errors say, in one line and without the frames that PowerShell 7 draws.
    pub(crate) fn told(&self) -> String {
        self.stderr.split_whitespace().collect::<Vec<_>>().join(" ").replace("| ", "")
    }

    /// How many errors of this command were shown: Windows PowerShell has a space behind the name.
    pub(crate) fn errors_of(&self, command: &str) -> usize {
        let starts = [format!("{command}: "), format!("{command} : ")];
        self.stderr.lines().filter(|line| starts.iter().any(|start| line.starts_with(start))).count()
    }
}

impl Site {
    pub(crate) fn start(shell: PowerShell) -> Self {
        Self::with_options(shell, Options::default())
    }

    pub(crate) fn with_options(shell: PowerShell, options: Options) -> Self {
        Self {
            simulator: Simulator::start(options).expect("the simulator starts"),
            shell,
            home: home::temporary_folder(),
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

    /// Where this shell keeps the modules of the user who has this home.
    pub(crate) fn user_modules(&self) -> PathBuf {
        self.home.path().join(match (cfg!(windows), self.shell.is_windows_powershell()) {
            (true, true) => r"Documents\WindowsPowerShell\Modules",
            (true, false) => r"Documents\PowerShell\Modules",
            (false, _) => ".local/share/powershell/Modules",
        })
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

    /// A script in a file, as it stands.
    pub(crate) fn bare_script(&self, text: &str) -> PathBuf {
        self.write("width.ps1", WIDTH);
        self.write("job.ps1", &format!(". $PSScriptRoot/width.ps1\n{text}\n"))
    }

    /// A script that begins with the prelude, in a file.
    pub(crate) fn script(&self, text: &str) -> PathBuf {
        self.write("site.ps1", PRELUDE);
        self.bare_script(&format!(". $PSScriptRoot/site.ps1\n{text}"))
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
            .env("SIM_RECOVERY", home::recovery_folder(self.home.path()))
            .env("SIM_PIN", simulator.leaf_sha256())
            .env("SIM_TENANT", &self.tenant().api_token)
            .env("SIM_PROVIDER", &self.login("System", Kind::Provider).api_token)
            .env("SIM_BLUE_SKY", &self.login("Blue Sky", Kind::Tenant).api_token);
        // Older releases have none.
        if let Some(service_account) = simulator.login("acme", Kind::ServiceAccount) {
            command.env("SIM_SERVICE", &service_account.api_token);
        }
        if let Some(flavour) = self.powercli {
            command
                .env("PSModulePath", self.shell.module_search_path(&[flavour.module_path()]))
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
    let text = |stream: Vec<u8>| {
        let text = String::from_utf8(stream).expect("text");
        if cfg!(windows) { text.replace("\r\n", "\n") } else { text }
    };
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
