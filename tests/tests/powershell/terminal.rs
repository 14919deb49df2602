//! A person at a terminal: a pseudo-terminal (made by `script` of util-linux) that is typed into and read from.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::site::Site;

pub(crate) struct Terminal {
    running: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
    shown: String,
}

/// .NET asks a terminal where its cursor is, and waits for the answer.
const WHERE_IS_THE_CURSOR: &str = "\u{1b}[6n";
const AT_THE_LEFT: &str = "\u{1b}[1;1R";

impl Terminal {
    /// Runs a script, after the prelude, in a PowerShell that somebody sits at. `switches`: of the shell, such as
    /// `-NonInteractive`.
    pub(crate) fn start(site: &Site, switches: &str, script: &str) -> Self {
        let script = site.script(script);
        let shell = site.shell.call(&[], site.home.path());
        let line = format!("exec {:?} -NoProfile -NoLogo {switches} -File {script:?}", shell.get_program());
        // Whoever started the tests may have told them to ignore Ctrl+C, and that would be inherited.
        let mut terminal = Command::new("env");
        terminal.args(["--default-signal=INT", "script", "--quiet", "--flush", "--command", &line, "/dev/null"]);
        terminal.env_clear();
        terminal.envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
        site.prepare(&mut terminal);
        let mut running = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("util-linux is there");
        let keyboard = running.stdin.take().expect("piped");
        let screen = running.stdout.take().expect("piped");
        Self { running, keyboard, screen, shown: String::new() }
    }

    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes input");
    }

    /// Reads until a text is shown, beyond what was read before.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let from = self.shown.len();
        while !self.shown[from..].contains(text) {
            assert!(self.read(), "{text:?} was not shown: {}", self.shown);
        }
    }

    /// Reads to the end of the process; all that was shown.
    pub(crate) fn finish(mut self) -> String {
        while self.read() {}
        self.running.wait().expect("it ends");
        self.shown
    }

    /// Reads what there is; false at the end.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let count = self.screen.read(&mut buffer).expect("the terminal can be read");
        let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
        for _ in text.matches(WHERE_IS_THE_CURSOR) {
            self.type_keys(AT_THE_LEFT);
        }
        self.shown.push_str(&text);
        count > 0
    }
}
