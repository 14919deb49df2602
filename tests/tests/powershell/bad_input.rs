//! Wrong input: each a specific error that shows no secret, and no connection.

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("wrong_values_are_refused_without_a_connection", wrong_values_are_refused_without_a_connection),
    (
        "options_that_contradict_are_refused_without_a_connection",
        options_that_contradict_are_refused_without_a_connection,
    ),
    ("wrong_sessions_are_refused_without_a_connection", wrong_sessions_are_refused_without_a_connection),
    ("a_plain_token_is_not_echoed_by_the_binder", a_plain_token_is_not_echoed_by_the_binder),
    ("a_path_is_relative_to_the_location_and_literal", a_path_is_relative_to_the_location_and_literal),
];

/// Runs each call of a table `error id = call` and prints what is not as expected: another error, none, more than one
/// entry in `$Error`, an entry that contains the canary.
const CHECK: &str = r#"
$Canary = 'VCDCANARY' + 'a1b2c3d4e5f6g7h8'
$Jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJWQ0RDQU5BUlkifQ.c2lnbmF0dXJlVkNEQ0FOQVJZ'
function Test-Refusal([string] $Id, [scriptblock] $Call) {
    $global:Error.Clear()
    $got = 'no error'
    try { $null = & $Call } catch { $got = $_.FullyQualifiedErrorId }
    if ($got -ne "Vcd.$Id") { "$Call gave $got instead of Vcd.$Id" }
    if ($global:Error.Count -ne 1) { "$Call left $($global:Error.Count) entries in `$Error" }
    foreach ($record in $global:Error) {
        $text = $record, $record.Exception, $record.TargetObject, $record.ErrorDetails.RecommendedAction, ($record | Format-List * -Force | Out-String),
            $record.InvocationInfo.BoundParameters.Values, $record.Exception.Data.Values | Out-String
        if ($text -match 'VCDCANARY|VkNEQ0FOQVJZ|c2lnbmF0dXJl') { "$Call shows the secret: $text" }
        if (-not $record.ErrorDetails.RecommendedAction) { "$Call recommends nothing" }
    }
}
"#;

fn refuses(site: &Site, calls: &str) {
    site.passes(&format!("{CHECK}{calls}"));
    assert_eq!(site.simulator.journal().connections, 0);
}

fn wrong_values_are_refused_without_a_connection(site: &Site) {
    refuses(
        site,
        r#"
        foreach ($server in '', '  ', "http://localhost:$env:SIM_PORT", "https://user:$Canary@localhost", "a`tb", "a b", "a`0b", "localhost`norg=x",
            "Bearer $Jwt", $Jwt, 'ftp://localhost', 'localhost:99999', 'localhost:0') {
            Test-Refusal 'InvalidServer,Get-VcdBearer' { Get-VcdBearer $server acme -ApiToken $Canary -CACertificate $env:SIM_CA }
        }
        foreach ($org in '', '  ', 'a/b', '.', '..', "a`tb", "a`0b", "a`nprovider=true", "a`r`nb") {
            Test-Refusal 'InvalidOrganization,Get-VcdBearer' { Get-VcdBearer @Site -Org $org -ApiToken $Canary }
        }
        $tokens = '', '  ', $Jwt, "Bearer $Jwt", "$Canary $Canary", "$Canary`a$Canary", ($Canary * 50000), $null, 5, @{ a = $Canary },
            [securestring]::new(), [pscredential]::Empty
        foreach ($token in $tokens) {
            Test-Refusal 'InvalidToken,Get-VcdBearer' { Get-VcdBearer @Site -Org acme -ApiToken $token }
        }
        foreach ($token in $tokens | Where-Object { $_ -is [string] -or $_ -is [securestring] -or $_ -is [pscredential] }) {
            Test-Refusal 'InvalidToken,Get-VcdBearer' { $token | Get-VcdBearer @Site -Org acme }
            $id = if ("$token") { 'InvalidToken' } else { 'MissingParameter' }
            Test-Refusal "$id,Get-VcdBearer" { @{ Org = 'acme'; ApiToken = $token; Name = 'row' } | Get-VcdBearer @Site }
        }
        Test-Refusal 'InvalidToken,Get-VcdBearer' { @{ Org = 'acme'; ApiToken = 5, $Canary } | Get-VcdBearer @Site }
        foreach ($thing in 5, (Get-Date), @{}, @{ Name = $Canary }, [pscustomobject] @{ Token = $Canary }, @(, @($Canary, $Canary)), $null) {
            Test-Refusal 'UnsupportedInput,Get-VcdBearer' { $thing | Get-VcdBearer @Site -Org acme -ApiToken $Canary }
            Test-Refusal 'UnsupportedInput,Get-VcdBearer' { Get-VcdBearer @Site -Org acme -ApiToken $Canary -InputObject $thing }
        }
        Test-Refusal 'InvalidOrganization,Get-VcdBearer' { @{ Org = 'a/b'; ApiToken = $Canary } | Get-VcdBearer @Site }
        foreach ($row in @{ Server = $Jwt; Org = 'a'; ApiToken = $Canary }, [pscustomobject] @{ Server = ' '; Org = 'a'; ApiToken = $Canary }) {
            Test-Refusal 'InvalidServer,Get-VcdBearer' { $row | Get-VcdBearer }
        }
        Test-Refusal 'MissingParameter,Get-VcdBearer' { @{ Server = 'localhost'; ApiToken = $Canary } | Get-VcdBearer }
        Test-Refusal 'MissingParameter,Get-VcdBearer' { @{ Server = 'localhost'; Org = 'acme'; ApiToken = '' } | Get-VcdBearer }
        "#,
    );
}

fn options_that_contradict_are_refused_without_a_connection(site: &Site) {
    refuses(
        site,
        r#"
        $s = @{ Server = $env:SIM_URL; ApiToken = $Canary }
        foreach ($options in
            @{ Org = 'acme'; Provider = $true },
            @{ Org = 'acme'; AsSecureString = $true; AsPlainText = $true },
            @{ Org = 'acme'; CertificateSha256 = $env:SIM_PIN; SkipCertificateCheck = $true },
            @{ Org = 'acme'; CACertificate = $env:SIM_CA; SkipCertificateCheck = $true },
            @{ Org = 'acme'; CACertificate = $env:SIM_CA; CertificateSha256 = $env:SIM_PIN },
            @{ Org = 'acme'; CertificateSha256 = '12:34' },
            @{ Org = 'acme'; CertificateSha256 = '' },
            @{ Org = 'acme'; CACertificate = './none.pem' },
            @{ Org = 'acme'; CACertificate = '.' },
            @{ Org = 'acme'; CACertificate = 'nowhere:/ca.pem' },
            @{ Org = 'acme'; CACertificate = 'env:/PATH' },
            @{ Org = 'acme'; CACertificate = $PSCommandPath },
            @{ Org = 'acme'; CACertificate = $env:SIM_CA; TimeoutSec = 0 },
            @{ Org = 'acme'; CACertificate = $env:SIM_CA; TimeoutSec = -1 },
            @{ Org = 'acme'; CACertificate = $env:SIM_CA; TimeoutSec = [int]::MaxValue },
            @{ Org = 'acme'; MaximumRetryCount = -1 },
            @{ Org = 'acme'; MaximumRetryCount = 11 },
            @{ Org = 'acme'; ThrottleLimit = 0 },
            @{ Org = 'acme'; ThrottleLimit = 1001 },
            @{ Org = 'acme'; ForceRefresh = $true; NoCache = $true },
            @{ Org = 'acme'; NoProxy = $true; Proxy = 'http://localhost:1' },
            @{ Org = 'acme'; NoProxy = $true; ProxyCredential = [pscredential]::new('a', $Token) },
            @{ Org = 'acme'; ProxyCredential = [pscredential]::new('a', $Token) },
            @{ Org = 'acme'; Proxy = ' ' },
            @{ Org = ' '; Provider = $true },
            @{ Org = 'acme'; TokenFile = 'token' },
            @{ Org = 'acme'; Proxy = 'socks5://localhost:1' },
            @{ Org = 'acme'; Proxy = "http://user:$Canary@localhost:1" },
            @{ Org = 'acme'; Proxy = 'http://:1' }) {
            Test-Refusal 'InvalidOption,Get-VcdBearer' { Get-VcdBearer @s @options }
            # One error for the whole pipeline.
            Test-Refusal 'InvalidOption,Get-VcdBearer' { $Canary, $Canary | Get-VcdBearer @s @options -ErrorAction Stop }
        }
        foreach ($given in @{}, @{ Server = 'a' }, @{ Server = 'a'; Org = 'b' }, @{ Provider = $true; ApiToken = $Canary }) {
            Test-Refusal 'MissingParameter,Get-VcdBearer' { Get-VcdBearer @given }
        }
        "#,
    );
}

fn wrong_sessions_are_refused_without_a_connection(site: &Site) {
    refuses(
        site,
        r#"
        foreach ($command in 'Test-VcdBearer', 'Remove-VcdBearer', 'Get-VcdSession') {
            if ($command -ne 'Get-VcdSession') { Test-Refusal "SessionRequired,$command" { & $command } }
            Test-Refusal "SessionRequired,$command" { & $command $null }
            Test-Refusal "SessionRequired,$command" { $null | & $command }
            Test-Refusal "SessionRequired,$command" { & $command $Jwt }
            Test-Refusal "SessionRequired,$command" { & $command @{ SessionId = $Jwt } }
            Test-Refusal "SessionRequired,$command" { & $command (Get-Date) @Site }
            foreach ($properties in @{}, @{ Server = 'localhost'; Port = 1 }, @{ Server = $null; Port = 1; SessionId = $Jwt }) {
                foreach ($name in 'VcdBearer.Session', 'Deserialized.VcdBearer.Session') {
                    $claim = [pscustomobject] $properties
                    $claim.PSObject.TypeNames.Insert(0, $name)
                    Test-Refusal "SessionRequired,$command" { & $command $claim }
                }
            }
            Test-Refusal "InvalidServer,$command" { & $command $Jwt -Server $Jwt }
            Test-Refusal "InvalidOption,$command" { & $command $Jwt @Site -SkipCertificateCheck }
        }
        "#,
    );
}

fn a_plain_token_is_not_echoed_by_the_binder(site: &Site) {
    let ran = site.run(
        r"
        $canary = 'VCDCANARYa1b2c3d4e5f6g7h8'
        Get-VcdBearer @Site -Org acme -ApiToken $canary, $canary
        ",
    );
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("System.Object[]"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("VCDCANARY"), "{}", ran.stderr);
}

fn a_path_is_relative_to_the_location_and_literal(site: &Site) {
    let lines = site.lines(
        r"
        $null = New-Item -ItemType Directory sub
        Copy-Item $env:SIM_CA 'sub/ca[1].pem'
        Set-Location sub
        (Get-VcdBearer $env:SIM_URL acme -ApiToken $Token -CACertificate 'ca[1].pem').User
        $null = New-PSDrive -Name certs -PSProvider FileSystem -Root .
        $b = Get-VcdBearer $env:SIM_URL acme -ApiToken $Token -CACertificate 'certs:/ca[1].pem'
        Set-Location /
        Test-VcdBearer $b
        try { Get-VcdBearer $env:SIM_URL acme -ApiToken $Token -CACertificate 'ca*.pem' } catch { $_.FullyQualifiedErrorId }
        ",
    );
    assert_eq!(lines, ["alice", "True", "Vcd.InvalidOption,Get-VcdBearer"]);
}
