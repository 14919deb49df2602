//! Many tokens through one pipeline.

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("every_form_of_input_is_taken_and_order_is_kept", every_form_of_input_is_taken_and_order_is_kept),
    ("rows_and_parameters_complete_each_other", rows_and_parameters_complete_each_other),
    ("no_input_is_no_call", no_input_is_no_call),
    ("one_bad_item_among_five_hundred_fails_alone", one_bad_item_among_five_hundred_fails_alone),
    (
        "each_failed_item_is_one_error_by_the_callers_preference",
        each_failed_item_is_one_error_by_the_callers_preference,
    ),
    ("no_more_are_under_way_than_the_limit", no_more_are_under_way_than_the_limit),
    ("a_slow_command_holds_the_line_and_loses_nothing", a_slow_command_holds_the_line_and_loses_nothing),
    ("what_is_not_taken_is_ended", what_is_not_taken_is_ended),
    ("memory_does_not_grow_with_the_input", memory_does_not_grow_with_the_input),
];

fn every_form_of_input_is_taken_and_order_is_kept(site: &Site) {
    let lines = site.lines(
        r#"
        Set-Content rows.csv "Name,Server,Org,ApiToken", "csv,$env:SIM_URL,acme,$env:SIM_TENANT"
        $input = @(
            $Token
            $env:SIM_TENANT
            [pscredential]::new('backup', $Token)
            @{ Org = 'System'; ApiToken = $env:SIM_PROVIDER; Name = 'table' }
            [pscustomobject] @{ org = 'Blue Sky'; apitoken = ConvertTo-SecureString $env:SIM_BLUE_SKY -AsPlainText -Force }
            Import-Csv rows.csv
            [ordered] @{ ApiToken = [pscredential]::new('other', $Token); Name = 'named' }
        )
        $input | Get-VcdBearer @Site -Org acme | ForEach-Object { $_.InputIndex, $_.Org, $_.User, $_.Label -join '|' }
        # By name, one item counts as one.
        (Get-VcdBearer @Site -Org acme -InputObject $Token).User
        # The bare token, in order too.
        $bare = $env:SIM_TENANT, $Token | Get-VcdBearer @Site -Org acme -AsPlainText
        $bare.Count, $bare[0].GetType().Name -join '|'
        "#,
    );
    assert_eq!(
        lines,
        [
            "0|acme|alice|",
            "1|acme|alice|",
            "2|acme|alice|backup",
            "3|System|administrator|table",
            "4|Blue Sky|dave|",
            "5|acme|alice|csv",
            "6|acme|alice|named",
            "alice",
            "2|String",
        ]
    );
}

fn rows_and_parameters_complete_each_other(site: &Site) {
    let lines = site.lines(
        r#"
        # A token for all, and two sites by two names.
        $rows = @{ Server = "localhost:$env:SIM_PORT" }, @{ Server = "127.0.0.1:$env:SIM_PORT"; Org = 'acme' }
        ($rows | Get-VcdBearer -Org acme -ApiToken $Token -CACertificate $env:SIM_CA).Server -join '|'
        # What a row says beats the parameter; an empty cell says nothing.
        $rows = [pscustomobject] @{ Server = ''; Org = 'System'; ApiToken = $env:SIM_PROVIDER }, @{ Org = $null }
        ($rows | Get-VcdBearer @Site -Org acme -ApiToken $Token).Org -join '|'
        (@{ ApiToken = $env:SIM_PROVIDER } | Get-VcdBearer @Site -Provider).IsProvider
        "#,
    );
    assert_eq!(lines, ["localhost|127.0.0.1", "System|acme", "True"]);
}

fn no_input_is_no_call(site: &Site) {
    site.passes("@() | Get-VcdBearer @Site -Org acme");
    assert_eq!(site.simulator.journal().connections, 0);
}

fn one_bad_item_among_five_hundred_fails_alone(site: &Site) {
    let lines = site.lines(
        r#"
        # A shell within the shell: its progress can be read.
        $shell = [powershell]::Create()
        $null = $shell.AddScript({
            param($Server, $CACertificate, $Token)
            Import-Module VcdBearer
            $rows = foreach ($i in 0..499) { [pscustomobject] @{ ApiToken = $Token; Name = "row $i" } }
            $rows[321].ApiToken = 'a' * 32
            $rows | Get-VcdBearer $Server acme -CACertificate $CACertificate -NoCache
        }).AddArgument($env:SIM_URL).AddArgument($env:SIM_CA).AddArgument($env:SIM_TENANT)
        $sessions = $shell.Invoke()
        $sessions.Count, @($sessions.SessionId | Select-Object -Unique).Count -join '|'
        $expected = 0..499 | Where-Object { $_ -ne 321 }
        ($sessions.InputIndex -join ',') -eq ($expected -join ',')
        ($sessions.Label -join ',') -eq (($expected | ForEach-Object { "row $_" }) -join ',')
        foreach ($record in $shell.Streams.Error) {
            $record.FullyQualifiedErrorId, $record.Exception.Data['InputIndex'], $record.Exception.Data['Label'], $record.TargetObject -join '|'
        }
        $progress = @($shell.Streams.Progress)
        $progress.Count -gt 1 -and $progress[-1].RecordType -eq 'Completed'
        @($progress | Where-Object StatusDescription -Match '^[1-9]\d* done \([01] failed\), \d+ under way$').Count -gt 0
        "#,
    );
    let port = site.simulator.port();
    let failure = format!("Vcd.TokenRejected,Get-VcdBearer|321|row 321|row 321/localhost:{port}/acme");
    assert_eq!(lines, ["499|499", "True", "True", failure.as_str(), "True", "True"]);
    assert_eq!(site.requests().len(), 500, "each token is sent once");
}

fn each_failed_item_is_one_error_by_the_callers_preference(site: &Site) {
    let ran = site.run(
        r"
        $bad = 'a' * 32
        $ErrorActionPreference = 'Continue'
        ($bad, $Token, 5, $bad, $Token | Get-VcdBearer @Site -Org acme).InputIndex -join '|'
        ($Error | ForEach-Object { $_.FullyQualifiedErrorId, $_.Exception.Data['InputIndex'] -join ' ' }) -join '|'
        $Error.Clear()
        $ErrorActionPreference = 'Stop'
        try { $Token, $bad, $Token | Get-VcdBearer @Site -Org acme | ForEach-Object { $_.InputIndex } } catch { 'stopped' }
        $Error.Count
        ",
    );
    assert_eq!(
        ran.stdout.lines().collect::<Vec<_>>(),
        [
            "1|4",
            "Vcd.TokenRejected,Get-VcdBearer 3|Vcd.UnsupportedInput,Get-VcdBearer 2|Vcd.TokenRejected,Get-VcdBearer 0",
            "0",
            "stopped",
            "1"
        ],
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.matches("Get-VcdBearer: ").count(), 3, "{}", ran.stderr);
}

fn no_more_are_under_way_than_the_limit(site: &Site) {
    site.delay_exchanges(300);
    let lines = site.lines(
        r"
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $all = 1..8 | ForEach-Object { $Token } | Get-VcdBearer @Site -Org acme -NoCache -ThrottleLimit 2
        $all.Count
        # Two at a time make four rounds of 300 ms.
        $clock.ElapsedMilliseconds -ge 1200
        ",
    );
    assert_eq!(lines, ["8", "True"]);
}

/// Longer than the time limit of each log-in.
fn a_slow_command_holds_the_line_and_loses_nothing(site: &Site) {
    let lines = site.lines(
        r#"
        $all = 1..200 | ForEach-Object { $Token } |
            Get-VcdBearer @Site -Org acme -NoCache -TimeoutSec 2 -ThrottleLimit 8 |
            ForEach-Object {
                if ($_.InputIndex -eq 20) {
                    Start-Sleep -Seconds 5
                    (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.Count -le 21 + 2 * 8
                }
                $_
            }
        $all[20]
        $all.Count, @($all | Select-Object -Skip 21 | Where-Object { Test-VcdBearer $_ }).Count -join '|'
        "#,
    );
    assert_eq!(lines, ["True", "201|180"]);
    assert_eq!(site.simulator.sessions().len(), 200);
}

fn what_is_not_taken_is_ended(site: &Site) {
    let lines = site.lines(
        r#"
        function Wait-Count([int] $Count) {
            for ($i = 0; $i -lt 1000 -and @(Get-OpenSession).Count -ne $Count; $i++) { [System.Threading.Thread]::Sleep(20) }
            @(Get-OpenSession).Count
        }
        $tokens = @($Token) * 100
        $login = $Site + @{ Org = 'acme'; NoCache = $true }
        ($tokens | Get-VcdBearer @login | Select-Object -First 3).InputIndex -join '|'
        Wait-Count 3
        try { $tokens | Get-VcdBearer @login | ForEach-Object { throw 'a failure further down' } } catch { "$_" }
        # The session that the command got is its own affair.
        Wait-Count 4
        try { & { $tokens; throw 'a failure further up' } | Get-VcdBearer @login | Out-Null } catch { "$_" }
        # What came out before the failure stays; the look-ahead is ended.
        [System.Threading.Thread]::Sleep(1000)
        @(Get-OpenSession).Count -ge 4 + 100 - 32 -and @(Get-OpenSession).Count -le 4 + 100
        $sent = (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.Count
        Start-Sleep -Milliseconds 500
        (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.Count -eq $sent
        "#,
    );
    assert_eq!(lines[..4], ["0|1|2", "3", "a failure further down", "4"]);
    assert_eq!(lines[4..], ["a failure further up", "True", "True"]);
}

fn memory_does_not_grow_with_the_input(site: &Site) {
    let lines = site.lines(
        r#"
        # What the process holds after so many sessions have passed, in megabytes: managed memory, and all of it.
        function Measure-Memory([int] $Count) {
            & { for ($i = 0; $i -lt $Count; $i++) { $Token } } | Get-VcdBearer @Site -Org acme | ForEach-Object { $script:last = $_ }
            $managed = [System.GC]::GetTotalMemory($true) / 1MB
            $process = [System.Diagnostics.Process]::GetCurrentProcess()
            [pscustomobject] @{ Managed = $managed; Whole = $process.PrivateMemorySize64 / 1MB; Last = $script:last.InputIndex }
        }
        $null = Measure-Memory 500
        $few = Measure-Memory 500
        $many = Measure-Memory 5000
        $few.Last, $many.Last -join '|'
        if ($many.Managed - $few.Managed -gt 4) { "managed memory grew from $($few.Managed) to $($many.Managed) MB" }
        if ($many.Whole - $few.Whole -gt 64) { "memory grew from $($few.Whole) to $($many.Whole) MB" }
        "#,
    );
    assert_eq!(lines, ["499|4999"]);
}
