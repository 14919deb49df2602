//! Calls that are stopped from outside.

use crate::Case;
use crate::site::Site;
#[cfg(target_os = "linux")]
use crate::{site::wait_until, terminal::Terminal};

pub(crate) const CASES: &[Case] = &[
    #[cfg(target_os = "linux")]
    ("ctrl_c_gives_the_prompt_back_and_ends_the_session", ctrl_c_gives_the_prompt_back_and_ends_the_session),
    ("a_stopped_pipeline_ends_the_session", a_stopped_pipeline_ends_the_session),
    ("a_stopped_job_ends_the_session", a_stopped_job_ends_the_session),
];

/// Ctrl+C at a terminal: what follows runs at once, sees no error, and the session is ended when the answer comes.
#[cfg(target_os = "linux")]
fn ctrl_c_gives_the_prompt_back_and_ends_the_session(site: &Site) {
    site.delay_exchanges(10_000);
    let mut terminal = Terminal::start(
        site,
        "",
        r#"
        try {
            $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
            'fin' + 'ished'
        }
        finally {
            # A stopped pipeline puts nothing out any more, but the host can be written to.
            $Host.UI.WriteLine("open sessions: $(@(Get-OpenSession).Count), errors: $($Error.Count), got: $($null -ne $b)")
            Wait-Session $false
        }
        "#,
    );
    wait_until("the exchange", || !site.simulator.sessions().is_empty());
    terminal.type_keys("\u{3}");
    let shown = terminal.finish();
    assert!(shown.contains("open sessions: 1, errors: 0, got: False"), "{shown}");
    assert!(!shown.contains("finished") && !shown.contains("Vcd."), "{shown}");
    assert!(site.simulator.sessions().is_empty());
}

/// `PowerShell.Stop()` is what Ctrl+C does, without a terminal: the time from the key to the prompt can be measured.
fn a_stopped_pipeline_ends_the_session(site: &Site) {
    site.delay_exchanges(10_000);
    let lines = site.lines(
        r#"
        $shell = [powershell]::Create([System.Management.Automation.RunspaceMode]::NewRunspace)
        $null = $shell.AddScript('Import-Module VcdBearer; $null = Get-Command Get-VcdBearer').Invoke()
        $shell.Commands.Clear()
        $null = $shell.AddScript({
            param($login)
            Get-VcdBearer @login
            'not reached'
        }).AddArgument(@{ Server = $env:SIM_URL; Org = 'acme'; CACertificate = $env:SIM_CA; ApiToken = $Token })
        $running = $shell.BeginInvoke()
        Wait-Session $true
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $stopped = $clock.ElapsedMilliseconds
        if ($stopped -gt 5000) { "stopping took $stopped ms" }
        $shell.InvocationStateInfo.State, $shell.Streams.Error.Count -join '|'
        # The runspace is as good as new.
        $shell.Commands.Clear()
        $shell.AddScript('"$($Error.Count)|$(1 + 1)"').Invoke()
        # The answer is still to come: this process must live to receive it.
        Wait-Session $false
        "#,
    );
    assert_eq!(lines, ["Stopped|0", "0|2"]);
    assert_eq!(site.requests().last().map(String::as_str), Some("DELETE /cloudapi/1.0.0/sessions/current"));
}

fn a_stopped_job_ends_the_session(site: &Site) {
    site.delay_exchanges(10_000);
    let lines = site.lines(
        r#"
        $job = Start-ThreadJob { Import-Module VcdBearer; Get-VcdBearer @using:Site -Org acme -ApiToken $using:Token }
        Wait-Session $true
        Stop-Job $job
        $job.State, $job.Error.Count -join '|'
        Wait-Session $false
        "#,
    );
    assert_eq!(lines, ["Stopped|0"]);
    assert!(site.simulator.sessions().is_empty());
}
