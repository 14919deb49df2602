//! Logging in, checking and logging out.

use std::fs;

use tests::home;
use vcdsim::{Effect, Fault, Kind, Match, Options};

use crate::Case;
use crate::site::{Site, run};

pub(crate) const CASES: &[Case] = &[
    ("a_tenant_logs_in", a_tenant_logs_in),
    ("the_provider_logs_in_both_ways", the_provider_logs_in_both_ways),
    ("an_organization_with_a_space_is_encoded", an_organization_with_a_space_is_encoded),
    ("every_form_of_a_token_is_taken", every_form_of_a_token_is_taken),
    ("every_form_of_a_server_is_taken", every_form_of_a_server_is_taken),
    ("a_function_with_a_text_parameter_gets_the_bearer", a_function_with_a_text_parameter_gets_the_bearer),
    ("the_bare_token_comes_as_secure_string_or_text", the_bare_token_comes_as_secure_string_or_text),
    ("positions_are_server_org_and_token", positions_are_server_org_and_token),
    ("a_session_is_checked_and_ended", a_session_is_checked_and_ended),
    ("a_session_at_an_ipv6_address_is_checked_and_ended", a_session_at_an_ipv6_address_is_checked_and_ended),
    ("a_bearer_as_text_is_checked_and_ended", a_bearer_as_text_is_checked_and_ended),
    ("a_session_from_a_file_is_checked_and_ended", a_session_from_a_file_is_checked_and_ended),
    ("an_idle_session_is_false_and_no_error", an_idle_session_is_false_and_no_error),
    ("what_if_sends_nothing", what_if_sends_nothing),
    ("a_replaced_token_comes_with_one_warning", a_replaced_token_comes_with_one_warning),
    ("a_replaced_token_survives_a_warning_that_stops", a_replaced_token_survives_a_warning_that_stops),
    (
        "a_replaced_token_without_an_object_goes_to_the_recovery_folder",
        a_replaced_token_without_an_object_goes_to_the_recovery_folder,
    ),
    (
        "a_replaced_token_that_cannot_be_saved_comes_in_the_error",
        a_replaced_token_that_cannot_be_saved_comes_in_the_error,
    ),
];

fn a_tenant_logs_in(site: &Site) {
    let lines = site.lines(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $b.Server, $b.Port, $b.Org, $b.IsProvider, $b.User, $b.TokenType, $b.InputIndex, $b.Label -join '|'
        $b.IssuedAt -le (Get-Date) -and $b.ExpiresAt -gt (Get-Date).AddHours(1) -and $b.ExpiresAt.Kind -eq 'Local'
        ",
    );
    assert_eq!(lines, [format!("localhost|{}|acme|False|alice|Bearer|0|", site.simulator.port()), "True".into()]);
    assert_eq!(site.requests(), ["POST /oauth/tenant/acme/token"]);
}

fn the_provider_logs_in_both_ways(site: &Site) {
    let lines = site.lines(
        r"
        foreach ($who in @{ Provider = $true }, @{ Org = 'System' }, @{ Org = ' system '; Provider = $true }) {
            $b = Get-VcdBearer @Site @who -ApiToken $env:SIM_PROVIDER -NoCache
            $b.Org, $b.IsProvider -join '|'
        }
        ",
    );
    assert_eq!(lines, ["System|True"; 3]);
    assert_eq!(site.requests(), ["POST /oauth/provider/token"; 3]);
}

fn an_organization_with_a_space_is_encoded(site: &Site) {
    let lines = site.lines("(Get-VcdBearer @Site -Org 'Blue Sky' -ApiToken $env:SIM_BLUE_SKY).Org");
    assert_eq!(lines, ["Blue Sky"]);
    assert_eq!(site.requests(), ["POST /oauth/tenant/Blue%20Sky/token"]);
}

fn every_form_of_a_token_is_taken(site: &Site) {
    let lines = site.lines(
        r#"
        (Get-VcdBearer @Site -Org acme -ApiToken $Token).User
        (Get-VcdBearer @Site -Org acme -ApiToken $env:SIM_TENANT).User
        $b = Get-VcdBearer @Site -Org acme -ApiToken ([pscredential]::new('backup', $Token))
        $b.User, $b.Label -join '|'
        $all = Get-VcdBearer @Site -Org acme -ApiToken " $env:SIM_TENANT`r`n" -Verbose 4>&1
        @($all -match 'White space around the API token').Count, $all[-1].User -join '|'
        "#,
    );
    assert_eq!(lines, ["alice", "alice", "alice|backup", "1|alice"]);
}

fn every_form_of_a_server_is_taken(site: &Site) {
    let lines = site.lines(
        r#"
        $forms = "localhost:$env:SIM_PORT", "  localhost:$env:SIM_PORT`t", "https://LOCALHOST:$env:SIM_PORT",
            "https://localhost:$env:SIM_PORT/tenant/acme/vdcs?x=1#top", "127.0.0.1:$env:SIM_PORT"
        foreach ($server in $forms) {
            $b = get-vcdbearer -SERVER $server -org acme -apitoken $Token -cacertificate $env:SIM_CA
            $b.Server, $b.Port, (Test-VcdBearer $b) -join '|'
        }
        "#,
    );
    let port = site.simulator.port();
    let expected =
        ["localhost", "localhost", "localhost", "localhost", "127.0.0.1"].map(|host| format!("{host}|{port}|True"));
    assert_eq!(lines, expected);
}

fn a_function_with_a_text_parameter_gets_the_bearer(site: &Site) {
    let lines = site.lines(
        r#"
        function Connect-Test([string] $SessionID) { $SessionID }
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $expected = 'Bearer ' + $b.AccessToken
        $expected -match '^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$'
        (Connect-Test -SessionID $b) -ceq $expected
        (Connect-Test -SessionID "$b") -ceq $expected
        $direct = Connect-Test -SessionID (Get-VcdBearer @Site -Org acme -ApiToken $Token)
        $direct -match '^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$'
        $job = Start-Job {
            function Connect-Test([string] $SessionID) { $SessionID }
            Connect-Test -SessionID $using:b
            ($using:b).SessionId
        }
        $fromJob = Receive-Job $job -Wait
        $fromJob.Count, ($fromJob[0] -ceq $expected), ($fromJob[1] -ceq $expected) -join '|'
        "#,
    );
    assert_eq!(lines, ["True", "True", "True", "True", "2|True|True"]);
}

fn the_bare_token_comes_as_secure_string_or_text(site: &Site) {
    let lines = site.lines(
        r"
        $secure = Get-VcdBearer @Site -Org acme -ApiToken $Token -AsSecureString
        $secure.GetType().Name, $secure.IsReadOnly() -join '|'
        $plain = Get-VcdBearer @Site -Org acme -ApiToken $Token -AsPlainText
        $plain -match '^eyJ[\w-]+\.[\w-]+\.[\w-]+$'
        foreach ($bearer in $secure, $plain) {
            Test-VcdBearer $bearer @Site
        }
        [System.Net.NetworkCredential]::new('', $secure).Password -match '^eyJ[\w-]+\.[\w-]+\.[\w-]+$'
        ",
    );
    assert_eq!(lines, ["SecureString|True", "True", "True", "True", "True"]);
}

fn positions_are_server_org_and_token(site: &Site) {
    let lines = site.lines("(Get-VcdBearer $env:SIM_URL acme $env:SIM_TENANT -CACertificate $env:SIM_CA).User");
    assert_eq!(lines, ["alice"]);
}

fn a_session_at_an_ipv6_address_is_checked_and_ended(site: &Site) {
    let listen = vec!["[::1]:0".parse().expect("an address")];
    let site = Site::with_options(site.shell.clone(), Options { listen, ..Options::default() });
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer "[::1]:$env:SIM_PORT" acme -ApiToken $Token -CACertificate $env:SIM_CA
        $b.Server
        Test-VcdBearer $b
        Remove-VcdBearer $b
        Test-VcdBearer $b
        "#,
    );
    assert_eq!(lines, ["[::1]", "True", "False"]);
    assert!(site.simulator.sessions().is_empty());
}

fn a_session_is_checked_and_ended(site: &Site) {
    let lines = site.lines(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $second = Get-VcdBearer @Site -Org acme -ApiToken $Token -NoCache
        Test-VcdBearer $b
        Test-VcdBearer -Session $b
        $b, $second | Test-VcdBearer
        $b | Remove-VcdBearer
        $b, $second | Test-VcdBearer
        Remove-VcdBearer $b
        Remove-VcdBearer -Session $second
        Test-VcdBearer $second
        ",
    );
    assert_eq!(lines, ["True", "True", "True", "True", "False", "True", "False"]);
    assert!(site.simulator.sessions().is_empty());
}

fn a_bearer_as_text_is_checked_and_ended(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Test-VcdBearer "$b" @Site
        $b.AccessToken | Test-VcdBearer @Site
        Test-VcdBearer (ConvertTo-SecureString "$b" -AsPlainText -Force) @Site
        Remove-VcdBearer $b.AccessToken @Site
        Test-VcdBearer "$b" @Site
        "#,
    );
    assert_eq!(lines, ["True", "True", "True", "False"]);
    assert!(site.simulator.sessions().is_empty());
}

fn a_session_from_a_file_is_checked_and_ended(site: &Site) {
    let lines = site.lines(
        r"
        Get-VcdBearer @Site -Org acme -ApiToken $Token | Export-Clixml b.xml
        $b = Import-Clixml b.xml
        $b.PSObject.TypeNames[0]
        Test-VcdBearer $b
        $job = Start-Job { Import-Module VcdBearer; Test-VcdBearer $using:b; $using:b | Remove-VcdBearer }
        Receive-Job $job -Wait
        Test-VcdBearer $b
        ",
    );
    assert_eq!(lines, ["Deserialized.VcdBearer.Session", "True", "True", "False"]);
    assert!(site.simulator.sessions().is_empty());
}

fn an_idle_session_is_false_and_no_error(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Test-VcdBearer $b
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/clock" -Method Post -Body '{"advance_s":3600}'
        Test-VcdBearer $b
        $Error.Count
        "#,
    );
    assert_eq!(lines, ["True", "False", "0"]);
}

fn what_if_sends_nothing(site: &Site) {
    let lines = site.lines(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Remove-VcdBearer $b -WhatIf
        & { $WhatIfPreference = $true; $b | Remove-VcdBearer }
        # A session in the place of the server is not shown.
        $short = 'eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln'
        Remove-VcdBearer $short -Server $short -WhatIf
        ",
    );
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with("What if: ")), "{lines:#?}");
    assert!(lines[..2].iter().all(|line| line.contains("localhost/acme")), "{lines:#?}");
    assert!(!lines[2].contains("eyJ"), "{lines:#?}");
    assert_eq!(site.requests(), ["POST /oauth/tenant/acme/token"]);
    assert_eq!(site.simulator.sessions().len(), 1);
}

fn a_replaced_token_comes_with_one_warning(site: &Site) {
    let lines = site.lines(
        r"
        $all = @(Get-VcdBearer @Site -Org acme -ApiToken $env:SIM_SERVICE 3>&1)
        $all.Count
        $all[0].Message
        $new = $all[1].NewApiToken
        $new.GetType().Name, $new.IsReadOnly() -join '|'
        (Get-VcdBearer @Site -Org acme -ApiToken $new -WarningAction SilentlyContinue).User -eq $all[1].User
        $null -eq (Get-VcdBearer @Site -Org acme -ApiToken $Token).NewApiToken
        ",
    );
    assert_eq!(lines[0], "2");
    assert!(lines[1].contains("replaced the API token") && lines[1].contains("NewApiToken"), "{lines:#?}");
    assert_eq!(lines[2..], ["SecureString|True", "True", "True"]);
    let old = &site.login("acme", Kind::ServiceAccount).api_token;
    assert!(!lines[1].contains(old), "{lines:#?}");
}

fn a_replaced_token_survives_a_warning_that_stops(site: &Site) {
    let lines = site.lines(
        r"
        try { Get-VcdBearer @Site -Org acme -ApiToken $env:SIM_SERVICE -WarningAction Stop } catch { 'stopped' }
        Wait-Session $false
        $new = (Get-ChildItem $env:SIM_RECOVERY | Get-Content -Raw | ConvertFrom-Json).refresh_token
        (Get-VcdBearer @Site -Org acme -ApiToken $new -WarningAction SilentlyContinue).Org
        ",
    );
    // PowerShell shows the warning that stops.
    assert!(lines[0].contains("replaced the API token"), "{lines:#?}");
    assert_eq!(lines[1..], ["stopped", "acme"]);
}

fn a_replaced_token_without_an_object_goes_to_the_recovery_folder(site: &Site) {
    let lines = site.lines(
        r"
        $all = @(Get-VcdBearer @Site -Org acme -ApiToken $env:SIM_SERVICE -AsPlainText 3>&1)
        $all[0].Message
        $new = (Get-ChildItem $env:SIM_RECOVERY | Get-Content -Raw | ConvertFrom-Json).refresh_token
        (Get-VcdBearer @Site -Org acme -ApiToken $new -WarningAction SilentlyContinue).Org
        ",
    );
    let folder = home::recovery_folder(site.home.path());
    let files: Vec<_> = fs::read_dir(folder).expect("the recovery folder").flatten().map(|file| file.path()).collect();
    let first = files.iter().find(|file| lines[0].contains(file.to_str().expect("text")));
    assert!(first.is_some(), "the warning names none of {files:?}: {lines:#?}");
    assert_eq!(lines[1], "acme");
}

fn a_replaced_token_that_cannot_be_saved_comes_in_the_error(site: &Site) {
    // The fourth exchange brings a new API token and no session.
    let matching = Match { path: Some("/oauth/".to_owned()), ..Match::default() };
    let effect = Effect { body: Some(r#"{"refresh_token":"replaced"}"#.to_owned()), ..Effect::default() };
    site.simulator.add_fault(Fault { matching, effect, times: Some(1), skip: 3 });
    let temporary = site.home.path().join("temporary");
    fs::create_dir(&temporary).expect("a folder can be made");
    let script = site.script(
        r#"
        # Files where folders would have to be. (PowerShell itself wants the temporary one when it starts.)
        Move-Item temporary started-with
        $null = New-Item temporary, (Split-Path $env:SIM_RECOVERY) -ItemType File -Force
        $form = @{ AsPlainText = $true }
        foreach ($i in 1, 2) {
            $all = @(Get-VcdBearer @Site -Org acme -ApiToken $env:SIM_SERVICE @form -ErrorAction Continue *>&1)
            $all.Count
            $all[0].GetType().Name
            Test-VcdBearer $all[0] @Site
            $all[1].FullyQualifiedErrorId
            $new = $all[1].Exception.Data['NewApiToken']
            $new.Password.GetType().Name
            $env:SIM_SERVICE = $new.GetNetworkCredential().Password
            if ("$($all[1] | Format-List * -Force | Out-String)".Contains($env:SIM_SERVICE)) { 'the error shows the token' }
            $form = @{ AsSecureString = $true }
        }
        # What the error holds is the token that counts, in a form that -ApiToken takes.
        (Get-VcdBearer @Site -Org acme -ApiToken $new -WarningAction SilentlyContinue).Org
        try { Get-VcdBearer @Site -Org acme -ApiToken $Token -AsPlainText } catch {
            $_.FullyQualifiedErrorId, $_.Exception.Message.Contains('there is no session') -join '|'
            $_.Exception.Data['NewApiToken'].GetNetworkCredential().Password
        }
        "#,
    );
    let mut command = site.file(&script);
    // By its names of all systems.
    command.envs(["TMPDIR", "TEMP", "TMP"].map(|name| (name, &temporary)));
    let ran = run(command);
    let last = "Vcd.TokenFileNotSaved,Get-VcdBearer|True\nreplaced\n";
    let expected = ["String", "SecureString"]
        .map(|form| format!("2\n{form}\nTrue\nVcd.TokenFileNotSaved,Get-VcdBearer\nSecureString\n"));
    assert_eq!((ran.code, ran.stderr.as_str(), ran.stdout), (Some(0), "", expected.concat() + "acme\n" + last));
}
