//! `vcd-bearer`: an API token of VMware Cloud Director becomes a live session, in shells other than PowerShell, in CI,
//! and on hosts whose PowerShell may not load native libraries.
//!
//! The token comes from standard input or the environment and never from an argument, which other users of the machine
//! could read. Standard output carries the result and nothing else; everything for people goes to standard error. The
//! exit status tells the range of a failure: [`vcd_auth::FailureKind::exit_status`].

mod arguments;
mod commands;
mod interrupt;
mod output;
mod secret_input;
mod wishes;

use std::process::ExitCode;

use vcd_auth::runtime;

use arguments::Command;

/// No copy of a token survives in freed memory, whichever library made it.
#[global_allocator]
static ALLOCATOR: vcd_os::WipingAllocator = vcd_os::WipingAllocator;

fn main() -> ExitCode {
    let result = match arguments::parse() {
        Command::Get(arguments) => commands::get(&arguments),
        Command::Check(arguments) => commands::check(&arguments),
        Command::End(arguments) => commands::end(&arguments),
        Command::Call(arguments) => commands::call(&arguments),
        Command::Completions { shell } => {
            arguments::print_completions(shell);
            Ok(())
        }
    };
    runtime::finish_background(runtime::FAREWELL);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::print_failure(&failure);
            ExitCode::from(failure.kind().exit_status())
        }
    }
}
