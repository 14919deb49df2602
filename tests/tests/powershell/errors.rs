//! What a failure looks like, and what it stops.

use vcd_auth::FailureKind;

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("a_revoked_token_stops_the_script", a_revoked_token_stops_the_script),
    ("an_explicit_error_action_is_honoured", an_explicit_error_action_is_honoured),
    ("a_failure_can_be_caught_and_told_apart", a_failure_can_be_caught_and_told_apart),
    ("a_failed_item_of_a_pipeline_fails_alone", a_failed_item_of_a_pipeline_fails_alone),
    ("every_kind_of_answer_has_its_error", every_kind_of_answer_has_its_error),
    ("every_failure_makes_its_record", every_failure_makes_its_record),
    ("a_request_to_wait_is_a_number_of_seconds", a_request_to_wait_is_a_number_of_seconds),
    ("a_server_that_is_not_there_has_its_error", a_server_that_is_not_there_has_its_error),
    ("a_native_call_that_fails_is_an_error", a_native_call_that_fails_is_an_error),
];

fn revoke(site: &Site) {
    assert!(site.simulator.revoke_token(&site.tenant().name));
}

fn a_revoked_token_stops_the_script(site: &Site) {
    revoke(site);
    // Just what a person would write: no preference set, no prelude.
    let script = site.bare_script(
        "Import-Module VcdBearer\n\
         $token = ConvertTo-SecureString $env:SIM_TENANT -AsPlainText -Force\n\
         $b = Get-VcdBearer $env:SIM_URL acme -ApiToken $token -CACertificate $env:SIM_CA # the login\n\
         'the next line ran'\n",
    );
    let ran = crate::site::run(site.file(&script));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    assert_eq!(ran.errors_of("Get-VcdBearer"), 1, "{}", ran.stderr);
    let told = ran.told();
    assert!(told.contains("job.ps1:4"), "{told}");
    assert!(told.contains("$b = Get-VcdBearer $env:SIM_URL acme"), "{told}");
    assert!(told.contains("does not accept the API token"), "{told}");
    assert!(told.contains("make a new token in the portal"), "{told}");
    assert!(!told.contains(&site.tenant().api_token), "{told}");
}

fn an_explicit_error_action_is_honoured(site: &Site) {
    revoke(site);
    let ran = site.run(
        r"
        $ErrorActionPreference = 'SilentlyContinue'
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token -ErrorAction SilentlyContinue -ErrorVariable failures
        'went on', ($null -eq $b), $failures.Count, $failures[0].FullyQualifiedErrorId, $Error.Count -join '|'
        Get-VcdBearer @Site -Org acme -ApiToken $Token -ErrorAction Continue
        'went on again'
        $Error.Clear()
        Get-VcdBearer @Site -Org acme -ApiToken $Token -ErrorAction Ignore
        $Error.Count
        Get-VcdBearer @Site -Org acme -ApiToken $Token
        'not reached, whatever the preference of the caller'
        ",
    );
    assert_eq!(ran.code, Some(1));
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines, ["went on|True|1|Vcd.TokenRejected,Get-VcdBearer|1", "went on again", "0"], "{}", ran.stderr);
    assert_eq!(ran.errors_of("Get-VcdBearer"), 2, "{}", ran.stderr);
}

fn a_failure_can_be_caught_and_told_apart(site: &Site) {
    revoke(site);
    let lines = site.lines(
        r#"
        try {
            Get-VcdBearer @Site -Org acme -ApiToken ([pscredential]::new('backup', $Token))
        }
        catch [System.Security.Authentication.AuthenticationException] {
            $_.FullyQualifiedErrorId
            "$($_.CategoryInfo.Category)"
            $_.TargetObject
            foreach ($detail in 'Status', 'HttpStatus', 'Retryable', 'OutcomeUnknown') {
                $value = $_.Exception.Data[$detail]
                "$detail $($value.GetType().Name) $value"
            }
            $_.Exception.Data['RequestId'].Length -gt 8
            $_.Exception.Message.EndsWith($_.ErrorDetails.RecommendedAction)
            $_.Exception.Message.StartsWith("$_")
            $_.InvocationInfo.Line.Trim().StartsWith('Get-VcdBearer @Site')
            $Error.Count
        }
        "#,
    );
    let target = format!("backup/localhost:{}/acme", site.simulator.port());
    assert_eq!(
        lines,
        [
            "Vcd.TokenRejected,Get-VcdBearer",
            "AuthenticationError",
            &target,
            "Status Int32 3001",
            "HttpStatus Int32 400",
            "Retryable Boolean False",
            "OutcomeUnknown Boolean False",
            "True",
            "True",
            "True",
            "True",
            "1"
        ]
    );
}

fn a_failed_item_of_a_pipeline_fails_alone(site: &Site) {
    let script = r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $ErrorActionPreference = 'Continue'
        $b, 'not a session', $b | Test-VcdBearer
        'went on'
        & { $ErrorActionPreference = 'SilentlyContinue'; $b, 5, $b | Test-VcdBearer }
        $b, 5, $b | Test-VcdBearer -ErrorAction Stop
        'not reached'
        ";
    let ran = site.run(script);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(
        ran.stdout.lines().collect::<Vec<_>>(),
        ["True", "True", "went on", "True", "True", "True"],
        "{}",
        ran.stderr
    );
    assert_eq!(ran.errors_of("Test-VcdBearer"), 2, "{}", ran.stderr);
}

fn every_kind_of_answer_has_its_error(site: &Site) {
    for (status, name) in
        [(401, "AccessDenied"), (403, "AccessDenied"), (429, "RateLimited"), (503, "ServiceUnavailable")]
    {
        let matching = vcdsim::Match { path: Some("/oauth/".to_owned()), ..vcdsim::Match::default() };
        let effect = vcdsim::Effect { status: Some(status), ..vcdsim::Effect::default() };
        site.simulator.add_fault(vcdsim::Fault { matching, effect, times: Some(1), skip: 0 });
        let lines = site.lines(
            r"
            try { Get-VcdBearer @Site -Org acme -ApiToken $Token } catch { $_.FullyQualifiedErrorId, $_.Exception.Data['HttpStatus'] -join '|' }
            ",
        );
        assert_eq!(lines, [format!("Vcd.{name},Get-VcdBearer|{status}")]);
    }
    assert_eq!(site.simulator.journal().requests.len(), 4, "an exchange is sent once");
}

fn every_failure_makes_its_record(site: &Site) {
    let lines = site.lines(
        r#"
        & (Get-Module VcdBearer) {
            $table = Get-FailureTable
            foreach ($name in $table.Keys | Sort-Object { $table[$_][0] }) {
                $record = New-FailureRecord @{ name = $name; message = 'It failed.'; action = 'Do this.' } 'here'
                $null, $category, $class = $table[$name]
                $type = $record.Exception.GetType()
                # Scripts catch by type: a general one would catch everything.
                if ($type.FullName -ne $class -or $type -in [System.Exception], [System.SystemException]) { "$name is a $type" }
                if ($record.CategoryInfo.Category -ne $category) { "$name is of the category $($record.CategoryInfo.Category)" }
                # Only what has causes that nobody knows is of no category.
                if ($category -eq 'NotSpecified' -and $name -notin 'PowerCliFailed', 'Panic', 'Internal') { "$name is of no category" }
                $record.Exception.Data['Status'], $record.FullyQualifiedErrorId, $record.Exception.Message, $record.TargetObject -join '|'
            }
        }
        "#,
    );
    let record = |kind: &FailureKind| format!("{}|Vcd.{}|It failed. Do this.|here", kind.number(), kind.name());
    assert_eq!(lines, FailureKind::ALL.iter().map(record).collect::<Vec<_>>());
}

fn a_request_to_wait_is_a_number_of_seconds(site: &Site) {
    let matching = vcdsim::Match { path: Some("/oauth/".to_owned()), ..vcdsim::Match::default() };
    let headers = [("Retry-After".to_owned(), "7".to_owned())].into();
    let effect = vcdsim::Effect { status: Some(503), headers, ..vcdsim::Effect::default() };
    site.simulator.add_fault(vcdsim::Fault { matching, effect, times: Some(1), skip: 0 });
    let lines = site.lines(
        r"
        try { Get-VcdBearer @Site -Org acme -ApiToken $Token } catch {
            foreach ($detail in 'RetryAfterSec', 'Retryable') {
                $value = $_.Exception.Data[$detail]
                $value.GetType().Name, $value -join '|'
            }
        }
        ",
    );
    assert_eq!(lines, ["Int32|7", "Boolean|True"]);
}

fn a_server_that_is_not_there_has_its_error(site: &Site) {
    let lines = site.lines(
        r"
        foreach ($server in 'localhost:1', 'no-such-host.invalid') {
            try { Get-VcdBearer $server acme -ApiToken $Token } catch { $_.FullyQualifiedErrorId }
        }
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        try { Test-VcdBearer $b.AccessToken -Server localhost:1 } catch { $_.FullyQualifiedErrorId, $_.TargetObject -join '|' }
        ",
    );
    assert_eq!(
        lines,
        [
            "Vcd.ConnectFailed,Get-VcdBearer",
            "Vcd.NameNotResolved,Get-VcdBearer",
            "Vcd.ConnectFailed,Test-VcdBearer|localhost:1"
        ]
    );
}

fn a_native_call_that_fails_is_an_error(site: &Site) {
    // So that there is something to wait for.
    site.delay_exchanges(300);
    let lines = site.lines(
        r#"
        & (Get-Module VcdBearer) {
            # In place of one function of the library, a number that it returns; the others are called.
            $script:Real = ${function:Invoke-NativeFunction}
            $script:Broken = ''
            function script:Invoke-NativeFunction {
                param([string] $Name, [object[]] $Arguments)
                if ($Name -ne $script:Broken) { return & $script:Real $Name $Arguments }
                # Numbers that the library writes back.
                for ($i = 0; $i -lt $Arguments.Count; $i++) { if ($null -eq $Arguments[$i]) { $Arguments[$i] = 0 } }
                $script:Returned
            }
        }
        foreach ($broken in 'vcd_client_open', 'vcd_exchange', 'vcd_wait', 'vcd_request_describe', 'vcd_request_take_secret') {
            foreach ($returned in 9002, 1001) {
                & (Get-Module VcdBearer) { $script:Broken, $script:Returned = $args } $broken $returned
                foreach ($form in @{ NoCache = $true }, @{ AsPlainText = $true }) {
                    $result = Get-VcdBearer @Site -Org acme -ApiToken $Token @form -ErrorAction SilentlyContinue
                    $record = $Error[0]
                    "$result", $record.FullyQualifiedErrorId, $record.Exception.Message.Contains("$broken returned $returned") -join '|'
                    $Error.Clear()
                }
            }
        }
        "#,
    );
    let four = ["OutOfResources", "OutOfResources", "InvalidArgument", "InvalidArgument"];
    let expected = four.map(|name| format!("|Vcd.{name},Get-VcdBearer|True"));
    assert_eq!(lines, [&expected[..]; 5].concat());
}
