//! The PowerShell module in real PowerShell processes, against the simulator.

mod bad_input;
mod calls;
mod compatibility;
mod connecting;
mod environment;
mod errors;
mod help;
mod installation;
mod library;
mod manners;
mod object;
mod paging;
mod pipeline;
mod powercli;
mod powercli_double;
mod preferences;
mod prompts;
mod proxies;
mod scheduled_tasks;
mod secrets;
mod sessions;
mod sharing;
mod site;
mod stopping;
#[cfg(target_os = "linux")]
mod terminal;
mod token_files;
mod trust;

use std::process::ExitCode;

use libtest_mimic::Trial;
#[cfg(target_os = "linux")]
use tests::account;
use tests::case::{Needed, case, run};
use tests::powershell::PowerShell;
use tests::{loopback, staged};

use crate::powercli::PowerCliCase;
use crate::site::Site;

/// A case and its name. Each gets a simulator and a PowerShell process of its own.
type Case = (&'static str, fn(&Site));

const CASES: &[&[Case]] = &[
    bad_input::CASES,
    calls::CASES,
    environment::CASES,
    errors::CASES,
    help::CASES,
    library::CASES,
    manners::CASES,
    object::CASES,
    paging::CASES,
    pipeline::CASES,
    preferences::CASES,
    prompts::CASES,
    proxies::CASES,
    secrets::CASES,
    sessions::CASES,
    sharing::CASES,
    stopping::CASES,
    token_files::CASES,
    trust::CASES,
];

/// Windows PowerShell lacks what these use.
const CASES_FOR_7: &[&[Case]] = &[compatibility::CASES_FOR_7, stopping::CASES_FOR_7];

/// The double of PowerCLI is for PowerShell 7.
const POWERCLI_CASES: &[&[PowerCliCase]] = &[
    connecting::commands::CASES,
    connecting::disconnecting::CASES,
    connecting::hand_outs::CASES,
    connecting::pipe::CASES,
    connecting::service_accounts::CASES,
    help::POWERCLI_CASES,
    powercli_double::connecting::CASES,
    powercli_double::connections::CASES,
    powercli_double::listing::CASES,
    powercli_double::pipe::CASES,
    scheduled_tasks::CASES,
];

/// Cases of the packages that are for PowerShell 7.
const INSTALLATION_CASES_FOR_7: &[&[Case]] =
    &[installation::galleries::CASES_FOR_7, installation::versions::CASES_FOR_7];

fn main() -> ExitCode {
    let shell = PowerShell::find();
    let version_7 = shell.clone().and_then(PowerShell::if_version_7);
    let on_https_port = version_7.clone().and_then(|shell| loopback::https_port().map(|()| shell));
    let packaged = shell.clone().and_then(|shell| staged::packages().map(|_| shell));
    let packaged_for_7 = packaged.clone().and_then(PowerShell::if_version_7);
    let with_references = version_7.clone().and_then(|shell| compatibility::sources().map(|_| shell));

    let at_a_site = |cases: Vec<Case>, needed: &Needed<PowerShell>| {
        let trials = cases.into_iter().map(|(name, body)| {
            let body = move |shell| body(&Site::start(shell));
            trial(name, &shell, needed, body)
        });
        trials.collect::<Vec<_>>()
    };
    let with_powercli = POWERCLI_CASES.concat().into_iter().map(|case: PowerCliCase| {
        let needed = if case.needs_https_port() { &on_https_port } else { &version_7 };
        trial(case.name, &shell, needed, move |shell| case.run(shell))
    });
    let all = at_a_site(CASES.concat(), &shell)
        .into_iter()
        .chain(at_a_site(CASES_FOR_7.concat(), &version_7))
        .chain(with_powercli)
        .chain(at_a_site(installation::galleries::CASES.to_vec(), &packaged))
        .chain(at_a_site(INSTALLATION_CASES_FOR_7.concat(), &packaged_for_7))
        .chain(at_a_site(vec![compatibility::FACTS_CASE], &with_references));
    // Another user of this machine takes part in them.
    #[cfg(target_os = "linux")]
    let all = {
        let with_nobody = packaged.clone().and_then(|shell| account::nobody().map(|()| shell));
        all.chain(at_a_site(installation::accounts::CASES.to_vec(), &with_nobody))
    };
    run(all.collect())
}

/// A case that needs PowerShell and perhaps more of the machine. What is more may always be missing.
fn trial<F>(name: &str, shell: &Needed<PowerShell>, needed: &Needed<PowerShell>, body: F) -> Trial
where
    F: FnOnce(PowerShell) + Send + 'static,
{
    match shell {
        Err(reason) if PowerShell::is_required() => {
            let reason = reason.clone();
            Trial::test(name, move || Err(format!("PowerShell is required: {reason}").into()))
        }
        _ => case(name, needed, body),
    }
}
