//! A terminal for a program that needs one, made by `script` of util-linux.

use std::process::{Command, Stdio};

use crate::case::Needed;
use crate::search_path;

/// What a terminal's Ctrl and C send.
pub const CTRL_C: &[u8] = b"\x03";

/// Can terminals be made here?
///
/// # Errors
/// The reason why not.
pub fn is_there() -> Needed<()> {
    search_path::find("script").map(drop).ok_or_else(|| "script of util-linux is not installed".into())
}

/// The same command on a terminal of its own, which takes its input from the result's standard input and shows nothing. The
/// result ends with the status of the command.
pub fn on_terminal(command: &Command) -> Command {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<String> = words.map(|word| format!("'{}'", word.display())).collect();
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"]);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    terminal.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    terminal
}
