//! What is seen of a session object, and by whom.

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("views_and_exports_do_not_show_the_secret", views_and_exports_do_not_show_the_secret),
    ("hidden_properties_are_read_by_name", hidden_properties_are_read_by_name),
    ("json_and_clixml_contain_the_secret", json_and_clixml_contain_the_secret),
    ("an_object_from_a_file_is_shown_without_the_secret", an_object_from_a_file_is_shown_without_the_secret),
    ("all_runspaces_share_one_class", all_runspaces_share_one_class),
];

fn views_and_exports_do_not_show_the_secret(site: &Site) {
    let lines = site.lines(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        ($b | Out-String).Trim() -split '\s*\n' | Select-Object -First 1
        $views = @{
            default = $b | Out-String
            list    = $b | Format-List | Out-String
            all     = $b | Format-List * | Out-String
            table   = $b | Format-Table * | Out-String
            wide    = $b | Format-Wide | Out-String
            custom  = $b | Format-Custom | Out-String
            select  = $b | Select-Object * | Format-List * -Force | Out-String
            csv     = $b | ConvertTo-Csv | Out-String
            html    = $b | ConvertTo-Html | Out-String
            member  = $b | Get-Member | Out-String
        }
        foreach ($view in $views.Keys) {
            if ($views[$view].Contains($b.AccessToken)) { $view + ' shows the secret' }
            if ($view -ne 'wide' -and $views[$view] -notmatch 'ExpiresAt') { $view + ' does not show the expiry' }
        }
        # The search finds what is there.
        ($b | Select-Object SessionId | Format-List | Out-String -Width 5000).Contains($b.AccessToken)
        $b.PSObject.Properties.Name -join ','
        ",
    );
    assert_eq!(lines[0], "Server    Org  User  ExpiresAt");
    assert_eq!(lines[1], "True", "{lines:#?}");
    assert_eq!(lines[2], "Server,Port,Org,IsProvider,User,IssuedAt,ExpiresAt,TokenType,InputIndex,Label");
}

fn hidden_properties_are_read_by_name(site: &Site) {
    let lines = site.lines(
        r#"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token -TimeoutSec 20
        $b.SessionId -ceq "$b" -and $b.Authorization -ceq "$b" -and "$b" -ceq ('Bearer ' + $b.AccessToken)
        $b.access_token -ceq $b.AccessToken
        $b.CACertificate -eq $env:SIM_CA -and $b.TimeoutSec -eq 20 -and -not $b.SkipCertificateCheck
        ($b | Select-Object AccessToken).AccessToken -ceq $b.AccessToken
        $current = Invoke-Unverified "$env:SIM_URL/cloudapi/1.0.0/sessions/current" @{
            Authorization = $b.Authorization
            Accept        = 'application/json;version=37.0'
        }
        $current.user.name
        try { $b.Server = 'elsewhere' } catch { "$_" }
        "#,
    );
    assert_eq!(lines, ["True", "True", "True", "True", "alice", "'Server' is a ReadOnly property."]);
}

fn json_and_clixml_contain_the_secret(site: &Site) {
    // Help and the about topic say so; if this ever changes, so must they.
    site.passes(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        if (-not ($b | ConvertTo-Json).Contains($b.AccessToken)) { 'JSON does not contain the secret' }
        $b | Export-Clixml b.xml
        # CLIXML writes an underscore before an x as _x005F_.
        $clixml = (Get-Content b.xml -Raw) -replace '_x005F_', '_'
        if (-not $clixml.Contains($b.AccessToken)) { 'CLIXML does not contain the secret' }
        $help = Get-Help Get-VcdBearer -Full | Out-String
        foreach ($word in 'ConvertTo-Json', 'Export-Clixml') {
            if (-not $help.Contains($word)) { $word + ' is not in the help' }
        }
        ",
    );
}

fn an_object_from_a_file_is_shown_without_the_secret(site: &Site) {
    site.passes(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $b | Export-Clixml b.xml
        $copy = Import-Clixml b.xml
        if (($copy | Out-String).Contains($b.AccessToken)) { 'the default view shows the secret' }
        if (($copy | Out-String) -notmatch 'alice') { 'the default view does not show the user' }
        foreach ($name in 'SessionId', 'Authorization', 'AccessToken', 'access_token', 'Server', 'Port', 'ExpiresAt', 'CACertificate') {
            if ($copy.$name -ne $b.$name) { $name + ' is another' }
        }
        ",
    );
}

fn all_runspaces_share_one_class(site: &Site) {
    let lines = site.lines(
        r"
        # Nothing is emitted yet: all of them race to be the first.
        $all = Invoke-AtOnce (1..8) {
            Import-Module VcdBearer
            Get-VcdBearer $env:SIM_URL acme -ApiToken $env:SIM_TENANT -CACertificate $env:SIM_CA
        }
        $all.Count, @($all | ForEach-Object { $_.GetType() } | Select-Object -Unique).Count -join '|'
        Import-Module VcdBearer -Force
        (Get-VcdBearer @Site -Org acme -ApiToken $Token).GetType() -eq $all[0].GetType()
        ($all | Test-VcdBearer) -join ','
        ",
    );
    assert_eq!(lines, ["8|1", "True", "True,True,True,True,True,True,True,True"]);
}
