//! What is particular to the products for 64-bit Windows, under Wine: their Rust tests, token files that several processes
//! use at once, kills, and the module in a PowerShell for Windows. The cases of `cli` and `c_programs` run under Wine as well.

mod account_file;
mod interrupt;
mod kills;
mod module;
#[cfg(unix)]
mod protection;
mod rust_tests;
mod token_files;

use std::process::ExitCode;

use tests::case::{case, run};
use tests::program::Program;
use tests::windows_powershell::WindowsPowerShell;
use tests::{c_program, loopback, terminal};

/// A case and its name.
type Case = (&'static str, fn(&Program));

fn main() -> ExitCode {
    // Each wants tools for Windows beside the program.
    let program = c_program::windows_compiler().and_then(|()| Program::under_wine());
    let on_terminal = program.clone().and_then(|program| terminal::is_there().map(|()| program));
    let cases = [
        (token_files::CASES, &program),
        (kills::CASES, &program),
        #[cfg(unix)]
        (protection::CASES, &program),
        (interrupt::CASES, &program),
        (interrupt::TERMINAL_CASES, &on_terminal),
    ];
    let cases = cases.into_iter().flat_map(|(cases, program)| {
        cases.iter().map(|(name, body)| case(&format!("wine::{name}"), program, move |program: Program| body(&program)))
    });
    let shell = WindowsPowerShell::find();
    let on_https_port = shell.clone().and_then(|shell| loopback::https_port().map(|()| shell));
    let module_cases = [(module::CASES, &shell), (module::HTTPS_PORT_CASES, &on_https_port)];
    let module_cases = module_cases.into_iter().flat_map(|(cases, shell)| {
        cases
            .iter()
            .map(|(name, body)| case(&format!("wine::{name}"), shell, move |shell: WindowsPowerShell| body(&shell)))
    });
    run(rust_tests::trials().into_iter().chain(cases).chain(module_cases).collect())
}
