//! The staged module in PowerShell 7 for Windows: its own library, `native/win-x64/vcd_auth.dll`, and its own DPAPI.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tests::program::Program;
use tests::terminal::CTRL_C;
use tests::windows_powershell::WindowsPowerShell;
use tests::{loopback, staged};
use vcdsim::{Kind, Options, Simulator};

use crate::account_file::{delay_exchanges, told, wait_until};

/// A case and its name.
type Case = (&'static str, fn(&WindowsPowerShell));

/// The case needs port 443 as well.
pub(crate) const HTTPS_PORT_CASES: &[Case] =
    &[("module::a_session_is_piped_into_powercli", a_session_is_piped_into_powercli)];

pub(crate) const CASES: &[Case] = &[
    ("module::the_module_logs_in_calls_and_logs_out", the_module_logs_in_calls_and_logs_out),
    ("module::failures_have_their_ids_and_stop_the_script", failures_have_their_ids_and_stop_the_script),
    ("module::what_powershell_exports_is_a_token_file", what_powershell_exports_is_a_token_file),
    ("module::the_end_of_the_process_waits_for_a_new_token", the_end_of_the_process_waits_for_a_new_token),
    ("module::ctrl_c_gives_the_prompt_back_and_loses_nothing", ctrl_c_gives_the_prompt_back_and_loses_nothing),
];

/// The start of each script: the module, how it reaches the site, and a place for what it finds.
const PRELUDE: &str = r#"
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0
Import-Module VcdBearer
$Site = @{ Server = $env:SIM_URL; CertificateSha256 = $env:SIM_PIN; Org = 'acme' }
$Token = ConvertTo-SecureString $env:SIM_TENANT -AsPlainText -Force
function Add-Line($Text) { [System.IO.File]::AppendAllText("$PSScriptRoot/lines.txt", "$Text`n") }
"#;

/// A simulated Cloud Director, and a folder for a script and what it writes.
struct Site {
    simulator: Simulator,
    folder: tempfile::TempDir,
}

impl Site {
    fn start() -> Self {
        Self::with_options(Options::default())
    }

    fn with_options(options: Options) -> Self {
        Self {
            simulator: Simulator::start(options).expect("the simulator starts"),
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// Runs a script after the prelude: its exit status, and the lines that it added.
    fn run(&self, shell: &WindowsPowerShell, script: &str) -> (Option<i32>, Vec<String>) {
        let status = self.script(shell, script).status().expect("util-linux is there");
        (status.code(), self.lines())
    }

    /// A command that runs a script after the prelude.
    fn script(&self, shell: &WindowsPowerShell, script: &str) -> Command {
        let file = self.path("job.ps1");
        // An error that nobody expects shows itself on the terminal, where nobody looks.
        let trapped = format!("trap {{ Add-Line \"$($_.FullyQualifiedErrorId): $_\"; break }}\n{PRELUDE}\n{script}\n");
        fs::write(&file, trapped).expect("writable");
        let login = self.simulator.login("acme", Kind::Tenant).expect("acme has a tenant user");
        let environment = [
            ("SIM_URL", self.simulator.url().to_owned()),
            ("SIM_PIN", self.simulator.leaf_sha256().to_owned()),
            ("SIM_TENANT", login.api_token.clone()),
            ("PSModulePath", shell.module_path(&[staged::repository().join("tests/powercli/13.1")])),
            ("DOUBLE_INVALID_CERTIFICATE_ACTION", "Ignore".to_owned()),
        ];
        shell.script(&file, &environment)
    }

    /// What the script added so far.
    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.path("lines.txt")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Puts the service account's token file into the folder, and delays the answer to its exchange; the token.
    fn slow_account(&self, delay_ms: u64) -> &str {
        let login = self.simulator.login("acme", Kind::ServiceAccount).expect("acme has a service account");
        let content = format!(r#"{{"token_type":"Service Account","refresh_token":"{}"}}"#, login.api_token);
        fs::write(self.path("account.json"), content).expect("writable");
        delay_exchanges(&self.simulator, delay_ms);
        &login.api_token
    }

    /// The file must hold a token other than this.
    fn account_is_renewed(&self, token: &str) {
        let now = fs::read_to_string(self.path("account.json")).expect("there");
        assert!(!now.contains(token) && now.contains("refresh_token"), "the new token is lost: {now}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn the_module_logs_in_calls_and_logs_out(shell: &WindowsPowerShell) {
    let site = Site::start();
    let (code, lines) = site.run(
        shell,
        r#"
        $b = Get-VcdBearer @Site -ApiToken $Token
        Add-Line "$($b.User)|$($b.Server)|$("$b".Substring(0, 10))"
        Add-Line (Test-VcdBearer -Session $b)
        Add-Line (Invoke-VcdRestMethod /cloudapi/1.0.0/sessions/current -Session $b).user.name
        Remove-VcdBearer -Session $b
        Add-Line (Test-VcdBearer -Session $b)

        # Which library does it, and what it says of itself.
        $library = (Get-Process -Id $PID).Modules | Where-Object ModuleName -EQ vcd_auth.dll
        Add-Line $library.FileName.Substring((Get-Module VcdBearer).ModuleBase.Length).Replace('\', '/')
        Add-Line "$($library.FileVersionInfo.ProductName) $($library.FileVersionInfo.ProductVersion)"
        Add-Line "VcdBearer $((Get-Module VcdBearer).Version)"
        "#,
    );
    let version = format!("VcdBearer {}", env!("CARGO_PKG_VERSION"));
    let expected =
        ["alice|localhost|Bearer eyJ", "True", "alice", "False", "/native/win-x64/vcd_auth.dll", &version, &version];
    assert_eq!((code, lines), (Some(0), expected.map(str::to_owned).to_vec()));
    assert!(site.simulator.sessions().is_empty(), "{:?}", site.simulator.sessions());
    let journal = site.simulator.journal();
    assert!(journal.requests.iter().all(|request| !request.secret_in_url), "{journal:?}");
}

fn failures_have_their_ids_and_stop_the_script(shell: &WindowsPowerShell) {
    let site = Site::start();
    let (code, lines) = site.run(
        shell,
        r#"
        # One bad item among good ones fails alone, and order is kept.
        $items = $Token, 'no-such-token', [pscredential]::new('backup', $Token)
        $items | Get-VcdBearer @Site -ErrorAction SilentlyContinue -ErrorVariable failures |
            ForEach-Object { Add-Line "$($_.InputIndex)|$($_.User)|$($_.Label)" }
        Add-Line ($failures.FullyQualifiedErrorId -join ' ')
        try { Get-VcdBearer '' acme -ApiToken $Token } catch { Add-Line $_.FullyQualifiedErrorId }
        Get-VcdSession | Remove-VcdBearer -Force
        Get-VcdBearer @Site -ApiToken no-such-token
        Add-Line 'the next line ran'
        "#,
    );
    let expected = ["0|alice|", "2|alice|backup", "Vcd.TokenRejected,Get-VcdBearer", "Vcd.InvalidServer,Get-VcdBearer"];
    let (last, others) = lines.split_last().expect("lines");
    assert_eq!((code, others), (Some(1), &expected.map(str::to_owned)[..]), "{last}");
    assert!(
        last.starts_with("Vcd.TokenRejected,Get-VcdBearer: localhost") && !last.contains("no-such-token"),
        "{last}"
    );
    assert!(site.simulator.sessions().is_empty(), "{:?}", site.simulator.sessions());
}

/// Into a double of PowerCLI's cloud module, which reaches port 443 and no other.
fn a_session_is_piped_into_powercli(shell: &WindowsPowerShell) {
    let site = Site::with_options(Options { listen: vec![loopback::next_https_address()], ..Options::default() });
    let (code, lines) = site.run(
        shell,
        r#"
        Get-VcdBearer @Site -ApiToken $Token | Connect-CIServer | ForEach-Object { Add-Line "$($_.User)|$($_.Org)" }
        Add-Line ((Get-CIVM).Count -gt 0)
        Disconnect-VcdServer
        Add-Line @(Get-VcdSession).Count
        "#,
    );
    assert_eq!((code, lines), (Some(0), ["alice|acme", "True", "0"].map(str::to_owned).to_vec()));
    assert!(site.simulator.sessions().is_empty(), "{:?}", site.simulator.sessions());
}

/// The answer comes when its caller waits no longer, and the script has ended.
fn the_end_of_the_process_waits_for_a_new_token(shell: &WindowsPowerShell) {
    let site = Site::start();
    let token = site.slow_account(5000);
    let script = "Get-VcdBearer @Site -TokenFile $PSScriptRoot/account.json -TimeoutSec 3";
    let (code, lines) = site.run(shell, script);
    assert_eq!(code, Some(1), "{lines:?}");
    assert!(lines[0].starts_with("Vcd.AnswerTimeout,Get-VcdBearer"), "{lines:?}");
    site.account_is_renewed(token);
}

/// At a console, where Ctrl+C is no signal.
fn ctrl_c_gives_the_prompt_back_and_loses_nothing(shell: &WindowsPowerShell) {
    let site = Site::start();
    let token = site.slow_account(3000);
    let script = r#"
        try { Get-VcdBearer @Site -TokenFile $PSScriptRoot/account.json } finally { Add-Line 'stopped' }
        Add-Line 'the next line ran'
        "#;
    let mut running = site.script(shell, script).stdin(Stdio::piped()).spawn().expect("util-linux is there");
    wait_until("the exchange", || !site.simulator.sessions().is_empty());
    running.stdin.as_mut().expect("piped").write_all(CTRL_C).expect("the terminal takes it");
    wait_until("the end of the call", || !site.lines().is_empty());
    assert_eq!(site.simulator.sessions().len(), 1, "the prompt waited for the answer");
    running.wait().expect("it ends");
    assert_eq!(site.lines(), ["stopped"]);
    // The end of the process waits for that, and leaves the session to end by itself.
    site.account_is_renewed(token);
}

/// DPAPI is Windows' own; both sides of it are there.
fn what_powershell_exports_is_a_token_file(shell: &WindowsPowerShell) {
    let site = Site::start();
    let (code, lines) = site.run(
        shell,
        r#"
        $Token | Export-Clixml "$PSScriptRoot/string.xml"
        [pscredential]::new('alice', $Token) | Export-Clixml "$PSScriptRoot/credential.xml"
        "#,
    );
    assert_eq!((code, lines), (Some(0), vec![]));
    let program = Program::under_wine().expect("looked for before");
    for name in ["string.xml", "credential.xml"] {
        let login = site.simulator.login("acme", Kind::Tenant).expect("acme has a tenant user");
        let content = fs::read_to_string(site.path(name)).expect("exported");
        assert!(!content.contains(&login.api_token), "{content}");
        let mut command = program.command();
        command.args(["get", "--org", "acme", "--server", site.simulator.url()]);
        command.args(["--certificate-sha256", site.simulator.leaf_sha256(), "--token-file"]);
        let output = command.arg(program.paths().write(&site.path(name))).output().expect("Wine starts");
        assert!(output.status.success() && output.stdout.starts_with(b"Bearer "), "{name}: {}", told(&output));
    }
}
