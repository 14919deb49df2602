//! `Connect-VcdServer`.

use std::fs;

use vcdsim::Release;

use super::{PRELUDE, lines, newer, older};
use crate::powercli::{Listen, PowerCliCase};
use crate::site::{Ran, Site, literal, run};

pub(crate) const CASES: &[PowerCliCase] = &[
    newer("another_port_names_the_command_that_can", Listen::AnyPort, another_port_names_the_command_that_can),
    newer(
        "a_server_is_connected_by_session_and_by_token",
        Listen::AnyPort,
        a_server_is_connected_by_session_and_by_token,
    ),
    older("an_older_powercli_gets_the_legacy_id", Listen::AnyPort, an_older_powercli_gets_the_legacy_id),
    older("the_legacy_id_can_be_asked_for", Listen::AnyPort, the_legacy_id_can_be_asked_for),
    newer("a_reconnect_works_with_the_new_session", Listen::AnyPort, a_reconnect_works_with_the_new_session),
    newer("a_hidden_connection_is_replaced_too", Listen::AnyPort, a_hidden_connection_is_replaced_too),
    newer(
        "a_living_connection_of_somebody_else_needs_force",
        Listen::AnyPort,
        a_living_connection_of_somebody_else_needs_force,
    ),
    newer(
        "a_dead_connection_of_somebody_else_is_replaced",
        Listen::AnyPort,
        a_dead_connection_of_somebody_else_is_replaced,
    ),
    newer("the_inventory_example_runs", Listen::AnyPort, the_inventory_example_runs),
    newer("what_powercli_refuses_is_explained", Listen::AnyPort, what_powercli_refuses_is_explained),
    older(
        "a_dead_legacy_connection_of_somebody_else_is_replaced",
        Listen::AnyPort,
        a_dead_legacy_connection_of_somebody_else_is_replaced,
    ),
    older(
        "an_older_powercli_at_a_newer_site_is_explained",
        Listen::AnyPort,
        an_older_powercli_at_a_newer_site_is_explained,
    ),
    newer("other_failures_of_powercli_are_explained", Listen::AnyPort, other_failures_of_powercli_are_explained),
    older("a_connection_of_ours_serves_as_session", Listen::AnyPort, a_connection_of_ours_serves_as_session),
    newer("sessions_in_the_wrong_place_are_refused", Listen::AnyPort, sessions_in_the_wrong_place_are_refused),
    newer("modules_numbered_anew_get_the_bearer", Listen::AnyPort, modules_numbered_anew_get_the_bearer),
    newer("what_if_connects_and_disconnects_nothing", Listen::AnyPort, what_if_connects_and_disconnects_nothing),
];

fn another_port_names_the_command_that_can(site: &Site) {
    let told = lines(
        site,
        r#"
        try { Get-VcdBearer @At @Login | Connect-CIServer } catch { $_.Exception.Message -match "port $env:SIM_PORT.*Connect-VcdServer" }
        (Get-VcdBearer @At @Login | Connect-VcdServer).Port -eq $env:SIM_PORT
        "#,
    );
    assert_eq!(told, ["True", "True"]);
}

fn a_server_is_connected_by_session_and_by_token(site: &Site) {
    let told = lines(
        site,
        r#"
        $b = Get-VcdBearer @At @Login
        $by = Connect-VcdServer -Session $b
        $by.SessionId -ceq "$b"
        Disconnect-VcdServer
        $own = Connect-VcdServer @At @Login
        $own.User, $own.Org, $own.RefCount, (Get-CIVApp).Count -join '|'
        # Once more: the process has the session, so it is the same connection.
        (Connect-VcdServer $env:SIM_URL acme $Token -CACertificate $env:SIM_CA).RefCount
        @(Connect-VcdServer @At -Provider -ApiToken $env:SIM_PROVIDER -CACertificate $env:SIM_CA -NotDefault).Org
        ($global:DefaultCIServers.Org) -join ','
        Disconnect-VcdServer -WarningAction SilentlyContinue
        @(Get-OpenSession).Count, @($global:DefaultCIServers).Count -join '|'
        foreach ($call in { Connect-VcdServer -Session (Get-Date) }, { $null | Connect-VcdServer }, { Connect-VcdServer @At -Org acme }) {
            try { & $call } catch { $_.FullyQualifiedErrorId }
        }
        "#,
    );
    assert_eq!(
        told,
        [
            "True",
            "alice|acme|1|3",
            "2",
            "System",
            "acme",
            "0|0",
            "Vcd.SessionRequired,Connect-VcdServer",
            "Vcd.SessionRequired,Connect-VcdServer",
            "Vcd.MissingParameter,Connect-VcdServer"
        ]
    );
}

fn an_older_powercli_gets_the_legacy_id(site: &Site) {
    let told = lines(
        site,
        r#"
        $connection = Connect-VcdServer @At @Login
        $connection.SessionId -match '^[0-9a-f]{32}$'
        (Get-CIVM).Count -gt 0
        Disconnect-VcdServer
        @(Get-OpenSession).Count
        "#,
    );
    assert_eq!(told, ["True", "True", "0"]);
}

fn the_legacy_id_can_be_asked_for(site: &Site) {
    let told = lines(
        site,
        r#"
        $b = Get-VcdBearer @At @Login -SessionIdKind Legacy
        $b.SessionId -match '^[0-9a-f]{32}$' -and "$b" -ceq $b.SessionId
        $b.Authorization -ceq ('Bearer ' + $b.AccessToken)
        (Connect-CIServer -Server $b.Server -Port $b.Port -SessionId "$b").User
        Test-VcdBearer $b
        Disconnect-CIServer * -Force -Confirm:$false
        # What goes into a variable is told from what is piped on.
        @(Get-VcdBearer @At @Login 3>&1 | Where-Object { "$_" -match 'SessionIdKind Legacy' }).Count
        $warned = @($(Get-VcdBearer @At @Login) 3>&1)
        @($warned -match 'SessionIdKind Legacy').Count
        Get-VcdSession | Remove-VcdBearer -Force
        @(Get-OpenSession).Count
        try { Get-VcdBearer @At @Login -SessionIdKind Legacy -AsPlainText } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    assert_eq!(told, ["True", "True", "alice", "True", "0", "1", "0", "Vcd.InvalidOption,Get-VcdBearer"]);
}

fn a_reconnect_works_with_the_new_session(site: &Site) {
    let told = lines(
        site,
        r#"
        $first = Connect-VcdServer @At @Login
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/clock" -Method Post -Body '{"advance_s":3600}'
        $second = Connect-VcdServer @At @Login -ForceRefresh
        $second.SessionId -cne $first.SessionId
        $second.RefCount, $first.IsConnected, @($global:DefaultCIServers).Count -join '|'
        (Get-CIVApp).Count -gt 0
        Disconnect-VcdServer
        @(Get-OpenSession).Count
        "#,
    );
    assert_eq!(told, ["True", "1|False|1", "True", "0"]);
}

fn a_hidden_connection_is_replaced_too(site: &Site) {
    let told = lines(
        site,
        r#"
        $hidden = Connect-VcdServer @At @Login -NotDefault
        $global:DefaultCIServers = @()
        $new = Connect-VcdServer @At @Login -ForceRefresh
        ($new.SessionId -cne $hidden.SessionId), $new.RefCount, $hidden.IsConnected -join '|'
        # Nobody had the session but the hidden connection, so it is ended with it.
        @(Get-OpenSession).Count
        "#,
    );
    assert_eq!(told, ["True|1|False", "1"]);
}

fn a_living_connection_of_somebody_else_needs_force(site: &Site) {
    let told = lines(
        site,
        r#"
        $theirs = New-ForeignBearer
        $null = Connect-CIServer -Server localhost -Port $env:SIM_PORT -SessionId "Bearer $theirs"
        foreach ($hide in $false, $true) {
            # PowerCLI knows it although its list does not show it.
            if ($hide) { $global:DefaultCIServers = @() }
            try { Connect-VcdServer @At @Login } catch { $_.FullyQualifiedErrorId, $_.Exception.Message.Contains('-Force') -join '|' }
            Test-VcdBearer $theirs @At -CACertificate $env:SIM_CA
        }
        # The session of the attempt is not left behind.
        @(Get-OpenSession).Count
        $mine = Connect-VcdServer @At @Login -Force
        ($mine.SessionId -ceq "Bearer $theirs"), $mine.RefCount -join '|'
        "#,
    );
    let refused = "Vcd.ConnectionNotReplaced,Connect-VcdServer|True";
    assert_eq!(told, [refused, "True", refused, "True", "1", "False|1"]);
}

fn a_dead_connection_of_somebody_else_is_replaced(site: &Site) {
    let told = lines(
        site,
        r#"
        $theirs = New-ForeignBearer
        $null = Connect-CIServer -Server localhost -Port $env:SIM_PORT -SessionId "Bearer $theirs"
        Remove-VcdBearer $theirs @At -CACertificate $env:SIM_CA
        $mine = Connect-VcdServer @At @Login
        ($mine.SessionId -ceq "Bearer $theirs"), $mine.RefCount, (Get-CIVApp).Count -join '|'
        "#,
    );
    assert_eq!(told, ["False|1|3"]);
}

fn the_inventory_example_runs(site: &Site) {
    let example = literal(&tests::staged::repository().join("examples/powercli-inventory.ps1"));
    let told = lines(
        site,
        &format!(
            r#"
        $PSDefaultParameterValues['*-Vcd*:CACertificate'] = $env:SIM_CA
        $env:VCD_API_TOKEN = $env:SIM_TENANT
        $all = & {example} -Server $env:SIM_URL -Org acme
        $all[0]
        ($all.Name -contains 'app-001'), ($all.Name -contains 'app-001-vm-1'), @(Get-OpenSession).Count -join '|'
        "#
        ),
    );
    assert_eq!(told[0], "Connected to localhost as alice of acme");
    assert!(told[1..] == ["True|True|0"], "{told:#?}");
}

fn what_powercli_refuses_is_explained(site: &Site) {
    let told = lines(
        site,
        r#"
        $b = Get-VcdBearer @At @Login
        $null = Set-PowerCLIConfiguration -InvalidCertificateAction Fail -Confirm:$false
        try { Connect-VcdServer -Session $b } catch {
            $_.FullyQualifiedErrorId, $_.Exception.Message.Contains('Set-PowerCLIConfiguration'), $Error.Count -join '|'
        }
        $null = Set-PowerCLIConfiguration -InvalidCertificateAction Ignore -Confirm:$false
        Remove-VcdBearer $b
        try { Connect-VcdServer -Session $b } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    assert_eq!(
        told,
        ["Vcd.PowerCliRefusedCertificate,Connect-VcdServer|True|1", "Vcd.SessionExpired,Connect-VcdServer"]
    );
}

fn what_if_connects_and_disconnects_nothing(site: &Site) {
    let Ran { code, stdout, stderr } = run(site.file(&site.script(&format!(
        "{PRELUDE}{}",
        r#"
        Connect-VcdServer @At @Login -WhatIf
        $b = Get-VcdBearer @At @Login
        $b | Connect-VcdServer -WhatIf
        $connection = $b | Connect-VcdServer
        Disconnect-VcdServer -WhatIf
        $connection.IsConnected, (Test-VcdBearer $b) -join '|'
        "#
    ))));
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    let told: Vec<&str> = stdout.lines().collect();
    assert_eq!((told.len(), told[3]), (4, "True|True"), "{told:#?}");
    assert!(told[..3].iter().all(|line| line.starts_with("What if: ")), "{told:#?}");
}

fn a_dead_legacy_connection_of_somebody_else_is_replaced(site: &Site) {
    let told = lines(
        site,
        r#"
        $id = New-ForeignLegacyId
        $theirs = Connect-CIServer -Server localhost -Port $env:SIM_PORT -SessionId $id
        try { Connect-VcdServer @At @Login } catch { $_.FullyQualifiedErrorId }
        # Asking has changed nothing.
        $theirs.IsConnected, $theirs.RefCount -join '|'
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/clock" -Method Post -Body '{"advance_s":3600}'
        $mine = Connect-VcdServer @At @Login
        ($mine.SessionId -ceq $id), $theirs.IsConnected, (Get-CIVApp).Count -join '|'
        "#,
    );
    assert_eq!(told, ["Vcd.ConnectionNotReplaced,Connect-VcdServer", "True|1", "False|False|3"]);
}

fn an_older_powercli_at_a_newer_site_is_explained(site: &Site) {
    let site = &site.at_release(Release::V10_6);
    let told = lines(
        site,
        r#"
        try { Connect-VcdServer @At @Login } catch {
            $_.FullyQualifiedErrorId, ($_.Exception.Message -match '31\.0'), $Error.Count, @(Get-OpenSession).Count -join '|'
        }
        "#,
    );
    assert_eq!(told, ["Vcd.ApiVersionUnsupported,Connect-VcdServer|True|1|0"]);
}

fn other_failures_of_powercli_are_explained(site: &Site) {
    let told = lines(
        site,
        r#"
        $fault = '{"match":{"path":"/api/org"},"fault":{"status":500}}'
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/faults" -Method Post -Body $fault
        try { Connect-VcdServer @At @Login } catch {
            $_.FullyQualifiedErrorId, [bool] $_.ErrorDetails.RecommendedAction, $Error.Count, @(Get-OpenSession).Count -join '|'
        }
        "#,
    );
    assert_eq!(told, ["Vcd.PowerCliFailed,Connect-VcdServer|True|1|0"]);
}

fn a_connection_of_ours_serves_as_session(site: &Site) {
    let told = lines(
        site,
        r#"
        $connection = Connect-VcdServer @At @Login
        (Invoke-VcdRestMethod /api/session -Session $connection).Session.user
        $connection | Test-VcdBearer
        Disconnect-VcdServer
        try { Test-VcdBearer $connection } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    assert_eq!(told, ["alice", "True", "Vcd.SessionRequired,Test-VcdBearer"]);
}

fn sessions_in_the_wrong_place_are_refused(site: &Site) {
    let told = lines(
        site,
        r#"
        $b = Get-VcdBearer @At @Login
        $legacy = Get-VcdBearer @At @Login -SessionIdKind Legacy -WarningAction SilentlyContinue
        foreach ($session in $b, $legacy) {
            try { Connect-VcdServer $session } catch {
                $_.FullyQualifiedErrorId, $_.Exception.Message.Contains('-Session'), $_.Exception.Message.Contains("$session") -join '|'
            }
        }
        $token = $Login.ApiToken
        foreach ($more in @{ ForceRefresh = $true }, @{ NoCache = $true }, @{ ApiToken = $token }, @{ TokenFile = 'x' }) {
            try { Connect-VcdServer -Session $b @more } catch { $_.FullyQualifiedErrorId }
        }
        # A site's defaults do no harm.
        $PSDefaultParameterValues['*-Vcd*:Server'] = 'elsewhere.example.com'
        $PSDefaultParameterValues['*-Vcd*:Org'] = 'other'
        ($b | Connect-VcdServer).Org
        "#,
    );
    assert_eq!(told[..2], ["Vcd.InvalidServer,Connect-VcdServer|True|False"; 2]);
    assert_eq!(told[2..6], ["Vcd.InvalidOption,Connect-VcdServer"; 4]);
    assert_eq!(told[6], "acme");
}

/// Assumed: VCF.PowerCLI's cloud module is numbered from 9, and need not be loaded by its own name.
fn modules_numbered_anew_get_the_bearer(site: &Site) {
    let cloud = site.home.path().join("numbered/VMware.VimAutomation.Cloud");
    fs::create_dir_all(&cloud).expect("a folder");
    fs::write(cloud.join("VMware.VimAutomation.Cloud.psm1"), "").expect("a module");
    fs::write(
        cloud.join("VMware.VimAutomation.Cloud.psd1"),
        "@{ RootModule = 'VMware.VimAutomation.Cloud.psm1'; ModuleVersion = '9.0.1' }",
    )
    .expect("a manifest");
    let told = lines(
        site,
        r#"
        Import-Module ./numbered/VMware.VimAutomation.Cloud
        & (Get-Module VcdBearer) { Get-SessionIdKind }
        "#,
    );
    assert_eq!(told, ["Bearer"]);
}
