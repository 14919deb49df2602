//! The nightly job of `examples/`, as a scheduled task runs it, and the script that registers it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tests::staged;
use vcdsim::{Effect, Fault, Kind, Login, Match};

use crate::powercli::{Flavour, Listen, PowerCliCase};
use crate::site::{Ran, Site, run, wait_until};

pub(crate) const CASES: &[PowerCliCase] = &[
    nightly("the_nightly_job_needs_no_environment", the_nightly_job_needs_no_environment),
    nightly("a_nightly_job_that_fails_says_why_in_one_line", a_nightly_job_that_fails_says_why_in_one_line),
    nightly("a_nightly_job_that_waits_in_vain_names_the_other", a_nightly_job_that_waits_in_vain_names_the_other),
    nightly("the_registering_script_fits_each_kind_of_account", the_registering_script_fits_each_kind_of_account),
];

const fn nightly(name: &'static str, body: fn(&Site)) -> PowerCliCase {
    PowerCliCase { name, flavour: Flavour::V13_1, listen: Listen::AnyPort, body }
}

/// The job's own folder, with the token of a service account in a file.
struct Job<'a> {
    site: &'a Site,
    folder: PathBuf,
}

impl<'a> Job<'a> {
    fn new(site: &'a Site) -> Self {
        // Where PowerShell looks for modules with nothing in the environment.
        copy(site.shell.module_path(), &site.user_modules());
        let folder = site.home.path().join("job");
        fs::create_dir(&folder).expect("a folder");
        let job = Self { site, folder };
        job.write_token(&format!(
            r#"{{"token_type":"Service Account","refresh_token":"{}"}}"#,
            job.service_account().api_token
        ));
        job
    }

    fn service_account(&self) -> &'a Login {
        self.site.login("acme", Kind::ServiceAccount)
    }

    fn token_file(&self) -> PathBuf {
        self.folder.join("acme.json")
    }

    fn write_token(&self, content: &str) {
        fs::write(self.token_file(), content).expect("a token file");
        private(&self.token_file());
    }

    /// `pwsh -NoProfile -NonInteractive -File nightly-inventory.ps1 ...` with next to nothing in the environment.
    fn command(&self, server: &str) -> Command {
        let script = staged::repository().join("examples/nightly-inventory.ps1");
        let mut command = self.site.shell.file(&script, self.site.home.path());
        command
            .args(["-Server", server, "-Org", "acme", "-TokenFile"])
            .arg(self.token_file())
            .arg("-CACertificate")
            .arg(self.site.simulator.ca_file())
            .current_dir("/")
            .env_remove("XDG_STATE_HOME")
            // The double cannot be copied there, and has no file for the setting that PowerCLI keeps in one.
            .env("PSModulePath", Flavour::V13_1.module_path())
            .env("DOUBLE_INVALID_CERTIFICATE_ACTION", "Ignore");
        command
    }

    fn run_at(&self, server: &str) -> Ran {
        let mut command = self.command(server);
        command.arg("-Folder").arg(&self.folder);
        run(command)
    }

    fn run(&self) -> Ran {
        self.run_at(self.site.simulator.url())
    }

    /// What the folder holds of this kind.
    fn text(&self, extension: &str) -> String {
        let files = fs::read_dir(&self.folder).expect("a folder").map(|file| file.expect("a file").path());
        let found: Vec<_> = files.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
        let [file] = &found[..] else { panic!("{extension}: {found:?}") };
        fs::read_to_string(file).expect("text")
    }

    /// Checks that a run failed with this one line, in the log too.
    fn failed(&self, ran: &Ran, start: &str, words: &str) {
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert_eq!((ran.code, ran.stdout.as_str(), lines.len()), (Some(1), "", 1), "{ran:?}");
        assert!(lines[0].starts_with(start) && lines[0].contains(words), "{ran:?}");
        assert!(self.text("log").trim_end().ends_with(lines[0]), "{}", self.text("log"));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

fn readable_by_others(_file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(_file, fs::Permissions::from_mode(0o644)).expect("ours");
    }
}

/// On Windows the temporary folder is private already.
fn private(_file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(_file, fs::Permissions::from_mode(0o600)).expect("ours");
    }
}

fn the_nightly_job_needs_no_environment(site: &Site) {
    let job = Job::new(site);
    // What others can read is a warning, and that is in the log.
    readable_by_others(&job.token_file());
    for run in 1..=2 {
        let ran = job.run();
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""), "run {run}");
    }
    let table = job.text("csv");
    let mut lines = table.trim_start_matches('\u{feff}').lines();
    assert_eq!(lines.next(), Some(r#""Type","Name","Status""#));
    assert!(lines.count() >= 6, "{table}");
    let log = job.text("log");
    assert_eq!(
        log.matches(&format!("Connected to localhost as {} of acme", job.service_account().user)).count(),
        2,
        "{log}"
    );
    #[cfg(unix)]
    assert_eq!(log.matches("Warning: Other accounts of this machine can read the token file").count(), 2, "{log}");
    assert_eq!(log.matches("vApps and virtual machines are in").count(), 2, "{log}");
    // The token that was in the file is dead, and no secret is in what the job left.
    let secrets = [job.service_account().api_token.clone(), fs::read_to_string(job.token_file()).expect("there")];
    let now = secrets[1].split('"').find(|text| text.len() == secrets[0].len()).expect("a token");
    assert_ne!(now, secrets[0]);
    for secret in [&secrets[0], now, "eyJ"] {
        assert!(!log.contains(secret) && !table.contains(secret), "{log}");
    }
    assert_eq!(site.simulator.sessions().len(), 0);
}

fn a_nightly_job_that_fails_says_why_in_one_line(site: &Site) {
    let job = Job::new(site);
    let down = job.run_at("https://localhost:1");
    job.failed(&down, "Failed (Vcd.ConnectFailed,Connect-VcdServer): ", "localhost:1");

    assert!(site.simulator.revoke_token(&job.service_account().name));
    let revoked = job.run();
    job.failed(&revoked, "Failed (Vcd.TokenRejected,Connect-VcdServer): ", "token");

    // What another account of Windows protected for itself.
    job.write_token("<Objs><SS>01000000d08c9ddf0115d1118c7a00c04fc297eb01</SS></Objs>");
    let foreign = job.run();
    job.failed(&foreign, "Failed (Vcd.TokenFileUnreadable,Connect-VcdServer): ", "The file belongs to");
    assert_eq!(site.simulator.sessions().len(), 0);

    // Nothing is used up where nothing can be logged.
    site.simulator.clear_journal();
    let mut unlogged = job.command(site.simulator.url());
    unlogged.args(["-Folder", "/nowhere"]);
    let unlogged = run(unlogged);
    assert_eq!((unlogged.code, unlogged.stderr.lines().count()), (Some(1), 1), "{unlogged:?}");
    assert_eq!(site.simulator.journal().connections, 0);
}

fn a_nightly_job_that_waits_in_vain_names_the_other(site: &Site) {
    let job = Job::new(site);
    let matching = Match { path: Some("/oauth/".to_owned()), ..Match::default() };
    let effect = Effect { delay_ms: 60_000, ..Effect::default() };
    site.simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    let mut other = job.command(site.simulator.url());
    let mut other =
        other.arg("-Folder").arg(&job.folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    wait_until("an exchange", || site.requests().contains(&"POST /oauth/tenant/acme/token".to_owned()));
    let ran = job.run();
    other.kill().expect("it still hangs");
    let _ = other.wait();
    job.failed(&ran, "Failed (Vcd.TokenFileLocked,Connect-VcdServer): ", &format!("process {}", other.id()));
}

/// What belongs to Windows alone is stood in for: its commands note what they were given.
fn the_registering_script_fits_each_kind_of_account(site: &Site) {
    let script = staged::repository().join("examples/register-nightly-inventory.ps1");
    let lines = site.lines(&format!(
        r#"
        $env:ProgramData = Join-Path $PWD data
        function Read-Host {{ $Token }}
        function Get-Credential {{ [pscredential]::new($args[1], (ConvertTo-SecureString 'its password' -AsPlainText -Force)) }}
        function Save-VcdApiToken {{
            $null = New-Item (Split-Path $args[0]) -ItemType Directory -Force
            "saved: $($args | Where-Object {{ $_ -isnot [securestring] }})" | Write-Host
        }}
        # Knows Windows and macOS only.
        function Unblock-File {{ "unblocked: $(Split-Path $args[1] -Leaf)" | Write-Host }}
        function New-ScheduledTaskAction {{
            "run: $(Split-Path $args[1] -Leaf) $($args[3].Split(' ')[0..3])" | Write-Host
        }}
        function New-ScheduledTaskTrigger {{ "trigger: $($args[0])" }}
        function New-ScheduledTaskSettingsSet {{ "settings: $($args[0..1])" }}
        function New-ScheduledTaskPrincipal {{ "principal: $args" }}
        function Register-ScheduledTask($TaskName, $Action, $Trigger, $Settings, $Principal, $User, $Password, [switch] $Force) {{
            $TaskName, $Principal, $User, $Password -join '|'
        }}
        # The check for an administrator is PowerShell's own, and knows Windows only.
        $register = [scriptblock]::Create(((Get-Content -Raw '{}') -replace '#Requires -RunAsAdministrator' -replace 'Import-Module VcdBearer' -replace '\$PSScriptRoot', "'{}'"))
        foreach ($account in 'SYSTEM', 'CONTOSO\svc-vcd$', 'CONTOSO\backup') {{ & $register -Server vcd.example.com -Org acme -Account $account }}
        & $register -Server vcd.example.com -Org acme -Account 'CONTOSO\backup' -WithoutPassword
        Get-ChildItem data/VcdJobs -Name
        "#,
        script.display(),
        script.parent().expect("a folder").display(),
    ));
    let file = site.home.path().join("data").join("VcdJobs").join("acme.xml").display().to_string();
    let saved = |account: &str| format!("saved: {file} -Scope LocalMachine -Account {account} -Force");
    let registered = |how: &str| format!("VcdBearer inventory of acme|{how}");
    let (steps, lines): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.starts_with("unblocked: ") || line.starts_with("run: "));
    let unblocked = "unblocked: nightly-inventory.ps1";
    let run = "run: pwsh.exe -NoProfile -NonInteractive -ExecutionPolicy RemoteSigned";
    assert_eq!(steps, [unblocked, run].repeat(4));
    assert_eq!(
        lines,
        [
            saved("SYSTEM"),
            registered("principal: -UserId SYSTEM -LogonType ServiceAccount||"),
            saved(r"CONTOSO\svc-vcd$"),
            registered(r"principal: -UserId CONTOSO\svc-vcd$ -LogonType Password||"),
            saved(r"CONTOSO\backup"),
            registered(r"|CONTOSO\backup|its password"),
            saved(r"CONTOSO\backup"),
            registered(r"principal: -UserId CONTOSO\backup -LogonType S4U||"),
            "nightly-inventory.ps1".to_owned(),
        ]
    );
}
