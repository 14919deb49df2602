//! Missing values: asked for where somebody sits, without echo; refused everywhere else.

use crate::Case;
use crate::site::{Site, run};
#[cfg(target_os = "linux")]
use crate::terminal::Terminal;

pub(crate) const CASES: &[Case] = &[
    ("nobody_is_asked_in_a_script_or_job", nobody_is_asked_in_a_script_or_job),
    ("nobody_is_asked_when_the_input_is_redirected", nobody_is_asked_when_the_input_is_redirected),
    #[cfg(target_os = "linux")]
    ("nobody_is_asked_in_a_non_interactive_shell", nobody_is_asked_in_a_non_interactive_shell),
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

#[cfg(target_os = "linux")]
fn a_person_is_asked_without_echo(site: &Site) {
    let token = &site.tenant().api_token;
    let mut terminal = Terminal::start(site, "", "$b = Get-VcdBearer -CACertificate $env:SIM_CA; \"user: $($b.User)\"");
    for (question, answer) in [("Server: ", site.simulator.url()), ("Org: ", "acme"), ("ApiToken: ", token.as_str())] {
        terminal.wait_for(question);
        terminal.type_keys(answer);
        terminal.type_keys("\r");
    }
    let shown = terminal.finish();
    assert!(shown.contains("user: alice"), "{shown}");
    assert!(shown.contains("acme"), "what is no secret is echoed: {shown}");
    assert!(!shown.contains(token.as_str()), "{shown}");
}

#[cfg(target_os = "linux")]
fn nobody_is_asked_in_a_non_interactive_shell(site: &Site) {
    let script = "try { Get-VcdBearer } catch { $_.FullyQualifiedErrorId, $Error.Count -join '|' }";
    let shown = Terminal::start(site, "-NonInteractive", script).finish();
    assert!(shown.contains("Vcd.MissingParameter,Get-VcdBearer|1"), "{shown}");
}
