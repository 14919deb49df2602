//! Ctrl+C, a console that is closed and the end of Windows, none of which is a signal there: what was sent is carried through, as
//! `cli` shows on Linux.

use std::io::Write;
use std::process::Stdio;

use tests::c_program::CProgram;
use tests::paths::Paths;
use tests::program::Program;
use tests::terminal::{CTRL_C, on_terminal};
use tests::wine::Wine;

use crate::Case;
use crate::account_file::{AccountFile, delay_exchanges, wait_until};

pub(crate) const CASES: &[Case] = &[("an_end_from_outside_does_not_lose_a_rotating_token", an_end_from_outside)];

/// These need a terminal as well.
pub(crate) const TERMINAL_CASES: &[Case] =
    &[("ctrl_c_does_not_lose_a_rotating_token", ctrl_c_does_not_lose_a_rotating_token)];

fn ctrl_c_does_not_lose_a_rotating_token(program: &Program) {
    let file = AccountFile::new(program);
    let before = file.token();
    delay_exchanges(&file.simulator, 3_000);
    let mut running = on_terminal(&file.get()).stdin(Stdio::piped()).spawn().expect("util-linux is there");
    wait_until("the exchange", || !file.simulator.sessions().is_empty());
    running.stdin.as_mut().expect("piped").write_all(CTRL_C).expect("the terminal takes it");
    let status = running.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert_ne!(file.token(), before, "the new token is lost");
    assert!(file.simulator.sessions().is_empty(), "the session that nobody received is still open");
    file.next_run_succeeds("after Ctrl+C");
}

fn an_end_from_outside(program: &Program) {
    let tool = CProgram::compile_windows_tool("end_wish", &Wine::find().expect("looked for before"));
    let file = AccountFile::new(program);
    // Windows grants five seconds.
    delay_exchanges(&file.simulator, 2_000);
    // The numbers are those of consoleapi.h.
    for (event, name) in [(1, "Ctrl+Break"), (2, "the console is closed"), (5, "log-off"), (6, "shutdown")] {
        file.put_fresh();
        let open = file.simulator.sessions().len();
        let before = file.token();
        let line = command_line(program, &file);
        let mut command = tool.command();
        command.args([&event.to_string(), &line]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut running = command.spawn().expect("Wine starts");
        wait_until("the exchange", || file.simulator.sessions().len() > open);
        running.stdin.take().expect("piped").write_all(b"now\n").expect("it reads");
        assert_eq!(running.wait().expect("it ends").code(), Some(130), "{name}");
        assert_ne!(file.token(), before, "{name}: the new token is lost");
        assert_eq!(file.simulator.sessions().len(), open, "{name}: the session that nobody received is still open");
        file.next_run_succeeds(name);
    }
}

/// `get` with this file, as one line.
fn command_line(program: &Program, file: &AccountFile) -> String {
    let get = file.get();
    // The first argument is the program, which Wine is told where this system has it.
    let arguments = get.get_args().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let words = std::iter::once(Paths::Wine.write(program.file())).chain(arguments);
    words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" ")
}
