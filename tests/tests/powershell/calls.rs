//! REST calls with a session.

use std::fs;

use vcdsim::{Effect, Fault, Match, Options};

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("both_interfaces_are_called", both_interfaces_are_called),
    ("six_hundred_machines_are_listed_in_both_interfaces", six_hundred_machines_are_listed_in_both_interfaces),
    ("a_token_revoked_midway_is_one_error_with_a_count", a_token_revoked_midway_is_one_error_with_a_count),
    ("failures_of_calls_carry_what_the_server_says", failures_of_calls_carry_what_the_server_says),
    ("bodies_are_sent_as_what_they_are", bodies_are_sent_as_what_they_are),
    ("calls_that_cannot_be_are_refused_without_a_connection", calls_that_cannot_be_are_refused_without_a_connection),
    ("an_answer_goes_to_a_file", an_answer_goes_to_a_file),
    ("what_changes_something_asks_first", what_changes_something_asks_first),
    ("headers_serve_calls_of_ones_own_and_hide_the_secret", headers_serve_calls_of_ones_own_and_hide_the_secret),
];

fn both_interfaces_are_called(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $me = Invoke-VcdRestMethod /cloudapi/1.0.0/sessions/current -Session $b
        $me.user.name, $me.org.name -join '|'
        $xml = $b | Invoke-VcdRestMethod /api/session
        $xml.GetType().Name, $xml.Session.user -join '|'
        (Invoke-VcdRestMethod /api/session -Accept 'application/*+json').user
        # By address, with a version, as text with a bearer, and with the only session there is.
        (Invoke-VcdRestMethod "$env:SIM_URL/cloudapi/1.0.0/sessions/current" -Session $b -ApiVersion 37.0).user.name
        (Invoke-VcdRestMethod /api/session -Session $b.AccessToken @Site).Session.user
        @(Invoke-VcdRestMethod /api/org/ | ForEach-Object { $_.OrgList.Org }).name
        (Invoke-VcdRestMethod '/api/query?type=vm&format=records').QueryResultRecords.VMRecord[0].name
        $null -eq (Invoke-VcdRestMethod /cloudapi/1.0.0/sessions/current -Method Delete)
        Test-VcdBearer $b
        "#,
    );
    assert_eq!(
        lines,
        ["alice|acme", "XmlDocument|alice", "alice", "alice", "alice", "acme", "app-001-vm-1", "True", "False"]
    );
    let versions = site.requests().iter().filter(|request| request.ends_with("/api/versions")).count();
    assert_eq!(versions, 1, "the version is agreed on once");
}

fn six_hundred_machines_are_listed_in_both_interfaces(site: &Site) {
    let site = Site::with_options(site.shell.clone(), Options { inventory_vms: 600, ..Options::default() });
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $shell = [powershell]::Create()
        $null = $shell.AddScript({
            param($b, $path, $more)
            Import-Module VcdBearer
            Invoke-VcdRestMethod $path -Session $b -All @more
        })
        $paths = '/api/query?type=vm&format=records&sortAsc=name&pageSize=128', '/cloudapi/1.0.0/securityTags/entities?pageSize=128'
        foreach ($path in $paths) {
            $shell.Commands.Commands[0].Parameters.Clear()
            $null = $shell.AddArgument($b).AddArgument($path).AddArgument(@{})
            $all = $shell.Invoke()
            $all.Count, @($all.name | Select-Object -Unique).Count, $all[599].name -join '|'
            $progress = @($shell.Streams.Progress)
            $progress.Count, $progress[0].StatusDescription, $progress[0].PercentComplete, $progress[-1].RecordType -join '|'
            $shell.Streams.ClearStreams()
        }
        # The XML interface in JSON, and as many as are wanted.
        @(Invoke-VcdRestMethod $paths[0] -All -Accept 'application/*+json').Count
        (Invoke-VcdRestMethod $paths[0] -All | Select-Object -First 2).name -join ','
        "#,
    );
    let progress = "5|128 of 600 records|21|Completed";
    assert_eq!(lines[0], "600|600|app-120-vm-5");
    assert_eq!(lines[2], "600|600|app-120-vm-5");
    assert_eq!([&lines[1], &lines[3]], [progress, progress]);
    assert_eq!(lines[4..], ["600", "app-001-vm-1,app-001-vm-2"]);
}

fn a_token_revoked_midway_is_one_error_with_a_count(site: &Site) {
    let site = Site::with_options(site.shell.clone(), Options { inventory_vms: 600, ..Options::default() });
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $name = ((Invoke-RestMethod "$env:SIM_CONTROL/sim/tokens").tokens | Where-Object user -EQ alice).name
        $count = 0
        try {
            Invoke-VcdRestMethod '/api/query?type=vm&format=records&pageSize=100' -Session $b -All | ForEach-Object {
                $count++
                if ($count -eq 250) { $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/tokens/$name" -Method Delete }
            }
        }
        catch {
            $_.FullyQualifiedErrorId, $_.Exception.Data['Delivered'], "$_".Contains('300 records were delivered') -join '|'
        }
        $count, $Error.Count -join '|'
        "#,
    );
    assert_eq!(lines, ["Vcd.SessionExpired,Invoke-VcdRestMethod|300|True", "300|1"]);
}

fn failures_of_calls_carry_what_the_server_says(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $calls = @{ Path = '/api/nonesuch' }, @{ Path = '/cloudapi/1.0.0/nonesuch' }, @{ Path = '/api/session'; ApiVersion = '9.9' },
            @{ Path = '/cloudapi/1.0.0/sessions/current'; Method = 'Put'; Body = @{} }, @{ Path = '/nowhere' }
        foreach ($call in $calls) {
            try { Invoke-VcdRestMethod @call -Session $b } catch {
                $data = $_.Exception.Data
                $_.FullyQualifiedErrorId, $data['HttpStatus'], $data['MinorErrorCode'], ($data['RequestId'] -match '^[0-9a-f-]{36}$') -join '|'
            }
        }
        "#,
    );
    assert_eq!(
        lines,
        [
            "Vcd.NotFound,Invoke-VcdRestMethod|404|RESOURCE_NOT_FOUND|True",
            "Vcd.NotFound,Invoke-VcdRestMethod|404|RESOURCE_NOT_FOUND|True",
            "Vcd.ApiVersionUnsupported,Invoke-VcdRestMethod|406|NOT_ACCEPTABLE|True",
            "Vcd.RequestRejected,Invoke-VcdRestMethod|405|METHOD_NOT_ALLOWED|True",
            "Vcd.NotFound,Invoke-VcdRestMethod|404||True",
        ]
    );
}

fn bodies_are_sent_as_what_they_are(site: &Site) {
    let matching = Match { path: Some("/echo".to_owned()), ..Match::default() };
    let effect = Effect { status: Some(200), body: Some("plain".to_owned()), ..Effect::default() };
    site.simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    let lines = site.lines(
        r#"
        # What would be sent, and as which type.
        $module = Get-Module VcdBearer
        foreach ($body in @{ name = 'x' }, [pscustomobject] @{ a = 1, 2 }, 'text', [xml] '<a b="c"/>', ([byte[]] (1, 2))) {
            & $module { $request = @{}; $bytes = ConvertTo-RequestBody @{ Body = $args[0] } $request; [System.Text.Encoding]::UTF8.GetString($bytes), $request['content_type'] -join '|' } $body
        }
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Invoke-VcdRestMethod /cloudapi/echo -Session $b -Method Post -Body @{ a = 1 }
        "#,
    );
    assert_eq!(
        lines,
        [
            r#"{"name":"x"}|application/json"#,
            r#"{"a":[1,2]}|application/json"#,
            "text|",
            r#"<a b="c" />|application/xml"#,
            "\u{1}\u{2}|",
            "plain"
        ]
    );
}

fn calls_that_cannot_be_are_refused_without_a_connection(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/journal" -Method Delete
        $calls = @{}, @{ Path = '' }, @{ Path = 'api/session' }, @{ Path = 'https://elsewhere.example.com/api/session' },
            @{ Path = 'http://localhost/api/session' }, @{ Path = '/api/../x' }, @{ Path = '//elsewhere.example.com/api' },
            @{ Path = "/api/a`nb" }, @{ Path = '/api/x'; All = $true; OutFile = 'x' }, @{ Path = '/api/x'; All = $true; Method = 'Post' },
            @{ Path = '/api/x'; Method = 'Post'; Body = 'x' }, @{ Path = '/api/x'; ApiVersion = 'x y' }
        foreach ($call in $calls) {
            try { Invoke-VcdRestMethod @call -Session $b } catch { ($_.FullyQualifiedErrorId -split ',')[0] }
        }
        (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.Count
        "#,
    );
    let mut expected = vec!["Vcd.MissingParameter"; 2];
    expected.extend(["Vcd.InvalidOption"; 8]);
    // Of what type the body is.
    expected.extend(["Vcd.MissingParameter", "Vcd.InvalidOption", "0"]);
    assert_eq!(lines, expected);
}

fn an_answer_goes_to_a_file(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $null -eq (Invoke-VcdRestMethod /api/session -Session $b -OutFile ./session.xml)
        try { Invoke-VcdRestMethod /api/session -Session $b -OutFile ./none/session.xml } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    assert_eq!(lines, ["True", "Vcd.InvalidOption,Invoke-VcdRestMethod"]);
    let saved = fs::read_to_string(site.home.path().join("session.xml")).expect("the file");
    assert!(saved.starts_with("<?xml") && saved.contains("alice"), "{saved}");
}

fn what_changes_something_asks_first(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Invoke-VcdRestMethod /api/session -Session $b -Method Delete -WhatIf
        & { $WhatIfPreference = $true; Invoke-VcdRestMethod /api/session -Session $b -Method Delete }
        (Invoke-VcdRestMethod /api/session -Session $b -WhatIf).Session.user
        "#,
    );
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines[..2].iter().all(|line| line.starts_with("What if: ") && line.contains("Delete")), "{lines:#?}");
    assert_eq!(lines[2], "alice");
}

fn headers_serve_calls_of_ones_own_and_hide_the_secret(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $json = Get-VcdApiHeader $b
        $json['Accept'], ($json['Authorization'] -ceq "$b") -join '|'
        ($b | Get-VcdApiHeader -As Xml -ApiVersion 37.0)['Accept']
        (Invoke-RestMethod "$env:SIM_URL/cloudapi/1.0.0/sessions/current" -Headers $json -SkipCertificateCheck).user.name
        $xml = Invoke-RestMethod "$env:SIM_URL/api/session" -Headers (Get-VcdApiHeader $b -As Xml) -SkipCertificateCheck
        $xml.Session.user
        foreach ($view in ($json | Out-String), ($json | Format-List | Out-String), ($json | Format-Table | Out-String)) {
            if ($view.Contains($b.AccessToken) -or $view -notmatch 'masked') { "a view shows the secret: $view" }
        }
        # From the text of a bearer, and not from what has none.
        (Get-VcdApiHeader (ConvertTo-SecureString $b.AccessToken -AsPlainText -Force) @Site)['Authorization'] -ceq "$b"
        try { Get-VcdSession | Get-VcdApiHeader } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    assert_eq!(
        lines,
        [
            "application/json;version=39.0|True",
            "application/*+xml;version=37.0",
            "alice",
            "alice",
            "True",
            "Vcd.SessionRequired,Get-VcdApiHeader"
        ]
    );
}
