//! Calls that end early: a time limit, Ctrl+C and signals, and a standard output that takes nothing.

use vcdsim::{Effect, Fault, Match};

use crate::{Case, Site, text};

pub(crate) const CASES: &[Case] =
    &[("an_answer_that_does_not_come_has_a_limit", an_answer_that_does_not_come_has_a_limit)];

/// These need signals and `/dev/full`, so Wine does not get them: a signal is no Ctrl+C to a program for Windows.
#[cfg(target_os = "linux")]
pub(crate) const LINUX_CASES: &[Case] = &[
    ("ctrl_c_ends_the_session_that_nobody_receives", linux::ctrl_c_ends_the_session_that_nobody_receives),
    ("ctrl_c_tells_where_a_replaced_token_is", linux::ctrl_c_tells_where_a_replaced_token_is),
    ("a_signal_to_end_does_not_lose_a_rotating_token", linux::a_signal_to_end_does_not_lose_a_rotating_token),
    ("a_session_that_cannot_be_printed_is_ended", linux::a_session_that_cannot_be_printed_is_ended),
];

/// The simulator takes this long to answer token exchanges, after it has carried them out.
fn delay_exchanges(site: &Site, delay_ms: u64) {
    let matching = Match { path: Some("/oauth/".to_owned()), ..Match::default() };
    site.simulator.add_fault(Fault { matching, effect: Effect { delay_ms, ..Effect::default() }, ..Fault::default() });
}

fn an_answer_that_does_not_come_has_a_limit(site: &Site) {
    delay_exchanges(site, 20_000);
    let told = text(&site.get(&["--timeout", "1"]).assert().code(3).stdout("").get_output().stderr);
    assert!(told.contains("AnswerTimeout (2020)") && told.contains("is unknown"), "{told}");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::Write;
    use std::process::{Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    use vcdsim::{Kind, Login};

    use super::*;

    /// Waits until `done`, for at most ten seconds.
    fn wait_until(what: &str, done: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !done() {
            assert!(Instant::now() < end, "{what} did not happen");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(super) fn ctrl_c_ends_the_session_that_nobody_receives(site: &Site) {
        let told = interrupt_after_sending(site, site.tenant());
        assert!(!told.contains("replaced"), "{told}");
    }

    pub(super) fn ctrl_c_tells_where_a_replaced_token_is(site: &Site) {
        let told =
            interrupt_after_sending(site, site.simulator.login("acme", Kind::ServiceAccount).expect("acme has one"));
        let file = told.lines().find_map(|line| line.split_once("was written to ")).expect(&told).1;
        let saved = std::fs::read_to_string(file).expect("the file is there");
        assert!(saved.contains("refresh_token"), "{saved}");
    }

    /// Presses Ctrl+C while the answer to an exchange is on its way; returns what was told.
    fn interrupt_after_sending(site: &Site, login: &Login) -> String {
        delay_exchanges(site, 1_500);
        let mut call = site.program.command();
        call.args(["get", "--org", "acme", "--server", site.simulator.url()])
            .args(site.trust())
            .env("XDG_STATE_HOME", site.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = call.spawn().expect("the program starts");
        running.stdin.take().expect("piped").write_all(login.api_token.as_bytes()).expect("it reads");
        wait_until("the exchange", || !site.simulator.sessions().is_empty());

        let interrupted = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
        assert!(interrupted.expect("kill starts").success());
        let output = running.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(130), &b""[..]), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("Cancelled (5001)"), "{}", text(&output.stderr));
        assert!(site.simulator.sessions().is_empty(), "the session that nobody received is still open");
        text(&output.stderr)
    }

    /// As cron, systemd, `timeout` and a terminal that is closed do it: once or twice, and with nobody left to read.
    pub(super) fn a_signal_to_end_does_not_lose_a_rotating_token(site: &Site) {
        for signals in [&["-TERM"][..], &["-HUP", "-HUP"], &["-HUP", "-TERM"]] {
            let login = site.simulator.create_token("acme", Kind::ServiceAccount).expect("made");
            let file = site.home.path().join("account.json");
            let content = serde_json::json!({ "token_type": "Service Account", "refresh_token": login.api_token });
            std::fs::write(&file, content.to_string()).expect("writable");
            delay_exchanges(site, 1_500);
            let mut call = site.program.command();
            call.args(["get", "--org", "acme", "--server", site.simulator.url()])
                .args(site.trust())
                .arg("--token-file")
                .arg(&file)
                .env("XDG_STATE_HOME", site.home.path())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut running = call.spawn().expect("the program starts");
            drop(running.stderr.take());
            wait_until("the exchange", || !site.simulator.sessions().is_empty());
            for signal in signals {
                let sent = Command::new("kill").args([signal, running.id().to_string().as_str()]).status();
                assert!(sent.expect("kill starts").success());
            }
            let output = running.wait_with_output().expect("it ends");
            assert_eq!((output.status.code(), &output.stdout[..]), (Some(130), &b""[..]), "{signals:?}");
            let now = std::fs::read_to_string(&file).expect("readable");
            assert!(!now.contains(&login.api_token), "{signals:?}: the new token is lost");
            assert!(site.simulator.sessions().is_empty(), "{signals:?}: the session is still open");
        }
    }

    pub(super) fn a_session_that_cannot_be_printed_is_ended(site: &Site) {
        let mut call = site.program.command();
        call.args(["get", "--org", "acme", "--server", site.simulator.url()])
            .args(site.trust())
            .env("VCD_API_TOKEN", &site.tenant().api_token)
            .stdin(Stdio::null())
            .stdout(File::create("/dev/full").expect("Linux has it"));
        let output = call.stderr(Stdio::piped()).output().expect("it runs");
        assert_eq!(output.status.code(), Some(70), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("cannot be printed"), "{}", text(&output.stderr));
        assert!(site.simulator.sessions().is_empty());
        assert_eq!(site.simulator.journal().requests.iter().filter(|request| request.method == "DELETE").count(), 1);
    }
}
