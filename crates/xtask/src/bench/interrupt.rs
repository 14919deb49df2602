//! From Ctrl+C at a terminal to the prompt, in the middle of an exchange.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Bench;
use super::row::{Row, Unit};
use super::sample::Sample;
use crate::simulator::{Build, Simulator};
use crate::workspace;

const BUDGET_MS: f64 = 200.0;
const RUNS: usize = 5;
/// From the word that the call begins to the key: the exchange is sent by then.
const UNDER_WAY: Duration = Duration::from_millis(1500);

pub(super) fn row(bench: &Bench) -> Result<Row> {
    let what = "Ctrl+C to prompt";
    let row = |measured, note| Row { what, against: "-", budget: BUDGET_MS, measured, unit: Unit::Milliseconds, note };
    if Command::new("script").arg("--version").stdout(Stdio::null()).status().is_err() {
        return Ok(row(Err("`script` of util-linux is not installed".to_owned()), String::new()));
    }
    let slow = Simulator::start_with(Build::Optimized, &["--latency", "5s"])?;
    let mut sample = Sample::default();
    for _ in 0..RUNS {
        let mut terminal = Terminal::start(bench, &slow)?;
        terminal.wait_for("calling")?;
        thread::sleep(UNDER_WAY);
        let pressed = Instant::now();
        terminal.keyboard.write_all(b"\x03")?;
        terminal.wait_for("the prompt")?;
        sample.add(pressed.elapsed());
        terminal.finish()?;
    }
    let (fastest, slowest) = sample.range_ms();
    Ok(row(Ok(sample.median_ms()), format!("{fastest:.0} to {slowest:.0} ms in {RUNS} runs")))
}

/// PowerShell at a pseudo-terminal, which `script` makes.
struct Terminal {
    running: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
    shown: String,
}

impl Terminal {
    fn start(bench: &Bench, slow: &Simulator) -> Result<Self> {
        let login = slow.login("tenant")?;
        let script = workspace::root().join("crates/xtask/scripts/interrupt.ps1");
        let line = format!(
            "exec '{}' -NoProfile -NoLogo -File '{}' -Manifest '{}' -Server {} -Org {} -CACertificate '{}'",
            bench.pwsh.display(),
            script.display(),
            bench.stage.manifest.display(),
            slow.ready.url,
            login.org,
            slow.ready.ca_file.display()
        );
        // Whoever started the benchmark may have told it to ignore Ctrl+C, and that would be inherited.
        let mut running = Command::new("env")
            .args(["--default-signal=INT", "script", "--quiet", "--flush", "--command", &line, "/dev/null"])
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .env("VCD_API_TOKEN", &login.api_token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start script")?;
        let keyboard = running.stdin.take().expect("piped");
        let screen = running.stdout.take().expect("piped");
        Ok(Self { running, keyboard, screen, shown: String::new() })
    }

    /// Reads until a text is shown.
    fn wait_for(&mut self, text: &str) -> Result<()> {
        while !self.shown.contains(text) {
            ensure!(self.read()?, "{text:?} was not shown: {}", self.shown);
        }
        Ok(())
    }

    /// Reads to the end of the process.
    fn finish(&mut self) -> Result<()> {
        while self.read()? {}
        self.running.wait()?;
        Ok(())
    }

    /// Reads what there is; false at the end. .NET asks a terminal where its cursor is, also when it ends, and waits for the
    /// answer.
    fn read(&mut self) -> Result<bool> {
        const WHERE_IS_THE_CURSOR: &str = "\u{1b}[6n";
        let mut buffer = [0; 4096];
        let count = self.screen.read(&mut buffer)?;
        let read = String::from_utf8_lossy(&buffer[..count]).into_owned();
        for _ in read.matches(WHERE_IS_THE_CURSOR) {
            self.keyboard.write_all(b"\x1b[1;1R")?;
        }
        self.shown.push_str(&read);
        Ok(count > 0)
    }
}
