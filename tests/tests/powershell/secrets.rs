//! A token and the bearer made from it appear in the request and nowhere else.
//!
//! Each search is shown to find a leak that is planted for it.

use std::fs;
#[cfg(target_os = "linux")]
use std::os::unix::process::CommandExt;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use crate::Case;
use crate::site::Site;
#[cfg(target_os = "linux")]
use crate::site::wait_until;

pub(crate) const CASES: &[Case] = &[
    ("streams_and_error_records_show_no_secret", streams_and_error_records_show_no_secret),
    ("a_transcript_shows_no_secret", a_transcript_shows_no_secret),
    #[cfg(target_os = "linux")]
    ("no_process_has_the_secret_in_its_arguments", no_process_has_the_secret_in_its_arguments),
    ("urls_have_no_secret", urls_have_no_secret),
];

/// Searches values and all they refer to: texts, properties, elements, to a depth.
const SEARCH: &str = r#"
function Find-Secret([object] $Value, [string[]] $Secrets, [int] $Depth = 7, [string] $Path = '') {
    if ($null -eq $Value -or $Depth -lt 0) { return }
    $base = $Value.PSObject.BaseObject
    if ($base -is [string] -or $base -is [ValueType] -or $base -is [uri]) {
        foreach ($secret in $Secrets) { if ("$base".Contains($secret)) { "$Path = $base" } }
        return
    }
    if ($base -is [type] -or $base -is [System.Management.Automation.CommandInfo] -or $base -is [securestring] -or
        $base -is [System.Reflection.MemberInfo] -or $base -is [System.Management.Automation.PSModuleInfo]) { return }
    foreach ($secret in $Secrets) { if ("$Value".Contains($secret)) { "$Path.ToString()" } }
    if ($base -is [System.Collections.IDictionary]) {
        foreach ($key in @($base.Keys)) { Find-Secret $base[$key] $Secrets ($Depth - 1) "$Path[$key]" }
        return
    }
    if ($base -is [System.Collections.IEnumerable]) {
        foreach ($item in $base) { Find-Secret $item $Secrets ($Depth - 1) "$Path[]" }
        return
    }
    foreach ($property in $Value.PSObject.Properties) {
        $inner = $null
        try { $inner = $property.Value } catch { $global:Error.RemoveAt(0) }
        Find-Secret $inner $Secrets ($Depth - 1) "$Path.$($property.Name)"
    }
}
"#;

/// All of it: success, failure, a refused value, a check, an end; the token as plain string in a variable.
const CALLS: &str = r"
$canary = $env:SIM_TENANT
$b = Get-VcdBearer @Site -Org acme -ApiToken $canary -Verbose -Debug
Test-VcdBearer $b -Verbose -Debug
Test-VcdBearer $b.AccessToken @Site -Verbose -Debug
Get-VcdBearer @Site -Org globex -ApiToken $canary -Verbose -Debug -ErrorAction Continue
Get-VcdBearer $canary -Org acme -ApiToken $canary -Verbose -Debug -ErrorAction Continue
Get-VcdBearer @Site -Org 'a/b' -ApiToken $canary -Verbose -Debug -ErrorAction Continue
Get-VcdBearer @Site -Org $canary -ApiToken $canary -Verbose -Debug -ErrorAction Continue
Get-VcdBearer localhost:1 acme $canary -Verbose -Debug -ErrorAction Continue
$null = $canary | Get-VcdBearer @Site -Org acme -Verbose -Debug
$rows = @{ Org = 'globex'; ApiToken = $canary; Name = 'row' }, $canary, [pscustomobject] @{ Org = $canary; ApiToken = $Token }, @{ Name = $canary }
$rows | Get-VcdBearer @Site -Org 'a/b' -Verbose -Debug -ErrorAction Continue
Get-VcdBearer localhost:1 -Org acme -ApiToken ([pscredential]::new('me', $Token)) -ErrorAction Continue
Get-VcdBearer $b -Org acme -ApiToken $b -ErrorAction Continue
Test-VcdBearer $b.AccessToken -Server $b -ErrorAction Continue
Test-VcdBearer $b.AccessToken -Server localhost:1 -Verbose -ErrorAction Continue
$b.AccessToken | Test-VcdBearer -Server localhost:1 -ErrorAction Continue
Remove-VcdBearer $b -WhatIf
Remove-VcdBearer $b.AccessToken -Server $b.AccessToken -WhatIf
Get-VcdSession | Test-VcdBearer -Verbose -Debug
Get-VcdSession -Session $b.AccessToken @Site -Verbose -Debug
$b | Remove-VcdBearer -Verbose -Debug
Remove-VcdBearer -Force -Verbose -Debug
";

fn streams_and_error_records_show_no_secret(site: &Site) {
    let script = format!(
        r#"{SEARCH}
        $DebugPreference = 'Continue'
        $all = @(. {{ {CALLS} }} *>&1)
        $secrets = $env:SIM_TENANT, $b.AccessToken, $b.AccessToken.Split('.')[2]
        $records = @($all | Where-Object {{ $_ -is [System.Management.Automation.ErrorRecord] }})
        ($all.Count -gt 20), $records.Count -join '|'
        Find-Secret $all $secrets 7 all
        Find-Secret $Error $secrets 7 error
        foreach ($record in $Error) {{ Find-Secret ($record | Format-List * -Force | Out-String -Width 10000) $secrets 1 view }}

        # The search finds what is planted: in a message, in an inner exception, in bound parameters.
        $inner = [System.Exception]::new('outer', [System.Exception]::new("inner $env:SIM_TENANT"))
        $planted = [System.Management.Automation.ErrorRecord]::new($inner, 'Planted', 'NotSpecified', $null)
        @(Find-Secret $planted $secrets 7 planted).Count -gt 0
        function Get-Bound {{ [CmdletBinding()] param($ApiToken) $PSCmdlet.WriteVerbose('nothing secret') }}
        $record = Get-Bound -ApiToken $env:SIM_TENANT -Verbose 4>&1
        @(Find-Secret $record $secrets 7 bound).Count -gt 0
        @(Find-Secret (& {{ Write-Verbose $b.AccessToken -Verbose }} 4>&1) $secrets 7 stream).Count -gt 0
        "#
    );
    let ran = site.run(&script);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    let lines: Vec<_> = ran.stdout.lines().filter(|line| !line.starts_with("What if: ")).collect();
    assert_eq!(lines, ["True|14", "True", "True", "True"]);
}

fn a_transcript_shows_no_secret(site: &Site) {
    let script = format!(
        r#"
        $null = Start-Transcript transcript.txt
        {CALLS}
        $b
        $b | Format-List *
        Get-History
        $Error
        "PLANTED $($b.AccessToken)"
        $null = Stop-Transcript
        "#
    );
    let ran = site.run(&script);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let transcript = fs::read_to_string(site.home.path().join("transcript.txt")).expect("a transcript");
    let (clean, planted) = transcript.split_once("PLANTED ").expect("the planted leak is in the transcript");
    let bearer = planted.split_whitespace().next().expect("the bearer");
    assert!(bearer.starts_with("eyJ") && transcript.contains("alice"), "{transcript}");
    assert!(!clean.contains(&site.tenant().api_token), "{clean}");
    assert!(!clean.contains(bearer) && !clean.contains(bearer.rsplit('.').next().expect("a signature")), "{clean}");
}

#[cfg(target_os = "linux")]
fn no_process_has_the_secret_in_its_arguments(site: &Site) {
    site.delay_exchanges(1_500);
    let mut command = site.file(&site.script("$b = Get-VcdBearer @Site -Org acme -ApiToken $Token; $b.AccessToken"));
    let running = command.stdout(Stdio::piped()).spawn().expect("PowerShell starts");
    wait_until("the exchange", || !site.simulator.sessions().is_empty());
    let during = all_arguments();
    let pid = running.id().to_string();
    let output = running.wait_with_output().expect("it ends");
    let bearer = String::from_utf8(output.stdout).expect("text");
    let token = &site.tenant().api_token;
    assert!(during.iter().any(|(process, _)| *process == pid), "the process was not seen");
    for (process, arguments) in &during {
        assert!(!arguments.contains(token.as_str()) && !arguments.contains(bearer.trim()), "{process}: {arguments}");
    }

    let mut planted = Command::new("sleep").arg0(token).arg("20").spawn().expect("sleep starts");
    wait_until("finding the planted leak", || {
        all_arguments().iter().any(|(_, arguments)| arguments.contains(token.as_str()))
    });
    planted.kill().expect("it can be stopped");
    planted.wait().expect("it ends");
}

#[cfg(target_os = "linux")]
/// Process id and arguments of all processes that can be seen.
fn all_arguments() -> Vec<(String, String)> {
    let processes = fs::read_dir("/proc").expect("Linux");
    processes
        .flatten()
        .filter_map(|process| {
            let arguments = fs::read(process.path().join("cmdline")).ok()?;
            Some((process.file_name().into_string().ok()?, String::from_utf8_lossy(&arguments).into_owned()))
        })
        .collect()
}

fn urls_have_no_secret(site: &Site) {
    let ran = site.run(&format!(
        "{CALLS}\ntry {{ Invoke-Unverified \"$env:SIM_URL/planted?token=$canary\" }} catch {{ 'there is no such page' }}"
    ));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let requests = site.simulator.journal().requests;
    let (planted, own): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.path.starts_with("/planted"));
    assert!(planted[0].secret_in_url, "the planted leak was not seen");
    assert!(own.len() >= 5 && own.iter().all(|request| !request.secret_in_url), "{own:#?}");
    for request in own.iter().filter(|request| request.method == "POST") {
        assert_eq!(request.body_fields, ["grant_type", "refresh_token"]);
    }
}
