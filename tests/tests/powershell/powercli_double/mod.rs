//! What the doubles of PowerCLI's cloud module do, which is what was measured of the real one (12.0) or is assumed (13.1).
//! What a case of 12.0 shows beyond the measured says so: "assumed". No product of this repository takes part.

pub(crate) mod connecting;
pub(crate) mod connections;
pub(crate) mod listing;
pub(crate) mod pipe;

use vcdsim::JournalEntry;

use crate::powercli::{Flavour, Listen, PowerCliCase};
use crate::site::{Ran, Site, run};

const fn on_12_0(name: &'static str, body: fn(&Site)) -> PowerCliCase {
    PowerCliCase { name, flavour: Flavour::V12_0, listen: Listen::AnyPort, body }
}

const fn on_13_1(name: &'static str, body: fn(&Site)) -> PowerCliCase {
    PowerCliCase { name, flavour: Flavour::V13_1, listen: Listen::AnyPort, body }
}

/// The start of each script: sessions made by hand. It does not load the double.
const PRELUDE: &str = r#"
$ErrorActionPreference = 'Stop'
# A new session: its bearer, and its older id.
function New-Session([string] $Tenant = 'acme', [string] $Token = $env:SIM_TENANT) {
    $body = @{ grant_type = 'refresh_token'; refresh_token = $Token }
    $path = "oauth/tenant/$([uri]::EscapeDataString($Tenant))/token"
    $answer = Invoke-RestMethod "$env:SIM_URL/$path" -Method Post -Body $body -SkipCertificateCheck
    $headers = @{ Authorization = "Bearer $($answer.access_token)"; Accept = 'application/*+xml;version=36.1' }
    $session = Invoke-WebRequest "$env:SIM_URL/api/session" -Headers $headers -SkipCertificateCheck
    [pscustomobject] @{ Bearer = $headers.Authorization; Legacy = "$($session.Headers['x-vcloud-authorization'])" }
}
$At = @{ Server = 'localhost'; Port = $env:SIM_PORT }
$Prefix = 'Cloud_ConnectivityServiceImpl_ConnectCloudServer_BySessionId_'
# What an error is, without the name of the cmdlet's class, which was not measured.
function Get-Failure([scriptblock] $Call) {
    try { & $Call } catch {
        $id = ($_.FullyQualifiedErrorId -split ',')[0].Replace($Prefix, '')
        $id, $_.CategoryInfo.Category, $_.Exception.GetType().Name, $_.Exception.Message -join '|'
    }
}
"#;

/// Runs a script that must succeed and gives the lines of its output.
fn lines(site: &Site, text: &str) -> Vec<String> {
    site.write("double.ps1", PRELUDE);
    let script = site.write("job.ps1", &format!(". $PSScriptRoot/double.ps1\n{text}\n"));
    let Ran { code, stdout, stderr } = run(site.file(&script));
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    stdout.lines().map(str::to_owned).collect()
}

/// What PowerCLI sent: its first request, by its user agent, and all after it.
fn sent(site: &Site) -> Vec<JournalEntry> {
    let is_first = |request: &JournalEntry| request.user_agent.as_deref() == Some("PowerCLI");
    site.simulator.journal().requests.into_iter().skip_while(|request| !is_first(request)).collect()
}

fn paths(requests: &[JournalEntry]) -> Vec<&str> {
    requests.iter().map(|request| request.path.as_str()).collect()
}
