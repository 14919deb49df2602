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

fn main() -> ExitCode {
    let shell = PowerShell::find();
    let cases = [
        bad_input::CASES,
        calls::CASES,
        compatibility::CASES,
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
    let powercli_cases = [
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
    let installation_cases = [installation::galleries::CASES, installation::versions::CASES];
    let packaged = shell.clone().and_then(|shell| staged::packages().map(|_| shell));
    let on_https_port = shell.clone().and_then(|shell| loopback::https_port().map(|()| shell));

    let plain = cases.concat().into_iter().map(|(name, body)| {
        let body = move |shell| body(&Site::start(shell));
        trial(name, &shell, &shell, body)
    });
    let with_powercli = powercli_cases.concat().into_iter().map(|case: PowerCliCase| {
        let needed = if case.needs_https_port() { &on_https_port } else { &shell };
        trial(case.name, &shell, needed, move |shell| case.run(shell))
    });
    let installed = installation_cases.concat().into_iter().map(|(name, body)| {
        let body = move |shell| body(&Site::start(shell));
        trial(name, &shell, &packaged, body)
    });
    let (name, body) = compatibility::FACTS_CASE;
    let with_references = shell.clone().and_then(|shell| compatibility::sources().map(|_| shell));
    let facts = trial(name, &shell, &with_references, move |shell| body(&Site::start(shell)));
    let all = plain.chain(with_powercli).chain(installed).chain([facts]);
    #[cfg(target_os = "linux")]
    let all = all.chain(cases_of_accounts(&shell, &packaged));
    run(all.collect())
}

/// Cases in which another user of this machine takes part.
#[cfg(target_os = "linux")]
fn cases_of_accounts(shell: &Needed<PowerShell>, packaged: &Needed<PowerShell>) -> Vec<Trial> {
    let needed = packaged.clone().and_then(|shell| account::nobody().map(|()| shell));
    let case = |&(name, body): &Case| {
        let body = move |shell| body(&Site::start(shell));
        trial(name, shell, &needed, body)
    };
    installation::accounts::CASES.iter().map(case).collect()
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
