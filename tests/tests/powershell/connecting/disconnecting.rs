//! `Disconnect-VcdServer`, and what becomes of connections without it.

use super::{lines, newer, older};
use crate::powercli::{Listen, PowerCliCase};
use crate::site::Site;

pub(crate) const CASES: &[PowerCliCase] = &[
    newer(
        "disconnecting_ends_the_session_for_its_last_holder",
        Listen::AnyPort,
        disconnecting_ends_the_session_for_its_last_holder,
    ),
    newer("names_objects_and_sessions_are_disconnected", Listen::AnyPort, names_objects_and_sessions_are_disconnected),
    older("a_legacy_connection_is_logged_out_too", Listen::AnyPort, a_legacy_connection_is_logged_out_too),
    newer(
        "removing_the_module_with_open_connections_is_clean",
        Listen::AnyPort,
        removing_the_module_with_open_connections_is_clean,
    ),
];

fn disconnecting_ends_the_session_for_its_last_holder(site: &Site) {
    let told = lines(
        site,
        r#"
        $b = Get-VcdBearer @At @Login
        $null = Connect-VcdServer @At @Login
        Disconnect-VcdServer
        # Somebody else holds it.
        Test-VcdBearer $b
        Remove-VcdBearer $b
        @(Get-OpenSession).Count
        $b = Get-VcdBearer @At @Login
        $connection = Connect-VcdServer -Session $b
        Disconnect-VcdServer $connection -KeepSession
        $connection.IsConnected, (Test-VcdBearer $b) -join '|'
        $connection = Connect-VcdServer -Session $b
        $other = Get-VcdBearer @At @Login
        Disconnect-VcdServer $b -Force
        $connection.IsConnected, (Test-VcdBearer $other), @(Get-OpenSession).Count -join '|'
        # A session that is dead already, and nothing to do.
        $b = Get-VcdBearer @At @Login
        $null = Connect-VcdServer -Session $b
        Remove-VcdBearer $b -Force
        Disconnect-VcdServer
        Disconnect-VcdServer
        @($global:DefaultCIServers).Count
        "#,
    );
    assert_eq!(told, ["True", "0", "False|True", "False|False|0", "0"]);
}

fn names_objects_and_sessions_are_disconnected(site: &Site) {
    let told = lines(
        site,
        r#"
        foreach ($way in 'name', 'pattern', 'object', 'session', 'piped') {
            $b = Get-VcdBearer @At @Login
            $connection = $b | Connect-VcdServer
            $null = $b | Connect-VcdServer
            switch ($way) {
                'name' { $all = @(Disconnect-VcdServer localhost 3>&1) }
                'pattern' { $all = @(Disconnect-VcdServer local* 3>&1) }
                'object' { $all = @(Disconnect-VcdServer -Session $connection 3>&1) }
                'session' { $all = @(Disconnect-VcdServer $b 3>&1) }
                'piped' { $all = @($connection | Disconnect-VcdServer 3>&1) }
            }
            $way, $all.Count, "$all".Contains('2 times'), $connection.IsConnected, @(Get-OpenSession).Count -join '|'
        }
        try { Disconnect-VcdServer elsewhere.example.com } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    let ways = ["name", "pattern", "object", "session", "piped"].map(|way| format!("{way}|1|True|False|0"));
    assert_eq!(told[..5], ways);
    assert_eq!(told[5..], ["Vcd.SessionRequired,Disconnect-VcdServer"]);
}

fn a_legacy_connection_is_logged_out_too(site: &Site) {
    let told = lines(
        site,
        r#"
        $connection = Connect-VcdServer @At @Login
        Disconnect-VcdServer $connection
        @(Get-OpenSession).Count
        # One that is not ours has an id that nothing can be ended with here.
        $theirs = Connect-CIServer -Server localhost -Port $env:SIM_PORT -SessionId (New-ForeignLegacyId)
        $all = @(Disconnect-VcdServer $theirs 3>&1)
        $all.Count, "$all".Contains('stays open'), $theirs.IsConnected -join '|'
        "#,
    );
    assert_eq!(told, ["0", "1|True|False"]);
}

fn removing_the_module_with_open_connections_is_clean(site: &Site) {
    let told = lines(
        site,
        r#"
        $connection = Connect-VcdServer @At @Login
        $b = Get-VcdBearer @At @Login
        Remove-Module VcdBearer
        $connection.IsConnected, (Get-CIVApp).Count, $Error.Count -join '|'
        # The connection is still known as one of ours.
        Import-Module VcdBearer
        Disconnect-VcdServer
        Remove-VcdBearer $b
        @($global:DefaultCIServers).Count, @(Get-OpenSession).Count -join '|'
        "#,
    );
    assert_eq!(told, ["True|3|0", "0|0"]);
}
