//! The list of connections that PowerCLI keeps inside, `$DefaultCIServers`, and how connections end.

use super::{lines, on_12_0, paths, sent};
use crate::powercli::PowerCliCase;
use crate::site::Site;

pub(crate) const CASES: &[PowerCliCase] = &[
    on_12_0("the_double_keeps_an_old_connection", it_keeps_an_old_connection),
    on_12_0("the_double_tells_connections_apart_by_text_and_owner", it_tells_connections_apart_by_text_and_owner),
    on_12_0("the_double_only_counts_down", it_only_counts_down),
    on_12_0("the_double_finds_connections_by_name_and_object", it_finds_connections_by_name_and_object),
    on_12_0("the_double_is_one_in_all_runspaces", it_is_one_in_all_runspaces),
];

/// A fresh session id is checked and then thrown away. That is why renewing needs `Disconnect-CIServer -Force` first.
fn it_keeps_an_old_connection(site: &Site) {
    let told = lines(
        site,
        r"
        $old, $new = (New-Session), (New-Session)
        $first = Connect-CIServer @At -SessionId $old.Legacy
        $second = Connect-CIServer @At -SessionId $new.Legacy
        ($second.SessionId -eq $old.Legacy), $second.RefCount, $first.RefCount -join '|'
        [object]::ReferenceEquals($first, $second), $DefaultCIServers.Count -join '|'
        # Neither an emptied list nor -NotDefault changes that.
        $global:DefaultCIServers = @()
        $third = Connect-CIServer @At -SessionId $new.Legacy -NotDefault
        ($third.SessionId -eq $old.Legacy), $third.RefCount, $DefaultCIServers.Count -join '|'
        # The new id is checked all the same.
        (Get-Failure { Connect-CIServer @At -SessionId ('0' * 32) }).StartsWith('ConnectError|PermissionDenied|')
        $first.RefCount
        Disconnect-CIServer -Server $third -Force -Confirm:$false
        $first.IsConnected, $second.IsConnected, $third.IsConnected -join '|'
        $fourth = Connect-CIServer @At -SessionId $new.Legacy
        ($fourth.SessionId -eq $new.Legacy), $fourth.RefCount -join '|'
        ",
    );
    assert_eq!(told, ["True|2|2", "False|1", "True|3|0", "True", "3", "False|False|False", "True|1"]);
    assert_eq!(paths(&sent(site)).iter().filter(|path| **path == "/api/session").count(), 5, "one each");
}

fn it_tells_connections_apart_by_text_and_owner(site: &Site) {
    let told = lines(
        site,
        r"
        $acme = (New-Session).Legacy
        $blue = (New-Session 'Blue Sky' $env:SIM_BLUE_SKY).Legacy
        $a = Connect-CIServer @At -SessionId $acme
        $b = Connect-CIServer -Server 127.0.0.1 -Port $env:SIM_PORT -SessionId $acme
        $c = Connect-CIServer @At -SessionId $blue
        $d = Connect-CIServer @At -SessionId $acme -NotDefault
        $a.RefCount, $b.RefCount, $c.RefCount, $d.RefCount -join '|'
        # A new one goes to the front.
        ($DefaultCIServers | ForEach-Object { $_.Name, $_.Org -join '/' }) -join '|'
        Disconnect-CIServer -Server localhost -Force -Confirm:$false
        $a.IsConnected, $b.IsConnected, $c.IsConnected -join '|'
        $DefaultCIServers.Name
        ",
    );
    let list = "localhost/Blue Sky|127.0.0.1/acme|localhost/acme";
    assert_eq!(told, ["2|1|1|2", list, "False|True|False", "127.0.0.1"]);
}

fn it_only_counts_down(site: &Site) {
    let told = lines(
        site,
        r"
        $id = (New-Session).Legacy
        $server = Connect-CIServer @At -SessionId $id
        $null = Connect-CIServer @At -SessionId $id
        # Nobody can be asked here.
        (Get-Failure { Disconnect-CIServer -Server * }).Contains('NonInteractive')
        Disconnect-CIServer -Server * -WhatIf
        $server.RefCount
        Disconnect-CIServer -Server * -Confirm:$false
        $server.RefCount, $server.IsConnected, $DefaultCIServers.Count -join '|'
        # Assumed: without -Server it is for all defaults.
        Disconnect-CIServer -Confirm:$false
        $server.IsConnected, $DefaultCIServers.Count, ($DefaultCIServers -is [array]) -join '|'
        ",
    );
    let what_if = "What if: Performing the operation \"Disconnect-CIServer\" on target \"localhost\".";
    assert_eq!(told, ["True", what_if, "2", "1|True|1", "False|0|True"]);
    assert_eq!(site.simulator.sessions().len(), 1);
}

fn it_finds_connections_by_name_and_object(site: &Site) {
    let told = lines(
        site,
        r"
        (Get-Failure { Disconnect-CIServer -Confirm:$false }) -replace '\|.*'
        (Get-Failure { Disconnect-CIServer -Server nowhere -Confirm:$false }) -replace '\|.*'
        $id = (New-Session).Legacy
        $server = Connect-CIServer @At -SessionId $id
        @(Get-Org -Server $server).Count, @(Get-Org -Server localhost).Count, @(Get-Org -Server loc*, $server).Count -join '|'
        # Assumed: the case of a name does not matter, a hidden connection is no default, and this is the id for none.
        Disconnect-CIServer -Server LOCALHOST -Confirm:$false
        $server.IsConnected
        $server = Connect-CIServer @At -SessionId $id -NotDefault
        (Get-Failure { Get-Org }) -replace '\|.*'
        $server | Disconnect-CIServer -Confirm:$false
        $server.IsConnected
        ",
    );
    assert_eq!(
        told,
        [
            "Core_DisconnectCIServer_NotConnectedError",
            "Core_ObnSelector_SelectObjectByNameCore_ObjectNotFound",
            "1|1|1",
            "False",
            "Core_BaseCmdlet_NotConnectedError",
            "False",
        ]
    );
}

/// The list of connections belongs to the process, `$DefaultCIServers` to the runspace. That is assumed.
fn it_is_one_in_all_runspaces(site: &Site) {
    let told = lines(
        site,
        r"
        $id = (New-Session).Legacy
        1..4 | ForEach-Object -ThrottleLimit 4 -Parallel {
            $server = Connect-CIServer -Server localhost -Port $env:SIM_PORT -SessionId $using:id
            $server.Name, $DefaultCIServers.Count -join '|'
        }
        (Connect-CIServer @At -SessionId $id).RefCount
        ",
    );
    assert_eq!(told, ["localhost|1", "localhost|1", "localhost|1", "localhost|1", "5"]);
}
