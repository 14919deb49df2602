//! Ctrl+C at a console of Windows, where it is no signal: what was sent is carried through, as `cli` shows on Linux.

use std::io::Write;
use std::process::Stdio;

use tests::program::Program;
use tests::terminal::{CTRL_C, on_terminal};

use crate::Case;
use crate::account_file::{AccountFile, wait_until};

pub(crate) const CASES: &[Case] = &[("ctrl_c_does_not_lose_a_rotating_token", ctrl_c_does_not_lose_a_rotating_token)];

fn ctrl_c_does_not_lose_a_rotating_token(program: &Program) {
    let file = AccountFile::new(program);
    let before = file.token();
    file.delay_exchanges(3_000);
    let mut running = on_terminal(&file.get()).stdin(Stdio::piped()).spawn().expect("util-linux is there");
    wait_until("the exchange", || !file.simulator.sessions().is_empty());
    running.stdin.as_mut().expect("piped").write_all(CTRL_C).expect("the terminal takes it");
    let status = running.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert_ne!(file.token(), before, "the new token is lost");
    assert!(file.simulator.sessions().is_empty(), "the session that nobody received is still open");
    file.next_run_succeeds("after Ctrl+C");
}
