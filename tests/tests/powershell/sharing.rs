//! One session for all who ask with the same token, and who holds it.

use crate::Case;
use crate::site::{Site, literal};

pub(crate) const CASES: &[Case] = &[
    ("twenty_runspaces_share_one_exchange_and_the_last_one_ends_it", twenty_runspaces_share_one_exchange),
    (
        "a_session_killed_by_the_idle_clock_is_replaced_before_it_is_handed_out",
        a_session_killed_by_the_idle_clock_is_replaced,
    ),
    ("a_refreshed_session_is_shared_and_a_private_one_is_not", a_refreshed_session_is_shared_and_a_private_one_is_not),
    ("a_replaced_token_finds_the_same_session", a_replaced_token_finds_the_same_session),
    ("sessions_are_listed_and_described", sessions_are_listed_and_described),
    ("a_session_left_out_is_the_only_one", a_session_left_out_is_the_only_one),
    ("a_server_without_a_session_means_the_session_there", a_server_without_a_session_means_the_session_there),
    ("force_ends_a_session_for_all", force_ends_a_session_for_all),
    ("a_connection_of_powercli_is_a_session", a_connection_of_powercli_is_a_session),
    ("two_copies_of_the_module_share_nothing", two_copies_of_the_module_share_nothing),
];

fn twenty_runspaces_share_one_exchange(site: &Site) {
    site.delay_exchanges(300);
    let lines = site.lines(
        r"
        $all = Invoke-AtOnce (1..20) {
            Import-Module VcdBearer
            Get-VcdBearer $env:SIM_URL acme -ApiToken $env:SIM_TENANT -CACertificate $env:SIM_CA -Verbose 4>&1
        }
        # Each tells its own story, whoever sent the exchange.
        @($all -match '^Logging in to localhost').Count, @($all -match 'localhost as alice of acme; the session lasts').Count -join '|'
        $sessions = $all | Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] }
        $sessions.Count, @($sessions.SessionId | Select-Object -Unique).Count, @($sessions.HandOutId | Select-Object -Unique).Count -join '|'
        (Get-VcdSession).Holders
        Invoke-AtOnce $sessions[0..18] { param($session) Import-Module VcdBearer; Remove-VcdBearer $session }
        @(Get-OpenSession).Count, (Get-VcdSession).Holders -join '|'
        # Removed twice is removed once.
        $sessions[3] | Remove-VcdBearer
        @(Get-OpenSession).Count
        Remove-VcdBearer $sessions[19]
        @(Get-OpenSession).Count, @(Get-VcdSession).Count -join '|'
        ",
    );
    assert_eq!(lines, ["20|20", "20|1|20", "20", "1|1", "1", "0|0"]);
    let requests = site.requests();
    let of_the_session: Vec<_> = requests.iter().filter(|request| !request.contains("versions")).collect();
    assert_eq!(of_the_session, ["POST /oauth/tenant/acme/token", "DELETE /cloudapi/1.0.0/sessions/current"]);
}

/// The session is handed out unasked for as long as it was seen alive within a minute, so a minute has to pass.
fn a_session_killed_by_the_idle_clock_is_replaced(site: &Site) {
    let lines = site.lines(
        r#"
        $first = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $second = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $second.SessionId -eq $first.SessionId
        [System.Threading.Thread]::Sleep(61000)
        $null = Invoke-RestMethod "$env:SIM_CONTROL/sim/clock" -Method Post -Body '{"advance_s":3600}'
        # The call that finds it dead tells so.
        foreach ($i in 1, 2) {
            $all = @(Get-VcdBearer @Site -Org acme -ApiToken $Token -Verbose 4>&1)
            @($all -match 'no longer alive. Logged in anew to localhost as alice').Count
        }
        $third = $all[-1]
        $third.SessionId -ne $first.SessionId
        Test-VcdBearer $first
        Test-VcdBearer $third
        "#,
    );
    assert_eq!(lines, ["True", "1", "0", "True", "False", "True"]);
    let exchanges = site.requests().iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!(exchanges, 2);
}

fn a_refreshed_session_is_shared_and_a_private_one_is_not(site: &Site) {
    let lines = site.lines(
        r"
        $login = $Site + @{ Org = 'acme'; ApiToken = $Token }
        $first = Get-VcdBearer @login
        $renewed = Get-VcdBearer @login -ForceRefresh
        $again = Get-VcdBearer @login
        $private = Get-VcdBearer @login -NoCache
        $plain = Get-VcdBearer @login -AsPlainText
        ($first.SessionId -ne $renewed.SessionId), ($again.SessionId -eq $renewed.SessionId) -join '|'
        ($private.SessionId -notin $first.SessionId, $renewed.SessionId), ($plain -notin $first.AccessToken, $renewed.AccessToken) -join '|'
        # Whoever holds the first one keeps it.
        Test-VcdBearer $first
        # Another token is another session. The one whose bare token was asked for is listed too.
        $other = Get-VcdBearer @Site -Provider -ApiToken $env:SIM_PROVIDER
        ($other.SessionId -ne $renewed.SessionId), @(Get-VcdSession).Count -join '|'
        ",
    );
    assert_eq!(lines, ["True|True", "True|True", "True", "True|5"]);
}

fn a_replaced_token_finds_the_same_session(site: &Site) {
    let lines = site.lines(
        r"
        $first = Get-VcdBearer @Site -Org acme -ApiToken $env:SIM_SERVICE -WarningAction SilentlyContinue
        $all = @(Get-VcdBearer @Site -Org acme -ApiToken $first.NewApiToken 3>&1)
        $all.Count, ($all[0].SessionId -eq $first.SessionId), ($null -eq $all[0].NewApiToken) -join '|'
        ",
    );
    assert_eq!(lines, ["1|True|True"]);
    assert_eq!(site.requests().len(), 1);
}

fn sessions_are_listed_and_described(site: &Site) {
    let lines = site.lines(
        r"
        @(Get-VcdSession).Count
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $p = Get-VcdBearer @Site -Provider -ApiToken $env:SIM_PROVIDER
        foreach ($row in Get-VcdSession) {
            $row.Server, $row.Port, $row.Org, $row.IsProvider, $row.User, $row.Holders, ($row.ExpiresAt -gt (Get-Date)) -join '|'
        }
        ($b.ExpiresAt - (Get-VcdSession)[0].ExpiresAt).TotalSeconds -lt 1
        if ((Get-VcdSession | Format-List * | Out-String) -match 'eyJ') { 'the list shows a secret' }
        # How wide the last but one is depends on how people write a date.
        ((Get-VcdSession | Out-String).Trim() -split '\s*\n')[0] -replace '\s+', ' '
        $detail = $b | Get-VcdSession
        $detail.Server, $detail.Org, $detail.User, ($detail.Roles -join ','), $detail.IdleTimeoutMinutes, ($detail.ExpiresAt -eq $b.ExpiresAt) -join '|'
        (Get-VcdSession -Session $b.AccessToken @Site).User
        # By their rows.
        Get-VcdSession | Test-VcdBearer
        (Get-VcdSession)[1] | Remove-VcdBearer
        (Get-VcdSession).User
        # Another process may have ended it.
        Remove-VcdBearer $b.AccessToken @Site
        try { Get-VcdSession -Session $b } catch { $_.FullyQualifiedErrorId }
        @(Get-VcdSession).Count
        ",
    );
    let port = site.simulator.port();
    let (tenant, provider) = (
        format!("localhost|{port}|acme|False|alice|1|True"),
        format!("localhost|{port}|System|True|administrator|1|True"),
    );
    assert_eq!(
        lines,
        [
            "0",
            tenant.as_str(),
            provider.as_str(),
            "True",
            "Server Org User ExpiresAt Holders",
            "localhost|acme|alice|Organization Administrator|30|True",
            "alice",
            "True",
            "True",
            "alice",
            "Vcd.SessionExpired,Get-VcdSession",
            "0"
        ]
    );
}

fn a_session_left_out_is_the_only_one(site: &Site) {
    let lines = site.lines(
        r"
        try { Test-VcdBearer } catch { $_.FullyQualifiedErrorId; $_.Exception.Message -match 'holds none' }
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        # From another runspace, which holds no object.
        Invoke-AtOnce 1 { Import-Module VcdBearer; Test-VcdBearer }
        $p = Get-VcdBearer @Site -Provider -ApiToken $env:SIM_PROVIDER
        foreach ($call in { Test-VcdBearer }, { Remove-VcdBearer }) {
            try { & $call } catch {
                $_.FullyQualifiedErrorId
                $_.Exception.Message -match 'holds 2: alice at localhost:\d+/acme, administrator at localhost:\d+/System'
            }
        }
        Remove-VcdBearer $p
        Remove-VcdBearer
        @(Get-OpenSession).Count
        ",
    );
    let ambiguous = ["Vcd.SessionRequired,Test-VcdBearer", "True", "Vcd.SessionRequired,Remove-VcdBearer", "True"];
    assert_eq!(lines[..3], ["Vcd.SessionRequired,Test-VcdBearer", "True", "True"]);
    assert_eq!(lines[3..7], ambiguous);
    assert_eq!(lines[7..], ["0"]);
}

fn a_server_without_a_session_means_the_session_there(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        # Neither another site nor another port of this one, nor what is no name of a site.
        $calls = { Remove-VcdBearer -Server $args[0] }, { Test-VcdBearer -Server $args[0] }, {
            Invoke-VcdRestMethod /cloudapi/1.0.0/orgs -Method Post -Body @{} -Server $args[0]
        }
        foreach ($server in 'production.example.com', 'localhost:1', "Bearer $($b.AccessToken)") {
            foreach ($call in $calls) {
                try { & $call $server } catch {
                    $_.FullyQualifiedErrorId -like 'Vcd.SessionRequired,*' -and -not "$_".Contains($b.AccessToken) -and
                        "$_" -match "holds none at [^:]+(:1)?, but 1 in all: alice at localhost:$env:SIM_PORT/acme"
                }
            }
            @(Get-VcdSession -Server $server).Count
        }
        # With and without the port, and as an address of the portal.
        foreach ($server in 'LOCALHOST', "localhost:$env:SIM_PORT", $env:SIM_URL, "$env:SIM_URL/tenant/acme") {
            Test-VcdBearer -Server $server
            @(Get-VcdSession -Server $server).Count
        }
        $other = Get-VcdBearer "127.0.0.1:$env:SIM_PORT" acme -ApiToken $Token -CACertificate $env:SIM_CA
        $PSDefaultParameterValues['*-Vcd*:Server'] = $env:SIM_URL
        @(Get-VcdSession).Count, @(Get-VcdSession -Server '').Count -join '|'
        # A session that is named knows its own site.
        Remove-VcdBearer $other
        Remove-VcdBearer
        @(Get-VcdSession -Server '').Count
        "#,
    );
    assert_eq!(lines[..12], ["True", "True", "True", "0"].repeat(3));
    assert_eq!(lines[12..20], ["True", "1"].repeat(4));
    assert_eq!(lines[20..], ["1|2", "0"]);
    assert!(site.simulator.sessions().is_empty());
    assert!(!site.requests().iter().any(|request| request == "POST /cloudapi/1.0.0/orgs"), "{:?}", site.requests());
}

fn force_ends_a_session_for_all(site: &Site) {
    let lines = site.lines(
        r"
        $a = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        @(Remove-VcdBearer $a -Verbose 4>&1 | Where-Object Message -Match 'stays open for 1 more').Count
        Test-VcdBearer $b
        $a = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Remove-VcdBearer $a -Force
        @(Get-OpenSession).Count, @(Get-VcdSession).Count -join '|'
        Test-VcdBearer $b
        # It is not handed out again.
        Test-VcdBearer (Get-VcdBearer @Site -Org acme -ApiToken $Token)
        ",
    );
    assert_eq!(lines, ["1", "True", "0|0", "False", "True"]);
}

fn a_connection_of_powercli_is_a_session(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $connection = [pscustomobject] @{
            PSTypeName = 'VMware.VimAutomation.Cloud.Impl.V1.CIServerImpl'
            Name       = 'localhost'
            ServiceUri = [uri] "$env:SIM_URL/api/"
            SessionId  = $b.SessionId
            Org        = 'acme'
        }
        Test-VcdBearer $connection -CACertificate $env:SIM_CA
        ($connection | Get-VcdSession -CACertificate $env:SIM_CA).User
        $connection.SessionId = '0123456789abcdef0123456789abcdef'
        try { Test-VcdBearer $connection } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    assert_eq!(lines, ["True", "alice", "Vcd.SessionRequired,Test-VcdBearer"]);
}

/// Two files of a library are two libraries; each knows its own sessions and can end the other's by their bearer.
fn two_copies_of_the_module_share_nothing(site: &Site) {
    let lines = site.lines(&format!(
        r"
        Copy-Item {} other -Recurse
        Import-Module ./other/VcdBearer.psd1 -Prefix Other
        $a = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $b = Get-OtherVcdBearer @Site -Org acme -ApiToken $Token
        $a.SessionId -ne $b.SessionId
        @(Get-VcdSession).Count, @(Get-OtherVcdSession).Count -join '|'
        Remove-VcdBearer $b
        Remove-OtherVcdBearer $a
        @(Get-OpenSession).Count
        ",
        literal(&site.shell.module_folder())
    ));
    assert_eq!(lines, ["True", "1|1", "0"]);
}
