//! Calls that are stopped from outside.

#[cfg(target_os = "linux")]
use std::thread;
#[cfg(target_os = "linux")]
use std::time::Duration;

use crate::Case;
use crate::site::Site;
#[cfg(target_os = "linux")]
use crate::{site::wait_until, terminal::Terminal};

pub(crate) const CASES: &[Case] = &[
    #[cfg(target_os = "linux")]
    ("ctrl_c_gives_the_prompt_back_and_ends_the_session", ctrl_c_gives_the_prompt_back_and_ends_the_session),
    ("a_stopped_pipeline_ends_the_session", a_stopped_pipeline_ends_the_session),
    #[cfg(target_os = "linux")]
    ("ctrl_c_in_the_middle_of_many_starts_no_more", ctrl_c_in_the_middle_of_many_starts_no_more),
    ("a_pipeline_that_is_stopped_anywhere_leaves_nothing", a_pipeline_that_is_stopped_anywhere_leaves_nothing),
    ("a_stop_in_the_middle_of_emitting_is_no_end", a_stop_in_the_middle_of_emitting_is_no_end),
    ("a_module_that_is_removed_ends_what_nobody_received", a_module_that_is_removed_ends_what_nobody_received),
];

/// Windows PowerShell has no jobs in the same process; the end of others is the end of a process.
pub(crate) const CASES_FOR_7: &[Case] = &[("a_stopped_job_ends_the_session", a_stopped_job_ends_the_session)];

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

/// Five hundred, of which some have come out: nothing is sent after the key, and only what came out stays open.
#[cfg(target_os = "linux")]
fn ctrl_c_in_the_middle_of_many_starts_no_more(site: &Site) {
    site.delay_exchanges(2_000);
    let mut terminal = Terminal::start(
        site,
        "",
        r#"
        # Its display asks the terminal where the cursor is, and nobody answers before the end.
        $ProgressPreference = 'SilentlyContinue'
        $received = 0
        try {
            1..500 | ForEach-Object { $Token } | Get-VcdBearer @Site -Org acme -NoCache | ForEach-Object { $received++ }
        }
        finally {
            $sent = (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.Count
            for ($i = 0; $i -lt 500 -and @(Get-OpenSession).Count -ne $received; $i++) { [System.Threading.Thread]::Sleep(20) }
            $posts = @((Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests | Where-Object method -eq 'POST').Count
            $Host.UI.WriteLine("received: $($received -gt 0), open: $(@(Get-OpenSession).Count - $received), later: $($posts -gt $sent)")
        }
        "#,
    );
    // The second sixteen are sent when the first have been answered; by the time of the key these have all come out, and the answers
    // to those are still to come.
    wait_until("some exchanges", || site.simulator.sessions().len() > 16);
    thread::sleep(Duration::from_millis(700));
    terminal.type_keys("\u{3}");
    let shown = terminal.finish();
    assert!(shown.contains("received: True, open: 0, later: False"), "{shown}");
    assert!(site.requests().len() < 400, "{}", site.requests().len());
}

/// The stop comes while Get-VcdBearer waits, while a command before it runs, and while one behind it does.
fn a_pipeline_that_is_stopped_anywhere_leaves_nothing(site: &Site) {
    site.delay_exchanges(2_000);
    let lines = site.lines(
        r#"
        $pause = { [System.Threading.Thread]::Sleep(50) }
        $places = [ordered] @{
            here   = { param($tokens, $login, $got) $tokens | Get-VcdBearer @login | ForEach-Object { $null = $got.Add($_) } }
            before = {
                param($tokens, $login, $got)
                & { $tokens[0..7]; Start-Sleep -Seconds 60 } | Get-VcdBearer @login | ForEach-Object { $null = $got.Add($_) }
            }
            behind = {
                param($tokens, $login, $got)
                $tokens | Get-VcdBearer @login | ForEach-Object { $null = $got.Add($_); Start-Sleep -Seconds 60 }
            }
        }
        foreach ($place in $places.Keys) {
            $shell = [powershell]::Create()
            $null = $shell.AddScript('Import-Module VcdBearer').Invoke()
            $shell.Commands.Clear()
            $login = @{ Server = $env:SIM_URL; Org = 'acme'; CACertificate = $env:SIM_CA; NoCache = $true }
            $got = [System.Collections.ArrayList]::Synchronized([System.Collections.ArrayList]::new())
            $null = $shell.AddScript($places[$place]).AddArgument(@($Token) * 100).AddArgument($login).AddArgument($got)
            $running = $shell.BeginInvoke()
            Wait-Session $true
            for ($i = 0; $i -lt 400 -and $place -eq 'behind' -and -not $got.Count; $i++) { & $pause }
            & $pause
            $shell.Stop()
            $sent = @((Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests | Where-Object method -eq 'POST').Count
            # What came out belongs to whoever got it.
            for ($i = 0; $i -lt 500 -and @(Get-OpenSession).Count -ne $got.Count; $i++) { & $pause }
            $later = @((Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests | Where-Object method -eq 'POST').Count
            $open = @(Get-OpenSession).Count
            $place, ($later -eq $sent), $got.Count, $open -join '|'
            # The runspace is as good as new.
            $shell.Commands.Clear()
            $null = $shell.AddScript('Get-VcdSession | Remove-VcdBearer -Force').Invoke()
            $shell.Streams.Error.Count
        }
        "#,
    );
    assert_eq!(lines, ["here|True|0|0", "0", "before|True|0|0", "0", "behind|True|1|1", "0"]);
}

/// Half a class stays in the process; the next call emits a whole one.
fn a_stop_in_the_middle_of_emitting_is_no_end(site: &Site) {
    let lines = site.lines(
        r#"
        & (Get-Module VcdBearer) {
            function script:New-SessionClass($Builder) { $null = $Builder.DefineType('VcdBearer.Session', 1); throw 'stopped' }
            function script:New-PipelineWatchClass($Builder) { $null = $Builder.DefineType('VcdBearer.PipelineWatch', 1); throw 'stopped' }
        }
        foreach ($call in { $args | Get-VcdBearer @Site -Org acme }, { Get-VcdBearer @Site -Org acme -ApiToken $args[0] }) {
            try { & $call $Token } catch { "$_" }
        }
        # The types are the process's, the functions are whole again.
        Import-Module VcdBearer -Force
        ($Token, $Token | Get-VcdBearer @Site -Org acme).User -join '|'
        "#,
    );
    assert_eq!(lines, ["stopped", "stopped", "alice|alice"]);
}

fn a_module_that_is_removed_ends_what_nobody_received(site: &Site) {
    site.delay_exchanges(300);
    let lines = site.lines(
        r#"
        $kept = Get-VcdBearer @Site -Org acme -ApiToken $Token
        # From within a pipeline: some sessions are still on their way.
        try {
            1..20 | ForEach-Object { $Token } | Get-VcdBearer @Site -Org acme -NoCache | ForEach-Object {
                $first = $_
                Remove-Module VcdBearer -Force
                throw 'enough'
            }
        }
        catch { "$_" }
        for ($i = 0; $i -lt 500 -and @(Get-OpenSession).Count -gt 2; $i++) { [System.Threading.Thread]::Sleep(20) }
        @(Get-OpenSession).Count
        Import-Module VcdBearer
        $kept, $first | Test-VcdBearer
        @(Get-VcdSession).Count
        $kept, $first | Remove-VcdBearer
        @(Get-OpenSession).Count
        "#,
    );
    assert_eq!(lines, ["enough", "2", "True", "True", "2", "0"]);
}
