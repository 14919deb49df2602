//! `Get-CIVApp`, `Get-CIVM` and `Get-Org`: what they ask, and what they say of a session that has died.

use super::{lines, on_12_0, paths, sent};
use crate::powercli::PowerCliCase;
use crate::site::Site;

pub(crate) const CASES: &[PowerCliCase] = &[
    on_12_0("the_double_lists_with_the_measured_requests", it_lists_with_the_measured_requests),
    on_12_0("the_double_reports_a_dead_session_uselessly", it_reports_a_dead_session_uselessly),
];

fn it_lists_with_the_measured_requests(site: &Site) {
    let told = lines(
        site,
        r"
        $null = Connect-CIServer @At -SessionId (New-Session).Legacy
        Get-CIVApp | ForEach-Object { $_.Name, $_.Status -join '|' }
        $vms = @(Get-CIVM)
        $vms.Count, $vms[4].Name, $vms[4].Status, $vms[4].VApp -join '|'
        (Get-Org).Name
        ",
    );
    assert_eq!(told, ["app-001|Mixed", "app-002|Mixed", "app-003|Mixed", "12|app-001-vm-5|PoweredOn|app-001", "acme"]);
    let requests = sent(site);
    let org = "/api/entity/urn:vcloud:org:11111111-2222-4333-8444-555555555555";
    let listed = &paths(&requests)[5..];
    assert_eq!(listed[..2], [org, "/api/query?type=vApp&format=idrecords&sortAsc=name&pageSize=128"]);
    assert!(listed[2].starts_with("/api/entity/urn:vcloud:vapp:"), "{listed:?}");
    assert!(listed[3].starts_with("/api/vApp/vapp-"), "{listed:?}");
    let vms = "/api/query?type=vm&format=records&filter=isVAppTemplate==false&sortAsc=name&pageSize=128";
    assert_eq!(listed[8..], [vms, "/api/org/", org], "after the three vApps");
}

fn it_reports_a_dead_session_uselessly(site: &Site) {
    let told = lines(
        site,
        r#"
        $server = Connect-CIServer @At -SessionId (New-Session).Legacy
        # A list without any link crashes it, too. How the crash is reported is assumed.
        $fault = '{"match":{"path":"/api/query"},"times":1,"fault":{"body":"<QueryResultRecords/>"}}'
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/faults" -Method Post -Body $fault
        (Get-Failure { Get-CIVM }) -replace '[^|]+$'
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/clock" -Method Post -Body '{"advance_s":3600}'
        Get-Failure { Get-CIVApp }
        # Assumed: it does not notice.
        $server.IsConnected
        "#,
    );
    let unknown = "Core_BaseCmdlet_UnknownError|NotSpecified";
    let text = "Exception of type 'VMware.VimAutomation.Cloud.Common.HttpUnsuccessfulRequestException' was thrown.";
    assert_eq!(
        told,
        [
            format!("{unknown}|NullReferenceException|"),
            format!("{unknown}|HttpUnsuccessfulRequestException|{text}"),
            "True".to_owned(),
        ]
    );
}
