//! How the doubles connect: their commands, what goes over the wire, what comes back, and how it fails.

use vcdsim::CredentialKind;

use super::{lines, on_12_0, on_13_1, paths, sent};
use crate::powercli::PowerCliCase;
use crate::site::{Site, run};

pub(crate) const CASES: &[PowerCliCase] = &[
    on_12_0("the_double_is_found_by_its_commands", it_is_found_by_its_commands),
    on_12_0("the_double_has_the_measured_parameter_sets", it_has_the_measured_parameter_sets),
    on_12_0("the_double_connects_in_the_measured_order", it_connects_in_the_measured_order),
    on_12_0("the_double_gives_an_object_that_cannot_be_changed", it_gives_an_object_that_cannot_be_changed),
    on_12_0("the_double_has_one_id_for_all_that_fails", it_has_one_id_for_all_that_fails),
    on_13_1("the_newer_double_sends_bearers", the_newer_one_sends_bearers),
    on_13_1("the_newer_double_quotes_the_server", the_newer_one_quotes_the_server),
];

const REFUSED: &str = "ConnectError|PermissionDenied|CIServerConnectionException|\
                       Couldn't connect to cloud server 'localhost' with the provided session id.";

fn it_is_found_by_its_commands(site: &Site) {
    let script = site.write(
        "job.ps1",
        r"
        @(Get-Module VMware.*).Count
        Get-CIVM -ErrorAction SilentlyContinue
        $module = Get-Module VMware.*
        $module.Name, $module.Version, (Get-Command Connect-CIServer).Version -join '|'
        (Get-Command -Module $module.Name).Name -join ','
        ($DefaultCIServers -is [array]), $DefaultCIServers.Count -join '|'
        ",
    );
    let ran = run(site.file(&script));
    let commands = "Connect-CIServer,Disconnect-CIServer,Get-CIVApp,Get-CIVM,Get-Org,Get-PowerCLIConfiguration,\
                    Set-PowerCLIConfiguration";
    let told: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(told, ["0", "VMware.VimAutomation.Cloud|12.0.0.15940183|12.0.0.15940183", commands, "True|0"]);
    assert_eq!(ran.stderr, "");
}

/// One line for each parameter: its set, name, aliases, position and type; `!` for mandatory, `<` for pipeline input by
/// value, `.` for pipeline input by name.
const DESCRIBE_CONNECT: &str = r#"
$common = [System.Management.Automation.Cmdlet]::CommonParameters
$command = Get-Command Connect-CIServer
$command.DefaultParameterSet
foreach ($set in $command.ParameterSets) {
    foreach ($p in $set.Parameters | Where-Object { $_.Name -notin $common }) {
        $flags = ('', '!')[$p.IsMandatory] + ('', '<')[$p.ValueFromPipeline] + ('', '.')[$p.ValueFromPipelineByPropertyName]
        $position = if ($p.Position -ge 0) { "$($p.Position)" } else { '-' }
        $set.Name, $p.Name, ($p.Aliases -join ','), $position, $p.ParameterType.Name, $flags -ne '' -join ' '
    }
}
$related = $command.Parameters['PIDatacenter'].ParameterType
$related.FullName, $related.IsInterface, $related.IsPublic -join ' '
$related.GetInterfaces().Name, $related.GetInterfaces().GetProperties().Name -join ' '
$details = $related.GetMethod('GetVCDSession').ReturnType
$details.Name, ($details.GetConstructors()[0].GetParameters() -join ', ') -join ': '
"#;

fn it_has_the_measured_parameter_sets(site: &Site) {
    let told = lines(site, DESCRIBE_CONNECT);
    assert_eq!(
        told,
        [
            "default",
            "default Server 0 String[] !",
            "default Org - String",
            "default Credential - PSCredential",
            "default User Username - String",
            "default Password - String",
            "default Port - Int32",
            "default NotDefault - SwitchParameter",
            "default SaveCredentials - SwitchParameter",
            "default WhatIf wi - SwitchParameter",
            "default Confirm cf - SwitchParameter",
            "sessionid Server 0 String[] !",
            "sessionid SessionId 1 String !",
            "sessionid Port - Int32",
            "sessionid NotDefault - SwitchParameter",
            "sessionid WhatIf wi - SwitchParameter",
            "sessionid Confirm cf - SwitchParameter",
            "PIDatacenter PIDatacenter PIComputeInstance 1 CIServerRelatedObject !<",
            "PIDatacenter NotDefault - SwitchParameter",
            "PIDatacenter WhatIf wi - SwitchParameter",
            "PIDatacenter Confirm cf - SwitchParameter",
            // That it is mandatory is assumed.
            "menu Menu - SwitchParameter !",
            "menu WhatIf wi - SwitchParameter",
            "menu Confirm cf - SwitchParameter",
            "VMware.VimAutomation.Cloud.Types.V1.RelatedObject.CIServerRelatedObject True True",
            "NamedObject Name",
            "CISessionDetails: System.String uri, System.String sessionId",
        ]
    );
}

fn it_connects_in_the_measured_order(site: &Site) {
    let told = lines(
        site,
        r"
        $server = Connect-CIServer @At -SessionId (New-Session).Legacy
        $server.User, $server.Org -join '|'
        Disconnect-CIServer -Server * -Force -Confirm:$false
        $server.IsConnected
        ",
    );
    assert_eq!(told, ["alice|acme", "False"]);
    let requests = sent(site);
    let org = "/api/org/11111111-2222-4333-8444-555555555555";
    // And nothing when it disconnects.
    assert_eq!(paths(&requests), ["/api/versions", "/api/session", "/api/admin/", "/api/org/", org]);
    assert_eq!(requests[2].status, Some(404), "which it tolerates");
    assert_eq!((requests[0].accept.as_deref(), requests[0].credential), (None, None));
    for request in &requests[1..] {
        assert_eq!(request.accept.as_deref(), Some("application/*+xml; version=31.0"));
        assert_eq!((request.credential, request.authorization), (Some(CredentialKind::Legacy), false));
    }
    assert_eq!(site.simulator.sessions().len(), 1, "the session outlives the connection");
}

fn it_gives_an_object_that_cannot_be_changed(site: &Site) {
    let told = lines(
        site,
        r"
        $id = (New-Session).Legacy
        $server = Connect-CIServer @At -SessionId $id
        $server.PSObject.TypeNames[0]
        ($server.PSObject.Properties.Name | Sort-Object) -join ','
        @($server.PSObject.Properties | Where-Object IsSettable).Count
        $server.Name, ($server.Port -eq $env:SIM_PORT), $server.ServiceUri.Host, $server.RefCount, $server.IsConnected -join '|'
        ($server.SessionId -eq $id), ($server.SessionSecret -eq $id), $server.ExtensionData.Client.Version -join '|'
        # A scheme becomes part of the name.
        $https = Connect-CIServer -Server https://localhost -Port $env:SIM_PORT -SessionId $id
        $https.Name, $https.ServiceUri.Host -join '|'
        ",
    );
    let properties = "Description,ExtensionData,Href,Id,IsConnected,Name,Org,Port,RefCount,ServiceUri,SessionId,\
                      SessionSecret,Uid,User,Version";
    assert_eq!(
        told,
        [
            "VMware.VimAutomation.Cloud.Impl.V1.CIServerImpl",
            properties,
            "0",
            "localhost|True|localhost|1|True",
            "True|True|31.0",
            "https://localhost|localhost",
        ]
    );
}

/// Only the exception and the category tell a refused session from everything else.
fn it_has_one_id_for_all_that_fails(site: &Site) {
    let told = lines(
        site,
        r"
        $session = New-Session
        Get-Failure { Connect-CIServer @At -SessionId ('0' * 32) }
        # Assumed: a bearer is refused like any other wrong id, and what a path breaks looks like this.
        Get-Failure { Connect-CIServer @At -SessionId $session.Bearer }
        foreach ($bad in 'localhost:1', 'localhost/cloud', 'https://localhost/cloud') {
            (Get-Failure { Connect-CIServer -Server $bad -Port $env:SIM_PORT -SessionId $session.Legacy }) -replace ' is no host.*'
        }
        # The rest of these two texts is the system's.
        (Get-Failure { Connect-CIServer -Server localhost -Port 1 -SessionId $session.Legacy }) -replace '[^|]+$'
        (Get-Failure { Connect-CIServer -Server nowhere.invalid -SessionId $session.Legacy }) -replace '[^|]+$'
        $null = Set-PowerCLIConfiguration -InvalidCertificateAction Fail -Scope Session -Confirm:$false
        (Get-PowerCLIConfiguration).InvalidCertificateAction.ToString()
        Get-Failure { Connect-CIServer @At -SessionId $session.Legacy }
        $DefaultCIServers.Count
        ",
    );
    let failed = |text: &str| format!("ConnectError|NotSpecified|CIException|{text}");
    assert_eq!(
        told,
        [
            REFUSED.to_owned(),
            REFUSED.to_owned(),
            failed("'localhost:1'"),
            failed("'localhost/cloud'"),
            failed("'https://localhost/cloud'"),
            failed(""),
            failed(""),
            "Fail".to_owned(),
            failed("The SSL connection could not be established, see inner exception."),
            "0".to_owned(),
        ]
    );
}

fn the_newer_one_sends_bearers(site: &Site) {
    let told = lines(
        site,
        r"
        (Get-Command Connect-CIServer).Version.ToString()
        $session = New-Session
        $server = Connect-CIServer @At -SessionId $session.Bearer
        ($server.SessionId -ceq $session.Bearer), $server.ExtensionData.Client.Version -join '|'
        @(Get-CIVM).Count
        ",
    );
    assert_eq!(told, ["13.1.0.21611174", "True|37.0", "12"]);
    for request in &sent(site)[1..] {
        assert_eq!(request.accept.as_deref(), Some("application/*+xml; version=37.0"));
        assert_eq!(request.credential, Some(CredentialKind::Bearer));
    }
}

fn the_newer_one_quotes_the_server(site: &Site) {
    let told = lines(
        site,
        r"
        $session = New-Session
        Get-Failure { Connect-CIServer @At -SessionId $session.Legacy }
        Get-Failure { Connect-CIServer @At -SessionId 'Bearer a.b.c' }
        ",
    );
    assert_eq!(told, [&format!("{REFUSED} NOT_AUTHENTICATED / simulated: operation denied"), REFUSED]);
}
