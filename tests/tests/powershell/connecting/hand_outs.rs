//! What becomes of the sessions that PowerCLI was given: none is lost, and each is ended when it is asked for.

use super::{lines, newer, older};
use crate::powercli::{Listen, PowerCliCase};
use crate::site::Site;

pub(crate) const CASES: &[PowerCliCase] = &[
    newer("forty_parallel_connects_lose_no_session", Listen::AnyPort, forty_parallel_connects_lose_no_session),
    newer(
        "parallel_private_sessions_replace_each_other",
        Listen::AnyPort,
        parallel_private_sessions_replace_each_other,
    ),
    newer("sessions_of_replaced_and_refused_pipes_are_ended", ONE, sessions_of_replaced_and_refused_pipes_are_ended),
    newer("a_session_is_ended_though_powercli_let_it_go", ONE, a_session_is_ended_though_powercli_let_it_go),
    newer("a_failed_log_out_can_be_repeated", Listen::AnyPort, a_failed_log_out_can_be_repeated),
    newer("hidden_connections_are_closed_too", ONE, hidden_connections_are_closed_too),
    newer("a_stopped_connect_leaves_no_session", Listen::AnyPort, a_stopped_connect_leaves_no_session),
    newer("a_failed_connect_leaves_nothing", Listen::AnyPort, a_failed_connect_leaves_nothing),
    newer(
        "connections_by_the_text_of_a_session_are_ours",
        Listen::AnyPort,
        connections_by_the_text_of_a_session_are_ours,
    ),
    older(
        "connections_by_the_text_of_a_legacy_session_are_ours",
        Listen::AnyPort,
        connections_by_the_text_of_a_legacy_session_are_ours,
    ),
    newer("many_things_are_disconnected_at_once", Listen::AnyPort, many_things_are_disconnected_at_once),
];

const ONE: Listen = Listen::HttpsPort(1);

fn forty_parallel_connects_lose_no_session(site: &Site) {
    let told = lines(
        site,
        r#"
        $shared = @{ At = $At; Login = $Login }
        $ids = 1..40 | ForEach-Object -ThrottleLimit 20 -Parallel {
            $shared = $using:shared
            $at, $login = $shared.At, $shared.Login
            (Connect-VcdServer @at @login).SessionId
        }
        $ids.Count, @($ids | Select-Object -Unique).Count, (Get-VcdSession).Holders -join '|'
        Disconnect-VcdServer -WarningAction SilentlyContinue
        @(Get-VcdSession).Count, @(Get-OpenSession).Count -join '|'
        "#,
    );
    assert_eq!(told, ["40|1|40", "0|0"]);
}

fn parallel_private_sessions_replace_each_other(site: &Site) {
    let told = lines(
        site,
        r#"
        $shared = @{ At = $At; Login = $Login }
        # PowerCLI keeps one connection for all of them. The last one stays.
        1..16 | ForEach-Object -ThrottleLimit 16 -Parallel {
            $shared = $using:shared
            $at, $login = $shared.At, $shared.Login
            try { $null = Connect-VcdServer @at @login -NoCache } catch { $_.FullyQualifiedErrorId }
        }
        @(Get-OpenSession).Count
        Disconnect-VcdServer
        @(Get-OpenSession).Count
        "#,
    );
    assert_eq!(told, ["1", "0"]);
}

fn sessions_of_replaced_and_refused_pipes_are_ended(site: &Site) {
    let told = lines(
        site,
        r#"
        foreach ($time in 1, 2) { $null = Get-VcdBearer $Hosts[0] @Login -ForceRefresh | Connect-CIServer }
        @(Get-OpenSession).Count
        Disconnect-VcdServer
        @(Get-OpenSession).Count, @($global:DefaultCIServers).Count -join '|'
        $null = Set-PowerCLIConfiguration -InvalidCertificateAction Fail -Confirm:$false
        try { Get-VcdBearer $Hosts[0] @Login | Connect-CIServer -ErrorAction Stop } catch { 'refused' }
        @(Get-OpenSession).Count
        Disconnect-VcdServer
        @(Get-OpenSession).Count, $Error.Count -join '|'
        "#,
    );
    assert_eq!(told, ["2", "0|0", "refused", "1", "0|1"]);
}

fn a_session_is_ended_though_powercli_let_it_go(site: &Site) {
    let told = lines(
        site,
        r#"
        $null = Get-VcdBearer $Hosts[0] @Login | Connect-CIServer
        Disconnect-CIServer * -Confirm:$false
        Disconnect-VcdServer
        @(Get-OpenSession).Count
        $connection = Connect-VcdServer $Hosts[0] @Login
        Disconnect-CIServer * -Confirm:$false
        Disconnect-VcdServer $Hosts[0]
        @(Get-OpenSession).Count, $connection.IsConnected -join '|'
        "#,
    );
    assert_eq!(told, ["0", "0|False"]);
}

fn a_failed_log_out_can_be_repeated(site: &Site) {
    let told = lines(
        site,
        r#"
        $connection = Connect-VcdServer @At @Login
        $fault = '{"match":{"method":"DELETE"},"fault":{"status":500}}'
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/faults" -Method Post -Body $fault
        try { Disconnect-VcdServer } catch { $_.FullyQualifiedErrorId }
        @(Get-OpenSession).Count, $connection.IsConnected -join '|'
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/faults" -Method Delete
        Disconnect-VcdServer
        @(Get-OpenSession).Count
        # It is forgotten now.
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/journal" -Method Delete
        Disconnect-VcdServer
        (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.Count
        "#,
    );
    assert_eq!(told, ["Vcd.UnexpectedStatus,Disconnect-VcdServer", "1|False", "0", "0"]);
}

fn hidden_connections_are_closed_too(site: &Site) {
    let told = lines(
        site,
        r#"
        $connection = Get-VcdBearer $Hosts[0] @Login | Connect-CIServer -NotDefault
        $all = @(Disconnect-VcdServer 3>&1)
        $all.Count, $connection.IsConnected, $connection.RefCount, @(Get-OpenSession).Count -join '|'
        $connection = Get-VcdBearer $Hosts[0] @Login | Connect-CIServer -NotDefault
        Disconnect-VcdServer $Hosts[0]
        $connection.IsConnected, @(Get-OpenSession).Count -join '|'
        $connection = Connect-VcdServer $Hosts[0] @Login -NotDefault
        Disconnect-VcdServer $Hosts[0]
        $connection.IsConnected, @(Get-OpenSession).Count -join '|'
        "#,
    );
    assert_eq!(told, ["0|False|0|0", "False|0", "False|0"]);
}

fn a_failed_connect_leaves_nothing(site: &Site) {
    let told = lines(
        site,
        r#"
        $null = Set-PowerCLIConfiguration -InvalidCertificateAction Fail -Confirm:$false
        try { Connect-VcdServer @At @Login } catch { $_.FullyQualifiedErrorId }
        @(Get-OpenSession).Count
        # A session of somebody's own stays theirs.
        $b = Get-VcdBearer @At @Login
        try { $b | Connect-VcdServer -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
        Disconnect-VcdServer
        Test-VcdBearer $b
        "#,
    );
    let refused = "Vcd.PowerCliRefusedCertificate,Connect-VcdServer";
    assert_eq!(told, [refused, "0", refused, "True"]);
}

/// As Ctrl+C does, while PowerCLI is connecting.
fn a_stopped_connect_leaves_no_session(site: &Site) {
    let told = lines(
        site,
        r#"
        $fault = '{"match":{"path":"/api/org"},"times":1,"fault":{"delay_ms":1000}}'
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/faults" -Method Post -Body $fault
        $shell = [powershell]::Create()
        $null = $shell.AddScript({
            param($At, $Login)
            Import-Module VcdBearer
            Connect-VcdServer @At @Login
        }).AddArgument($At).AddArgument($Login)
        $under = $shell.BeginInvoke()
        do { $asked = (Invoke-RestMethod "$env:SIM_CONTROL/sim/journal").requests.path -contains '/api/org/' } until ($asked)
        @(Get-OpenSession).Count
        $shell.Stop()
        Wait-Session $false
        @(Get-OpenSession).Count
        Disconnect-VcdServer
        "#,
    );
    assert_eq!(told, ["1", "0"]);
}

/// The documented form, with sessions that this process holds. No call names the certificate authority: the session knows it.
fn connections_by_the_text_of_a_session_are_ours(site: &Site) {
    let told = lines(site, BY_TEXT);
    assert_eq!(told, BY_TEXT_TOLD);
}

fn connections_by_the_text_of_a_legacy_session_are_ours(site: &Site) {
    let told = lines(site, &format!("$Login.SessionIdKind = 'Legacy'\n{BY_TEXT}"));
    assert_eq!(told, BY_TEXT_TOLD);
}

const BY_TEXT: &str = r#"
    function Connect-ByText($Session) { Connect-CIServer -Server $Session.Server -Port $Session.Port -SessionId "$Session" }
    foreach ($way in 'session', 'connection', 'name', 'nothing') {
        $b = Get-VcdBearer @At @Login
        $connection = Connect-ByText $b
        $all = @(switch ($way) {
            'session' { Disconnect-VcdServer $b 3>&1 }
            'connection' { Disconnect-VcdServer $connection 3>&1 }
            'name' { Disconnect-VcdServer localhost 3>&1 }
            'nothing' { Disconnect-VcdServer 3>&1 }
        })
        $way, $all.Count, $connection.IsConnected, @(Get-OpenSession).Count -join '|'
    }
    # Others hold it still.
    $b, $other = (Get-VcdBearer @At @Login), (Get-VcdBearer @At @Login)
    $connection = Connect-ByText $b
    Disconnect-VcdServer $connection
    $connection.IsConnected, (Test-VcdBearer $other) -join '|'
    # A connection with a new session takes its place.
    $connection = Connect-ByText $other
    $Login.Remove('SessionIdKind')
    $new = Connect-VcdServer @At @Login -ForceRefresh
    $connection.IsConnected, $new.IsConnected -join '|'
"#;

const BY_TEXT_TOLD: [&str; 6] =
    ["session|0|False|0", "connection|0|False|0", "name|0|False|0", "nothing|0|False|0", "False|True", "False|True"];

fn many_things_are_disconnected_at_once(site: &Site) {
    let told = lines(
        site,
        r#"
        function Connect-Both {
            $script:a = Connect-VcdServer @At @Login
            $script:b = Connect-VcdServer @At -Provider -ApiToken $env:SIM_PROVIDER -CACertificate $env:SIM_CA
        }
        $ways = [ordered] @{
            'array'    = { Disconnect-VcdServer $a, $b }
            'list'     = { Disconnect-VcdServer $global:DefaultCIServers }
            'names'    = { Disconnect-VcdServer localhost, localhost }
            'port'     = { Disconnect-VcdServer "localhost:$env:SIM_PORT" }
            'portal'   = { Disconnect-VcdServer "$env:SIM_URL/tenant/acme/" }
        }
        foreach ($way in $ways.Keys) {
            Connect-Both
            try { & $ways[$way] } catch { "$_" }
            $way, $a.IsConnected, $b.IsConnected, @(Get-OpenSession).Count -join '|'
        }
        Connect-Both
        $text = [string] (Get-VcdBearer @At @Login)
        foreach ($name in $text, 'localhost:1', 'elsewhere.example.com') {
            try { Disconnect-VcdServer $name } catch {
                $_.FullyQualifiedErrorId, $_.Exception.Message.Contains('-Server'), $_.Exception.Message.Contains($text), $a.IsConnected -join '|'
            }
        }
        "#,
    );
    assert_eq!(told[..5], ["array", "list", "names", "port", "portal"].map(|way| format!("{way}|False|False|0")));
    assert_eq!(told[5..], ["Vcd.SessionRequired,Disconnect-VcdServer|False|False|True"; 3]);
}
