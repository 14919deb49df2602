//! REST calls with a session.

use std::fs;

use vcdsim::{Close, Effect, Fault, Match};

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("both_interfaces_are_called", both_interfaces_are_called),
    ("failures_of_calls_carry_what_the_server_says", failures_of_calls_carry_what_the_server_says),
    ("bodies_are_sent_as_what_they_are", bodies_are_sent_as_what_they_are),
    ("a_broken_answer_is_not_repeated", a_broken_answer_is_not_repeated),
    ("calls_that_cannot_be_are_refused_without_a_connection", calls_that_cannot_be_are_refused_without_a_connection),
    ("an_answer_goes_to_a_file", an_answer_goes_to_a_file),
    ("what_changes_something_asks_first", what_changes_something_asks_first),
    ("headers_serve_calls_of_ones_own_and_hide_the_secret", headers_serve_calls_of_ones_own_and_hide_the_secret),
    ("broken_answers_are_failures_of_ours", broken_answers_are_failures_of_ours),
    ("a_change_of_unknown_outcome_is_not_to_be_repeated", a_change_of_unknown_outcome_is_not_to_be_repeated),
    ("a_file_that_cannot_be_written_sends_nothing", a_file_that_cannot_be_written_sends_nothing),
    ("verbose_tells_what_was_called", verbose_tells_what_was_called),
    ("a_slow_site_shows_progress", a_slow_site_shows_progress),
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
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        foreach ($body in @{ name = 'x' }, [pscustomobject] @{ a = 1, 2 }, 'text', [xml] '<a b="c"/>', ([byte[]] (1, 2, 3))) {
            Invoke-VcdRestMethod /cloudapi/echo -Session $b -Method Post -Body $body
        }
        Invoke-VcdRestMethod /api/echo -Session $b -Method Put -Body 'a=1' -ContentType 'text/plain'
        # ConvertFrom-Json wraps the array, and Windows PowerShell would write of the wrapper.
        $parsed = ConvertFrom-Json '[1,{"b":[2]}]' -NoEnumerate
        Add-Member -InputObject $parsed Note x
        Invoke-VcdRestMethod /cloudapi/echo -Session $b -Method Post -Body $parsed
        "#,
    );
    assert_eq!(lines, ["plain"; 7]);
    let journal = site.simulator.journal().requests;
    let arrived: Vec<_> = journal
        .iter()
        .filter(|request| request.path.ends_with("/echo"))
        .map(|request| (request.content_type.as_deref().unwrap_or_default(), request.body_length))
        .collect();
    assert_eq!(
        arrived,
        [
            ("application/json", r#"{"name":"x"}"#.len()),
            ("application/json", r#"{"a":[1,2]}"#.len()),
            // Text and bytes are what the interface speaks, unless the caller says something else.
            ("application/json", 4),
            ("application/xml", r#"<a b="c" />"#.len()),
            ("application/json", 3),
            ("text/plain", 3),
            ("application/json", r#"[1,{"b":[2]}]"#.len()),
        ]
    );
    let fields: Vec<_> =
        journal.iter().filter(|request| request.path.ends_with("/echo")).map(|request| &request.body_fields).collect();
    assert_eq!([fields[0], fields[1]], [&["name".to_owned()], &["a".to_owned()]]);
}

/// Parsers quote what they could not read, Windows PowerShell's for JSON all of it.
fn a_broken_answer_is_not_repeated(site: &Site) {
    let lines = site.lines(
        r#"
        & (Get-Module VcdBearer) {
            foreach ($type in 'application/json', 'application/xml') {
                $bytes = [System.Text.Encoding]::UTF8.GetBytes('SECRET<{"a":')
                $failure = ConvertFrom-ResponseBody @{ received = $bytes; content_type = $type; server = 's' } '/x'
                $failure.ErrorDetails.Message, ($failure.Exception.Message -match 'SECRET|line|character') -join '|'
            }
        }
        "#,
    );
    assert_eq!(
        lines,
        ["The answer cannot be read as application/json.|False", "The answer cannot be read as application/xml.|False",]
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
        (Invoke-Unverified "$env:SIM_URL/cloudapi/1.0.0/sessions/current" $json).user.name
        $xml = Invoke-Unverified "$env:SIM_URL/api/session" (Get-VcdApiHeader $b -As Xml)
        $xml.Session.user
        foreach ($view in ($json | Out-String), ($json | Format-List | Out-String), ($json | Format-Table | Out-String)) {
            if ($view.Contains($b.AccessToken) -or $view -notmatch 'masked') { "a view shows the secret: $view" }
        }
        # From the text of a bearer, and not from what has none.
        (Get-VcdApiHeader (ConvertTo-SecureString $b.AccessToken -AsPlainText -Force) @Site)['Authorization'] -ceq "$b"
        try { Get-VcdSession | Get-VcdApiHeader } catch { $_.FullyQualifiedErrorId }
        foreach ($version in "37.0`r`nX-Evil: 1", '37.0;x', "37.0`n") {
            try { Get-VcdApiHeader $b -ApiVersion $version } catch { $_.FullyQualifiedErrorId }
        }
        "#,
    );
    let refused = "Vcd.InvalidOption,Get-VcdApiHeader";
    assert_eq!(
        lines,
        [
            "application/json;version=39.0|True",
            "application/*+xml;version=37.0",
            "alice",
            "alice",
            "True",
            "Vcd.SessionRequired,Get-VcdApiHeader",
            refused,
            refused,
            refused
        ]
    );
}

fn broken_answers_are_failures_of_ours(site: &Site) {
    site.answer("/api/cut.xml", "application/vnd.vmware.vcloud.org+xml", "<Org><Link");
    site.answer("/cloudapi/cut.json", "application/json", r#"{"name":"#);
    site.answer("/cloudapi/twins.json", "application/json", r#"{"name":1,"Name":2}"#);
    site.answer("/cloudapi/page", "text/html;charset=utf-8", "<html>Log in</html>");
    site.answer("/portal", "text/html", "<html>Welcome</html>");
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        foreach ($path in '/api/cut.xml', '/cloudapi/cut.json', '/cloudapi/twins.json', '/cloudapi/page') {
            foreach ($all in $false, $true) {
                $Error.Clear()
                $failed = $null
                $result = Invoke-VcdRestMethod $path -Session $b -All:$all -ErrorAction SilentlyContinue -ErrorVariable failed
                $data = $failed[0].Exception.Data
                $failed[0].FullyQualifiedErrorId, $data['HttpStatus'], $data['Delivered'], $Error.Count, ($null -eq $result) -join '|'
            }
        }
        # What is broken can still be kept, and other pages are what they are.
        Invoke-VcdRestMethod /cloudapi/cut.json -Session $b -OutFile kept
        (Get-Content kept -Raw) -ceq '{"name":'
        Invoke-VcdRestMethod /portal -Session $b
        "#,
    );
    let malformed = [
        "Vcd.AnswerMalformed,Invoke-VcdRestMethod|200||1|True",
        "Vcd.AnswerMalformed,Invoke-VcdRestMethod|200|0|1|True",
    ];
    let no_data = malformed.map(|line| line.replace("AnswerMalformed", "NotCloudDirector"));
    assert_eq!(lines[..6], [malformed; 3].concat());
    assert_eq!(lines[6..8], no_data);
    assert_eq!(lines[8..], ["True", "<html>Welcome</html>"]);
}

fn a_change_of_unknown_outcome_is_not_to_be_repeated(site: &Site) {
    let matching = Match { path: Some("/bad-gateway".to_owned()), ..Match::default() };
    let effect = Effect { status: Some(502), ..Effect::default() };
    site.simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    let matching = Match { path: Some("/lost".to_owned()), ..Match::default() };
    let effect = Effect { close: Some(Close::AfterRead), ..Effect::default() };
    site.simulator.add_fault(Fault { matching, effect, ..Fault::default() });
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        foreach ($path in '/cloudapi/bad-gateway', '/cloudapi/lost') {
            try { Invoke-VcdRestMethod $path -Session $b -Method Post -Body @{ a = 1 } } catch {
                $data, $message = $_.Exception.Data, $_.Exception.Message
                $data['Retryable'], $data['OutcomeUnknown'], $message.Contains('is unknown'), $message.Contains('Find out first'),
                    $message.Contains('Try again'), $message.Contains('docs.rs') -join '|'
            }
        }
        # A question may be repeated.
        try { Invoke-VcdRestMethod /cloudapi/bad-gateway -Session $b -MaximumRetryCount 0 } catch {
            $_.Exception.Data['Retryable'], $_.Exception.Data['OutcomeUnknown'] -join '|'
        }
        # What a rejected call needs is not what a rejected log-in does.
        try { Invoke-VcdRestMethod /cloudapi/1.0.0/sessions/current -Session $b -Method Put -Body @{} } catch {
            $_.Exception.Message.Contains('log-in')
        }
        "#,
    );
    assert_eq!(lines, ["False|True|True|True|False|False", "False|True|True|True|False|False", "True|False", "False"]);
}

fn a_file_that_cannot_be_written_sends_nothing(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/journal" -Method Delete
        foreach ($file in './none/x', '.', 'nodrive:x') {
            try { Invoke-VcdRestMethod /cloudapi/things -Session $b -Method Post -Body @{} -OutFile $file } catch { $_.FullyQualifiedErrorId }
        }
        (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.Count
        # A call that fails leaves what was there, and no file where there was none.
        'before' | Set-Content old -NoNewline
        foreach ($file in 'old', 'new') {
            try { Invoke-VcdRestMethod /api/nonesuch -Session $b -OutFile $file } catch { $_.FullyQualifiedErrorId }
        }
        (Get-Content old -Raw), (Test-Path new) -join '|'
        "#,
    );
    assert_eq!(
        lines[..4],
        ["Vcd.InvalidOption,Invoke-VcdRestMethod"; 3].into_iter().chain(["0"]).collect::<Vec<_>>()[..]
    );
    assert_eq!(lines[4..], ["Vcd.NotFound,Invoke-VcdRestMethod", "Vcd.NotFound,Invoke-VcdRestMethod", "before|False"]);
}

fn verbose_tells_what_was_called(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $told = (Invoke-VcdRestMethod /api/session -Session $b -Verbose 4>&1) -join "`n"
        $told -match 'GET /api/session: API version 39\.0, HTTP status 200, request id [0-9a-f-]{36}\.'
        $told = (Invoke-VcdRestMethod /api/nonesuch -Method Delete -Session $b -ApiVersion 37.0 -Verbose -ErrorAction SilentlyContinue 4>&1) -join "`n"
        $told -match 'DELETE /api/nonesuch: API version 37\.0, HTTP status 404, request id'
        $told.Contains($b.AccessToken)
        "#,
    );
    assert_eq!(lines, ["True", "True", "False"]);
}

fn a_slow_site_shows_progress(site: &Site) {
    let matching = Match { path: Some("/sessions/current".to_owned()), ..Match::default() };
    site.simulator.add_fault(Fault {
        matching,
        effect: Effect { delay_ms: 1500, ..Effect::default() },
        ..Fault::default()
    });
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $shell = [powershell]::Create()
        $null = $shell.AddScript({ param($b) Import-Module VcdBearer; Test-VcdBearer $b }).AddArgument($b)
        $shell.Invoke()
        $progress = @($shell.Streams.Progress)
        ($progress[0].StatusDescription -match '^waiting for localhost'), $progress[-1].RecordType -join '|'
        "#,
    );
    assert_eq!(lines, ["True", "True|Completed"]);
}
