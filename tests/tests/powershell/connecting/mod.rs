//! Sessions and PowerCLI: the pipe into its stock command, and the commands that put right what it gets wrong. PowerCLI is a
//! double (`tests/powercli`).

pub(crate) mod commands;
pub(crate) mod disconnecting;
pub(crate) mod hand_outs;
pub(crate) mod pipe;
pub(crate) mod service_accounts;

use crate::powercli::{Flavour, Listen, PowerCliCase};
use crate::site::Site;

/// A case with PowerCLI 13.1.
const fn newer(name: &'static str, listen: Listen, body: fn(&Site)) -> PowerCliCase {
    PowerCliCase { name, flavour: Flavour::V13_1, listen, body }
}

/// A case with PowerCLI 12.
const fn older(name: &'static str, listen: Listen, body: fn(&Site)) -> PowerCliCase {
    PowerCliCase { name, flavour: Flavour::V12_0, listen, body }
}

/// The start of each script. Nothing of PowerCLI is loaded by it.
const PRELUDE: &str = r#"
$Hosts = $env:SIM_HOSTS -split ','
$Login = @{ Org = 'acme'; CACertificate = $env:SIM_CA; ApiToken = $Token }
$At = @{ Server = $env:SIM_URL }
# The bearer of a session that the module knows nothing of: by the recipe that people publish.
function New-ForeignBearer([string] $Url = $env:SIM_URL) {
    $body = @{ grant_type = 'refresh_token'; refresh_token = $env:SIM_TENANT }
    (Invoke-RestMethod "$Url/oauth/tenant/acme/token" -Method Post -Body $body -SkipCertificateCheck).access_token
}
# The older kind of session id of such a session.
function New-ForeignLegacyId {
    $headers = @{ Authorization = "Bearer $(New-ForeignBearer)"; Accept = 'application/*+xml;version=36.1' }
    $answer = Invoke-WebRequest "$env:SIM_URL/api/session" -Headers $headers -SkipCertificateCheck
    $answer.Headers['x-vcloud-authorization'][0]
}
"#;

fn lines(site: &Site, text: &str) -> Vec<String> {
    site.lines(&format!("{PRELUDE}{text}"))
}
