//! Sessions and PowerCLI: the pipe into its stock command, and the commands that put right what it gets wrong. PowerCLI is a
//! double (`tests/powercli`).

pub(crate) mod commands;
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
"#;

fn lines(site: &Site, text: &str) -> Vec<String> {
    site.lines(&format!("{PRELUDE}{text}"))
}
