//! The program `vcdsim`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::assert::OutputAssertExt;
use serde_json::Value;

use crate::client::control;

fn vcdsim() -> Command {
    Command::new(env!("CARGO_BIN_EXE_vcdsim"))
}

/// A running program; killed if the test fails.
struct Running {
    child: Child,
    ready: Value,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut command = vcdsim();
        command.args(arguments);
        Self::start_command(command)
    }

    fn start_command(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { child, ready }
    }

    fn text(&self, field: &str) -> &str {
        self.ready[field].as_str().unwrap_or_else(|| panic!("{field} in {}", self.ready))
    }

    /// Waits for the end; whether it was a success.
    fn ends_well(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("the program is ours") {
                return status.success();
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the program does not end");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_line_says_all_that_a_client_needs() {
    let mut running = Running::start(&["--until-eof", "--listen", "127.0.0.1:0", "--listen", "[::1]:0"]);
    assert_eq!(running.text("url"), format!("https://localhost:{}", running.ready["port"]));
    assert!(std::fs::read_to_string(running.text("ca_file")).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(running.text("leaf_sha256").len(), 64);
    let further = &running.ready["listeners"][0];
    assert_eq!(further["url"], format!("https://localhost:{}", further["port"]));
    assert_eq!(control(running.text("control_url"), "GET", "/sim/journal", "").status, 200);
    let kinds = [("acme", "tenant"), ("globex", "tenant"), ("Blue Sky", "tenant"), ("System", "provider")];
    for (org, kind) in kinds.into_iter().chain([("acme", "service_account")]) {
        let logins = running.ready["logins"].as_array().expect("logins");
        let login = logins.iter().find(|login| login["org"] == org && login["kind"] == kind);
        let login = login.unwrap_or_else(|| panic!("{org} {kind}"));
        assert!(login["user"].is_string());
        assert_eq!(login["api_token"].as_str().map(str::len), Some(32));
    }
    drop(running.child.stdin.take());
    assert!(running.ends_well());
}

#[test]
fn it_ends_with_its_standard_input_if_asked() {
    let mut running = Running::start(&["--until-eof"]);
    let folder = Path::new(running.text("ca_file")).parent().unwrap().to_owned();
    assert!(running.child.try_wait().unwrap().is_none() && folder.exists());
    drop(running.child.stdin.take());
    assert!(running.ends_well());
    assert!(!folder.exists(), "the temporary folder is removed");
}

#[test]
fn it_outlives_its_standard_input_if_not_asked() {
    let mut running = Running::start(&[]);
    drop(running.child.stdin.take());
    thread::sleep(Duration::from_millis(300));
    assert_eq!(control(running.text("control_url"), "GET", "/sim/tokens", "").status, 200);
}

#[cfg(unix)]
#[test]
fn it_ends_in_order_when_interrupted_or_terminated() {
    for signal in ["-INT", "-TERM"] {
        let mut running = Running::start(&[]);
        let folder = Path::new(running.text("ca_file")).parent().unwrap().to_owned();
        Command::new("kill").args([signal, &running.child.id().to_string()]).assert().success();
        assert!(running.ends_well(), "{signal}");
        assert!(!folder.exists(), "{signal}");
    }
}

#[test]
fn options_reach_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = vcdsim();
    command.args(["--until-eof", "--release", "10.3.3", "--idle-timeout", "2h", "--latency", "1ms"]);
    command.args(["--state-dir", "state"]).current_dir(folder.path());
    let running = Running::start_command(command);
    let ca_file = Path::new(running.text("ca_file"));
    assert!(ca_file.is_absolute() && ca_file.ends_with("state/ca.pem") && ca_file.exists(), "{ca_file:?}");
    assert!(!running.ready.to_string().contains("service_account"), "10.3.3 knows none");
}

#[test]
fn wrong_input_gets_a_usage_error() {
    for (arguments, hint) in [
        (&["--release", "9.7"][..], "10.6.1, vcfa-9.0"),
        (&["--inventory-vms=-1"], "--inventory-vms"),
        (&["--legacy-logout-status", "404"], "200..=299"),
        (&["--listen", "localhost:443"], "--listen"),
        (&["--listen", "127.0.0.1"], "--listen"),
        (&["--latency", "50"], "50ms"),
        (&["--idle-timeout=-1m"], "--idle-timeout"),
        (&["--unknown-org", "perhaps"], "not-found"),
        (&["--state-dir"], "--state-dir"),
        (&["--port", "443"], "--port"),
        (&["extra"], "extra"),
    ] {
        let assert = vcdsim().args(arguments).stdin(Stdio::null()).assert().code(2);
        let output = assert.get_output();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(hint) && message.contains("--help"), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_start_that_fails_says_why() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let assert = vcdsim().args(["--listen", &address]).stdin(Stdio::null()).assert().code(1);
    let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(message.starts_with(&format!("vcdsim: cannot listen on {address}: ")), "{message}");
}

#[test]
fn help_has_examples() {
    let assert = vcdsim().arg("--help").assert().success();
    let help = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for text in ["Examples:", "--until-eof", "/sim/faults", "before_read", "curl --cacert", "--inventory-vms 600"] {
        assert!(help.contains(text), "{text}");
    }
}
