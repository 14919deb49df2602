//! Missing values: asked for where somebody sits, without echo; refused everywhere else.

#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use crate::Case;
use crate::site::{Site, run};

pub(crate) const CASES: &[Case] = &[
    ("nobody_is_asked_in_a_script_or_job", nobody_is_asked_in_a_script_or_job),
    ("nobody_is_asked_when_the_input_is_redirected", nobody_is_asked_when_the_input_is_redirected),
    #[cfg(target_os = "linux")]
    ("a_person_is_asked_without_echo", a_person_is_asked_without_echo),
];

fn nobody_is_asked_in_a_script_or_job(site: &Site) {
    let lines = site.lines(
        r"
        try { Get-VcdBearer @Site } catch { $_.FullyQualifiedErrorId; $_.Exception.Message; $Error.Count }
        $job = Start-Job { Import-Module VcdBearer; try { Get-VcdBearer } catch { $_.FullyQualifiedErrorId } }
        (Wait-Job $job -Timeout 20).State
        Receive-Job $job
        ",
    );
    assert_eq!(lines[0], "Vcd.MissingParameter,Get-VcdBearer");
    assert!(lines[1].contains("-Org, -ApiToken") && !lines[1].contains("-Server"), "{lines:#?}");
    assert_eq!(lines[2..], ["1", "Completed", "Vcd.MissingParameter,Get-VcdBearer"]);
}

fn nobody_is_asked_when_the_input_is_redirected(site: &Site) {
    let script =
        site.script("try { Get-VcdBearer @Site -Org acme } catch { $_.FullyQualifiedErrorId }; @($input).Count");
    // Without -NonInteractive, and with an open pipe that would block a prompt.
    let mut command = site.shell.call(&["-File"], site.home.path());
    site.prepare(&mut command);
    command.arg(script);
    let ran = run(command);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Vcd.MissingParameter,Get-VcdBearer\n0\n"), "{}", ran.stderr);
}

/// Runs a script at a pseudo-terminal and types into it; gives all that the terminal showed. `answers`: what must have
/// been shown, and what is typed then.
#[cfg(target_os = "linux")]
pub(crate) fn at_a_terminal(site: &Site, script: &str, answers: &[(&str, &str)]) -> String {
    use std::io::{Read, Write};

    let file = site.script(script);
    let shell = site.shell.call(&["-File"], site.home.path());
    let line = format!("{:?} -NoProfile -NoLogo -File {:?}", shell.get_program(), file);
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]).env_clear();
    terminal.envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "dumb");
    site.prepare(&mut terminal);
    let mut running =
        terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script (util-linux) starts");
    let mut keyboard = running.stdin.take().expect("piped");
    let mut screen = running.stdout.take().expect("piped");

    let mut shown = Vec::new();
    let mut read_until = |wanted: Option<&str>, shown: &mut Vec<u8>| {
        let mut buffer = [0; 4096];
        let from = shown.len();
        while wanted.is_none_or(|wanted| !String::from_utf8_lossy(&shown[from..]).contains(wanted)) {
            let count = screen.read(&mut buffer).expect("the terminal can be read");
            assert!(count > 0 || wanted.is_none(), "{wanted:?} was not shown: {}", String::from_utf8_lossy(shown));
            if count == 0 {
                break;
            }
            shown.extend_from_slice(&buffer[..count]);
        }
    };
    for (wanted, typed) in answers {
        read_until(Some(wanted), &mut shown);
        keyboard.write_all(typed.as_bytes()).expect("the terminal takes input");
    }
    read_until(None, &mut shown);
    running.wait().expect("it ends");
    String::from_utf8_lossy(&shown).into_owned()
}

#[cfg(target_os = "linux")]
fn a_person_is_asked_without_echo(site: &Site) {
    let token = &site.tenant().api_token;
    let url = format!("{}\r", site.simulator.url());
    let shown = at_a_terminal(
        site,
        "$b = Get-VcdBearer -CACertificate $env:SIM_CA; \"user: $($b.User)\"",
        &[("Server:", &url), ("Org:", "acme\r"), ("ApiToken:", &format!("{token}\r"))],
    );
    assert!(shown.contains("user: alice"), "{shown}");
    assert!(!shown.contains(token.as_str()), "{shown}");
    assert!(shown.contains(site.simulator.url()), "what is no secret is echoed: {shown}");
}
