//! Many tokens through one pipeline.

use std::time::Duration;

use crate::Case;
use crate::site::{Site, run_within};

pub(crate) const CASES: &[Case] = &[
    ("every_form_of_input_is_taken_and_order_is_kept", every_form_of_input_is_taken_and_order_is_kept),
    ("rows_and_parameters_complete_each_other", rows_and_parameters_complete_each_other),
    ("no_input_is_no_call", no_input_is_no_call),
    ("one_bad_item_among_five_hundred_fails_alone", one_bad_item_among_five_hundred_fails_alone),
    (
        "each_failed_item_is_one_error_by_the_callers_preference",
        each_failed_item_is_one_error_by_the_callers_preference,
    ),
    ("an_error_names_its_item", an_error_names_its_item),
    ("a_secret_is_no_label", a_secret_is_no_label),
    ("a_token_alone_excludes_another", a_token_alone_excludes_another),
    ("progress_ends_however_the_pipeline_does", progress_ends_however_the_pipeline_does),
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
    assert_eq!(ran.errors_of("Get-VcdBearer"), 3, "{}", ran.stderr);
}

fn an_error_names_its_item(site: &Site) {
    let lines = site.lines(
        r#"
        $bad = 'a' * 32
        function Show-Failure {
            process {
                $text = foreach ($text in $_.Exception.Message, "$_", $_.ErrorDetails.RecommendedAction) { $text.Split(' ')[0..2] -join ' ' }
                $text + "$($_.TargetObject)" + $_.Exception.GetType().Name + $_.CategoryInfo.Category -join '|'
            }
        }
        $rows = @{ Name = 'first'; ApiToken = $bad }, $bad, 5, @{ Name = 'fourth'; Org = 'a/b'; ApiToken = $bad }, @{ Name = 'fifth'; Org = 'acme' },
            @{ Name = 'sixth'; Org = 'acme'; ApiToken = 5 }
        $rows | Get-VcdBearer @Site -Org acme -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures | Show-Failure
        # One item is not numbered; what it is about is known all the same.
        foreach ($call in @{ ApiToken = [pscredential]::new('backup', (ConvertTo-SecureString 'a b' -AsPlainText -Force)) }, @{ InputObject = 5 }) {
            try { Get-VcdBearer @Site -Org acme @call } catch { $_ | Show-Failure; "$_" }
        }
        "#,
    );
    let target = format!("first/localhost:{}/acme", site.simulator.port());
    let rejected = "AuthenticationException|AuthenticationError";
    let invalid = "ArgumentException|InvalidArgument";
    assert_eq!(
        lines,
        [
            format!(
                "first: localhost:{0} does|first: localhost:{0} does|In this order:|{target}|{rejected}",
                site.simulator.port()
            ),
            format!(
                "item 1: localhost:{0}|item 1: localhost:{0}|In this order:|localhost:{0}/acme|{rejected}",
                site.simulator.port()
            ),
            "item 2: An|item 2: An|Pipe API tokens||ArgumentException|InvalidType".into(),
            format!("fourth: The organization's|fourth: The organization's|Give the organization's|fourth|{invalid}"),
            format!("fifth: Nothing was|fifth: Nothing was|Give it; in|fifth|{invalid}"),
            format!("sixth: An object|sixth: An object|Give a SecureString,|sixth|{invalid}"),
            format!("The API token|The API token|Give the API|backup|{invalid}"),
            "The API token contains white space at position 2.".into(),
            "An object of|An object of|Pipe API tokens||ArgumentException|InvalidType".into(),
            "An object of the type System.Int32 was given as -InputObject.".into(),
        ]
    );
}

/// A credential whose user and password are swapped, and a token in the column of names.
fn a_secret_is_no_label(site: &Site) {
    let lines = site.lines(
        r#"
        $word = ConvertTo-SecureString 'alice' -AsPlainText -Force
        $jwt = (Get-VcdBearer @Site -Org acme -ApiToken $Token).AccessToken
        $secrets = $env:SIM_TENANT, " $env:SIM_TENANT ", $jwt, "Bearer $jwt"
        foreach ($secret in $secrets) {
            $swapped = [pscredential]::new($secret, $word)
            $all = @($swapped, @{ Name = $secret; ApiToken = $word } | Get-VcdBearer @Site -Org acme -ErrorVariable failures -ErrorAction SilentlyContinue -Verbose *>&1)
            try { Get-VcdBearer @Site -Org acme -ApiToken $swapped } catch { $failures += $_ }
            $failures.Count, @($failures | Where-Object { $_.Exception.Data.Contains('Label') }).Count -join '|'
            foreach ($text in @($all) + $failures | ForEach-Object { "$_", $_.TargetObject, $_.Exception, ($_ | Format-List * -Force | Out-String) }) {
                if ("$text".Contains($secret.Trim())) { "the secret is in: $text" }
            }
            $named = @{ Name = $secret; ApiToken = $Token } | Get-VcdBearer @Site -Org acme
            if ($named.Label) { "the label is $($named.Label)" }
        }
        # Names that people and systems make stay.
        $names = 'alice', 'b4f7c1d2e3a4958677deadbeefcafe01', 'Web servers in production', 'a.b.c'
        ($names | ForEach-Object { @{ Name = $_; ApiToken = $Token } } | Get-VcdBearer @Site -Org acme).Label -join '|'
        "#,
    );
    assert_eq!(lines[..4], ["3|0"; 4]);
    assert_eq!(lines[4..], ["alice|b4f7c1d2e3a4958677deadbeefcafe01|Web servers in production|a.b.c"]);
}

fn a_token_alone_excludes_another(site: &Site) {
    let lines = site.lines(
        r#"
        Set-Content token $env:SIM_TENANT
        # A name that was piped would go out as a token.
        $calls = { 'other.example' | Get-VcdBearer @Site -Org acme @args }, { Get-VcdBearer @Site -Org acme -InputObject $Token @args }
        foreach ($call in $calls) {
            foreach ($other in @{ ApiToken = $Token }, @{ TokenFile = 'token' }) {
                try { & $call @other } catch { $_.FullyQualifiedErrorId, "$_".Contains("-$($other.Keys) gives another"), "$_".Contains('other.example') -join '|' }
            }
        }
        "#,
    );
    assert_eq!(lines, ["Vcd.InvalidOption,Get-VcdBearer|True|False"; 4]);
    assert!(site.requests().is_empty(), "{:?}", site.requests());
    let lines = site.lines(
        r"
        # For one call, a default can be taken back.
        $PSDefaultParameterValues['Get-VcdBearer:ApiToken'] = 'a' * 32
        ($Token | Get-VcdBearer @Site -Org acme -ApiToken $null).User
        ",
    );
    assert_eq!(lines, ["alice"]);
}

fn progress_ends_however_the_pipeline_does(site: &Site) {
    site.delay_exchanges(3_000);
    let lines = site.lines(
        r#"
        $places = {
            param($tokens, $login) $tokens | Get-VcdBearer @login | Select-Object -First 1
        }, {
            param($tokens, $login) try { $tokens | Get-VcdBearer @login | ForEach-Object { throw 'further down' } } catch { 'caught' }
        }, {
            param($tokens, $login) try { $tokens + 'a b' | Get-VcdBearer @login -ErrorAction Stop } catch { 'caught' }
        }
        foreach ($place in $places) {
            $shell = [powershell]::Create()
            $login = @{ Server = $env:SIM_URL; Org = 'acme'; CACertificate = $env:SIM_CA; NoCache = $true; ThrottleLimit = 2 }
            $null = $shell.AddScript('Import-Module VcdBearer').Invoke()
            $shell.Commands.Clear()
            $results = $shell.AddScript($place).AddArgument(@($Token) * 8).AddArgument($login).Invoke()
            $progress = @($shell.Streams.Progress)
            ($results.Count -ge 1), ($progress.Count -gt 1), $progress[-1].RecordType, $shell.Streams.Error.Count -join '|'
        }
        "#,
    );
    assert_eq!(lines, ["True|True|Completed|0"; 3]);
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
    // So that there are always some on their way.
    site.delay_exchanges(200);
    let lines = site.lines(
        r#"
        # How many sessions are open, once they are as many as expected; no command of the module runs meanwhile.
        function Wait-Count([int] $Count) {
            for ($i = 0; $i -lt 500 -and @(Get-OpenSession).Count -ne $Count; $i++) { [System.Threading.Thread]::Sleep(20) }
            @(Get-OpenSession).Count
        }
        $tokens = @($Token) * 100
        $login = $Site + @{ Org = 'acme'; NoCache = $true }
        ($tokens | Get-VcdBearer @login | Select-Object -First 3).InputIndex -join '|'
        Wait-Count 3
        try { $tokens | Get-VcdBearer @login | ForEach-Object { throw 'a failure further down' } } catch { "$_" }
        # The session that the command got is its own affair.
        Wait-Count 4
        $got = [System.Collections.ArrayList]::new()
        try { & { $tokens; throw 'a failure further up' } | Get-VcdBearer @login | ForEach-Object { $null = $got.Add($_) } } catch { "$_" }
        $sent = (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.Count
        # What came out before the failure stays.
        $got.Count -gt 60 -and $got.Count -lt 100
        (Wait-Count (4 + $got.Count)) - $got.Count
        @((Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests | Select-Object -Skip $sent | Where-Object method -eq 'POST').Count
        # And no watch is left.
        & (Get-Module VcdBearer) { $script:PipelineWatches.Count }
        "#,
    );
    assert_eq!(lines[..4], ["0|1|2", "3", "a failure further down", "4"]);
    assert_eq!(lines[4..], ["a failure further up", "True", "4", "0", "0"]);
}

fn memory_does_not_grow_with_the_input(site: &Site) {
    let script = site.script(
        r#"
        # What the process holds after so many log-ins have passed, in megabytes: managed memory, and all of it but the sessions, which
        # Get-VcdSession lists until they are removed.
        function Measure-Memory([int] $Count) {
            & { for ($i = 0; $i -lt $Count; $i++) { $Token } } | Get-VcdBearer @Site -Org acme -NoCache -ThrottleLimit 32 |
                ForEach-Object { $script:last = $_ }
            $managed = [System.GC]::GetTotalMemory($true)
            $whole = [System.Diagnostics.Process]::GetCurrentProcess().PrivateMemorySize64
            # Last, since the list takes memory too.
            $sessions = @(Get-VcdSession).Count * 8KB
            [pscustomobject] @{ Managed = $managed / 1MB; Rest = ($whole - $sessions) / 1MB; Last = $script:last.InputIndex }
        }
        $null = Measure-Memory 200
        $few = Measure-Memory 1000
        $many = Measure-Memory 10000
        $few.Last, $many.Last -join '|'
        if ($many.Managed - $few.Managed -gt 1) { "managed memory grew from $($few.Managed) to $($many.Managed) MB" }
        # 7 KB for each: .NET gives back memory when it likes.
        if ($many.Rest - $few.Rest -gt 64) { "memory grew from $($few.Rest) to $($many.Rest) MB" }
        "#,
    );
    // A minute, where nothing else runs.
    let ran = run_within(site.file(&script), Duration::from_secs(1200));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "999|9999\n"), "{}", ran.stderr);
    assert_eq!(site.simulator.sessions().len(), 11_200, "each is an exchange of its own");
}
