//! The PowerShell module in real PowerShell processes, against the simulator.

mod bad_input;
mod environment;
mod errors;
mod help;
mod library;
mod manners;
mod object;
mod pipeline;
mod preferences;
mod prompts;
mod proxies;
mod secrets;
mod sessions;
mod sharing;
mod site;
mod stopping;
#[cfg(target_os = "linux")]
mod terminal;
mod trust;

use std::process::ExitCode;

use libtest_mimic::Trial;
use tests::case::{case, run};
use tests::powershell::PowerShell;

use crate::site::Site;

/// A case and its name. Each gets a simulator and a PowerShell process of its own.
type Case = (&'static str, fn(&Site));

fn main() -> ExitCode {
    let shell = PowerShell::find();
    let cases = [
        bad_input::CASES,
        environment::CASES,
        errors::CASES,
        help::CASES,
        library::CASES,
        manners::CASES,
        object::CASES,
        pipeline::CASES,
        preferences::CASES,
        prompts::CASES,
        proxies::CASES,
        secrets::CASES,
        sessions::CASES,
        sharing::CASES,
        stopping::CASES,
        trust::CASES,
    ];
    let trial = |(name, body): Case| match &shell {
        Err(reason) if PowerShell::is_required() => {
            let reason = reason.clone();
            Trial::test(name, move || Err(format!("PowerShell is required: {reason}").into()))
        }
        _ => case(name, &shell, move |shell| body(&Site::start(shell))),
    };
    run(cases.concat().into_iter().map(trial).collect())
}
