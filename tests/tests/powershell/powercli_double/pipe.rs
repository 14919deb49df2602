//! The one way into `Connect-CIServer` through the pipeline, on the measured double: an object of the interface type of
//! `-PIDatacenter`, or one that converts to it. It leads to port 443 and to no other.

use super::lines;
use crate::powercli::{Flavour, Listen, PowerCliCase};
use crate::site::Site;

pub(crate) const CASES: &[PowerCliCase] = &[
    on_12_0("the_double_takes_related_objects_from_the_pipe", 2, it_takes_related_objects),
    on_12_0("the_double_wants_a_bare_host_from_the_pipe", 1, it_wants_a_bare_host),
    on_12_0("the_double_lets_the_object_work_first", 1, it_lets_the_object_work_first),
    on_12_0("the_double_converts_an_object_older_than_itself", 2, it_converts_an_older_object),
    on_12_0("the_double_takes_nothing_else_from_the_pipe", 1, it_takes_nothing_else),
];

const fn on_12_0(name: &'static str, addresses: usize, body: fn(&Site)) -> PowerCliCase {
    PowerCliCase { name, flavour: Flavour::V12_0, listen: Listen::HttpsPort(addresses), body }
}

/// A class that implements the interface. It can be read only when the double is loaded.
const RELATED: &str = r"
class RelatedServer : VMware.VimAutomation.Cloud.Types.V1.RelatedObject.CIServerRelatedObject {
    [string] $Name = 'any'
    [string] $Uri
    [string] $SessionId
    [scriptblock] $First = {}
    RelatedServer([string] $uri, [string] $sessionId) { $this.Uri = $uri; $this.SessionId = $sessionId }
    [VMware.VimAutomation.Cloud.Types.V1.RelatedObject.CISessionDetails] GetVCDSession() {
        & $this.First
        return [VMware.VimAutomation.Cloud.Types.V1.RelatedObject.CISessionDetails]::new($this.Uri, $this.SessionId)
    }
}
";

/// Runs a script that knows the class, `$One` and `$Other` for the site's hosts and `$Id` for a session.
fn with_related(site: &Site, text: &str) -> Vec<String> {
    site.write("related.ps1", RELATED);
    let start = r"
        Import-Module VMware.VimAutomation.Cloud
        . ./related.ps1
        $One, $Other = $env:SIM_HOSTS -split ','
        $Id = (New-Session).Legacy
        ";
    lines(site, &format!("{start}{text}"))
}

fn it_takes_related_objects(site: &Site) {
    let told = with_related(
        site,
        r"
        $both = [RelatedServer]::new($One, $Id), [RelatedServer]::new($Other, $Id)
        $servers = @($both | Connect-CIServer)
        (($servers.Name -join ',') -eq ($One, $Other -join ',')), ($servers.Port -join ','), ($servers.RefCount -join ',') -join '|'
        ($servers.SessionId -eq $Id).Count, (($DefaultCIServers.Name -join ',') -eq ($Other, $One -join ',')) -join '|'
        # By name, and the same as with -Server.
        (Connect-CIServer -PIDatacenter $both[0] -NotDefault).RefCount
        (Connect-CIServer -PIComputeInstance $both[0]).RefCount
        (Connect-CIServer -Server $One -SessionId $Id).RefCount
        @(Get-CIVM).Count
        ",
    );
    assert_eq!(told, ["True|443,443|1,1", "2|True", "2", "3", "4", "24"]);
    let requests = site.simulator.journal().requests;
    for listener in site.simulator.listeners() {
        let address = listener.address.to_string();
        assert!(requests.iter().any(|request| request.listener == address), "nothing came to {address}");
    }
}

fn it_wants_a_bare_host(site: &Site) {
    let told = with_related(
        site,
        r#"
        foreach ($uri in $One, "https://$One", "${One}:8443", "https://${One}:8443") {
            $server = [RelatedServer]::new($uri, $Id) | Connect-CIServer
            ($server.Name -ceq $uri), $server.Port, $server.ServiceUri.AbsoluteUri.Replace($One, 'HOST') -join '|'
        }
        foreach ($uri in "$One/cloud", "https://$One/cloud") {
            (Get-Failure { [RelatedServer]::new($uri, $Id) | Connect-CIServer }) -replace '[^|]+$'
        }
        "#,
    );
    let (connected, broken) = ("True|443|https://HOST/api/", "ConnectError|NotSpecified|CIException|");
    assert_eq!(told, [connected, connected, connected, connected, broken, broken]);
}

/// Commands that it calls run within the pipeline that calls it. So it can make a second connect come back new.
fn it_lets_the_object_work_first(site: &Site) {
    let told = with_related(
        site,
        r"
        $first = [RelatedServer]::new($One, $Id) | Connect-CIServer
        $again = [RelatedServer]::new($One, (New-Session).Legacy)
        $kept = $again | Connect-CIServer
        ($kept.SessionId -eq $Id), $kept.RefCount -join '|'
        $again.First = { Disconnect-CIServer -Server $first -Force -Confirm:$false }
        $renewed = $again | Connect-CIServer
        ($renewed.SessionId -eq $again.SessionId), $renewed.RefCount, $first.IsConnected -join '|'
        # Assumed: what it throws is passed on, and the next object is not lost.
        $again.First = { throw 'Connect-VcdServer reaches port 8443' }
        $after = [RelatedServer]::new($One, $Id)
        $results = @($again, $after | Connect-CIServer -ErrorAction SilentlyContinue -ErrorVariable failures)
        $results.Count, $failures[0].FullyQualifiedErrorId.Split(',')[0], $failures[0].Exception.Message -join '|'
        ",
    );
    let failure = "1|Core_BaseCmdlet_UnknownError|Connect-VcdServer reaches port 8443";
    assert_eq!(told, ["True|2", "True|1|False", failure]);
}

/// A converter is asked when the parameter is bound, which is after the pipe itself has loaded the module.
fn it_converts_an_older_object(site: &Site) {
    site.write("related.ps1", RELATED);
    let told = lines(
        site,
        r"
        class Plain { [string] $Uri; [string] $SessionId }
        class PlainConverter : System.Management.Automation.PSTypeConverter {
            [bool] CanConvertFrom([object] $value, [type] $to) { return $false }
            [object] ConvertFrom([object] $value, [type] $to, [System.IFormatProvider] $culture, [bool] $ignoreCase) { throw 'no' }
            [bool] CanConvertTo([object] $value, [type] $to) { return $to.Name -eq 'CIServerRelatedObject' }
            [object] ConvertTo([object] $value, [type] $to, [System.IFormatProvider] $culture, [bool] $ignoreCase) {
                . ./related.ps1
                # Bare: the binder does not unwrap what a converter gives.
                return (New-Object RelatedServer $value.Uri, $value.SessionId).PSObject.BaseObject
            }
        }
        Update-TypeData -TypeName Plain -TypeConverter PlainConverter
        $id = (New-Session).Legacy
        $objects = $env:SIM_HOSTS -split ',' | ForEach-Object { [Plain] @{ Uri = $_; SessionId = $id } }
        @(Get-Module VMware.*).Count
        $servers = @($objects | Connect-CIServer)
        $servers.Count, (Connect-CIServer -PIDatacenter $objects[0]).RefCount -join '|'
        (Get-Module VMware.*).Version.ToString()
        ",
    );
    assert_eq!(told, ["0", "2|2", "12.0.0.15940183"]);
}

fn it_takes_nothing_else(site: &Site) {
    let told = with_related(
        site,
        r"
        foreach ($item in $One, [pscustomobject] @{ Server = $One; SessionId = $Id; Uri = $One; Name = $One }) {
            try { $item | Connect-CIServer } catch { $_.FullyQualifiedErrorId.Split(',')[0] }
        }
        # The set of the pipe has no port, so the binder looks for a server; its error is assumed.
        try { [RelatedServer]::new($One, $Id) | Connect-CIServer -Port 443 } catch { $_.FullyQualifiedErrorId.Split(',')[0] }
        try { Connect-CIServer $One -SessionId $Id -Org acme } catch { $_.FullyQualifiedErrorId.Split(',')[0] }
        $DefaultCIServers.Count
        ",
    );
    let ambiguous = "AmbiguousParameterSet";
    assert_eq!(told, ["InputObjectNotBound", "InputObjectNotBound", "MissingMandatoryParameter", ambiguous, "0"]);
}
