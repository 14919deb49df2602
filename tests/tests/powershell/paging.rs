//! Lists that a REST call follows from page to page.

use vcdsim::Options;

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("six_hundred_machines_are_listed_in_both_interfaces", six_hundred_machines_are_listed_in_both_interfaces),
    ("a_token_revoked_midway_is_one_error_with_a_count", a_token_revoked_midway_is_one_error_with_a_count),
    ("what_is_no_list_comes_out_as_it_is", what_is_no_list_comes_out_as_it_is),
    ("progress_ends_however_a_list_does", progress_ends_however_a_list_does),
];

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
            $_.FullyQualifiedErrorId, $_.Exception.Data['Delivered'], "$_".Contains('alive. 300 records were delivered before.'),
                $_.Exception.Message.Contains('300 records were delivered before. Log in again.') -join '|'
        }
        $count, $Error.Count -join '|'
        "#,
    );
    assert_eq!(lines, ["Vcd.SessionExpired,Invoke-VcdRestMethod|300|True|True", "300|1"]);
}

fn what_is_no_list_comes_out_as_it_is(site: &Site) {
    site.answer("/cloudapi/empty", "application/json", r#"{"resultTotal":0,"values":null}"#);
    site.answer("/cloudapi/nothing", "application/json", "");
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        @(Invoke-VcdRestMethod /cloudapi/empty -Session $b -All).Count
        @(Invoke-VcdRestMethod /cloudapi/nothing -Session $b -All).Count
        $all = @(Invoke-VcdRestMethod /api/session -Session $b -All)
        $all.Count, $all[0].Session.user -join '|'
        @(Invoke-VcdRestMethod /cloudapi/1.0.0/sessions/current -Session $b -All).user.name
        "#,
    );
    assert_eq!(lines, ["0", "0", "1|alice", "alice"]);
}

fn progress_ends_however_a_list_does(site: &Site) {
    let site = Site::with_options(site.shell.clone(), Options { inventory_vms: 600, ..Options::default() });
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $query = '/api/query?type=vm&format=records&pageSize=128'
        foreach ($script in {
                param($b, $query) Import-Module VcdBearer; Invoke-VcdRestMethod $query -Session $b -All | Select-Object -First 200
            }, {
                param($b, $query) Import-Module VcdBearer; Invoke-VcdRestMethod $query -Session $b -All
            }) {
            $shell = [powershell]::Create()
            $null = $shell.AddScript($script).AddArgument($b).AddArgument($query)
            if ("$script" -notmatch 'First') {
                $fault = '{"match":{"path":"/api/query"},"skip":2,"fault":{"status":403}}'
                $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/faults" -Method Post -Body $fault
            }
            $count = 0
            try { $count = $shell.Invoke().Count } catch { "$_" -replace '.*denies', 'denies' }
            $progress = @($shell.Streams.Progress)
            $count, $progress[0].RecordType, $progress[-1].RecordType -join '|'
        }
        "#,
    );
    assert_eq!(
        lines,
        [
            "200|Processing|Completed",
            "denies the user of this session access. 256 records were delivered before.\"",
            "0|Processing|Completed"
        ]
    );
}
