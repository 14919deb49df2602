//! Calls that are stopped from outside.

use crate::Case;
use crate::site::{Site, wait_until};

pub(crate) const CASES: &[Case] = &[
    #[cfg(target_os = "linux")]
    ("ctrl_c_gives_the_prompt_back_and_ends_the_session", ctrl_c_gives_the_prompt_back_and_ends_the_session),
    ("a_stopped_pipeline_ends_the_session", a_stopped_pipeline_ends_the_session),
    ("a_stopped_job_ends_the_session", a_stopped_job_ends_the_session),
];

/// Ctrl+C at a terminal: what follows runs at once, sees no error, and the session is ended when the answer comes.
#[cfg(target_os = "linux")]
fn ctrl_c_gives_the_prompt_back_and_ends_the_session(site: &Site) {
    site.delay_exchanges(3_000);
    let shown = crate::prompts::at_a_terminal(
        site,
        r#"
        try {
            'log' + 'ging in'
            $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
            'finished'
        }
        finally {
            # Output is no longer possible in a stopped pipeline; the host can still be written to.
            $Host.UI.WriteLine("errors: $($Error.Count), got: $($null -ne $b)")
        }
        "#,
        &[("logging in", ""), ("\n", "\u{3}")],
    );
    assert!(shown.contains("errors: 0, got: False"), "{shown}");
    assert!(!shown.contains("finished") && !shown.contains("Vcd."), "{shown}");
    wait_until("the end of the session", || site.simulator.sessions().is_empty());
}

/// `PowerShell.Stop()` is what Ctrl+C does, without a terminal: the time from the key to the prompt can be measured.
fn a_stopped_pipeline_ends_the_session(site: &Site) {
    site.delay_exchanges(3_000);
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
        while (-not (Get-OpenSession)) { Start-Sleep -Milliseconds 20 }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $stopped = $clock.ElapsedMilliseconds
        if ($stopped -gt 1000) { "stopping took $stopped ms" }
        $shell.InvocationStateInfo.State, $shell.Streams.Error.Count -join '|'
        # The runspace is as good as new.
        $shell.Commands.Clear()
        $shell.AddScript('"$($Error.Count)|$(1 + 1)"').Invoke()
        # The answer is still to come: this process must live to receive it.
        while (Get-OpenSession) { Start-Sleep -Milliseconds 20 }
        "#,
    );
    assert_eq!(lines, ["Stopped|0", "0|2"]);
    assert_eq!(site.requests(), ["POST /oauth/tenant/acme/token", "DELETE /cloudapi/1.0.0/sessions/current"]);
}

fn a_stopped_job_ends_the_session(site: &Site) {
    site.delay_exchanges(3_000);
    let lines = site.lines(
        r#"
        $job = Start-ThreadJob { Import-Module VcdBearer; Get-VcdBearer @using:Site -Org acme -ApiToken $using:Token }
        while (-not (Get-OpenSession)) { Start-Sleep -Milliseconds 20 }
        Stop-Job $job
        $job.State, $job.Error.Count -join '|'
        while (Get-OpenSession) { Start-Sleep -Milliseconds 20 }
        "#,
    );
    assert_eq!(lines, ["Stopped|0"]);
}
