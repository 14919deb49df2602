//! The environment variables of the Terraform provider.

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("what_is_not_given_comes_from_the_environment", what_is_not_given_comes_from_the_environment),
    ("a_token_of_the_environment_goes_to_its_own_site_alone", a_token_of_the_environment_goes_to_its_own_site_alone),
    (
        "an_unverified_certificate_is_accepted_at_that_site_alone",
        an_unverified_certificate_is_accepted_at_that_site_alone,
    ),
    ("the_environment_completes_rows", the_environment_completes_rows),
];

fn what_is_not_given_comes_from_the_environment(site: &Site) {
    let lines = site.lines(
        r"
        $trust = @{ CACertificate = $env:SIM_CA }
        $env:VCD_URL = $env:SIM_URL + '/api'
        $env:VCD_ORG = 'acme'
        $env:VCD_API_TOKEN = $env:SIM_TENANT
        (Get-VcdBearer @trust).User
        # Parameters beat it, and the organization of the system beats the other.
        $env:VCD_SYS_ORG = 'System'
        (Get-VcdBearer @trust -ApiToken $env:SIM_PROVIDER).Org
        (Get-VcdBearer @trust -Org acme).Org
        (Get-VcdBearer @trust -Provider -ApiToken $env:SIM_PROVIDER).Org
        # Empty is not set.
        $env:VCD_SYS_ORG = ''
        (Get-VcdBearer @trust).Org
        $env:VCD_API_TOKEN = ''
        try { Get-VcdBearer @trust } catch { $_.FullyQualifiedErrorId; $_.Exception.Message -match '-ApiToken' }
        ",
    );
    assert_eq!(lines, ["alice", "System", "acme", "System", "acme", "Vcd.MissingParameter,Get-VcdBearer", "True"]);
}

fn a_token_of_the_environment_goes_to_its_own_site_alone(site: &Site) {
    let lines = site.lines(
        r#"
        $call = @{ Org = 'acme'; CACertificate = $env:SIM_CA }
        $env:VCD_API_TOKEN = $env:SIM_TENANT
        function Get-Refusal([string] $Server) {
            try { (Get-VcdBearer $Server @call).User } catch { $_.FullyQualifiedErrorId, $_.Exception.Message.Contains('VCD_URL') -join '|' }
        }
        # No VCD_URL: nobody knows whose token it is.
        Get-Refusal $env:SIM_URL
        foreach ($url in 'https://vcd.example.com', 'https://localhost.example.com', 'https://127.0.0.1', 'localhos', 'https://user@localhost/', '[') {
            $env:VCD_URL = $url
            Get-Refusal $env:SIM_URL
        }
        foreach ($url in $env:SIM_URL, 'LOCALHOST', 'https://localhost/tenant/acme', "  localhost:1`n") {
            $env:VCD_URL = $url
            Get-Refusal $env:SIM_URL
        }
        # A row of a table is held to the same rule.
        $env:VCD_URL = 'https://vcd.example.com'
        try { @{ Server = $env:SIM_URL } | Get-VcdBearer @call } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    let refused = "Vcd.MissingParameter,Get-VcdBearer|True";
    assert_eq!(lines[..7], [refused; 7]);
    assert_eq!(lines[7..11], ["alice"; 4]);
    assert_eq!(lines[11..], ["Vcd.MissingParameter,Get-VcdBearer"]);
    assert_eq!(site.requests(), ["POST /oauth/tenant/acme/token"]);
}

fn an_unverified_certificate_is_accepted_at_that_site_alone(site: &Site) {
    let lines = site.lines(
        r#"
        $login = @{ Org = 'acme'; ApiToken = $Token; WarningVariable = 'warnings'; WarningAction = 'SilentlyContinue' }
        $env:VCD_ALLOW_UNVERIFIED_SSL = 'true'
        try { Get-VcdBearer $env:SIM_URL @login } catch { $_.FullyQualifiedErrorId }
        $env:VCD_URL = $env:SIM_URL
        $b = Get-VcdBearer @login
        $b.User, $warnings.Count, ("$warnings" -match 'VCD_ALLOW_UNVERIFIED_SSL') -join '|'
        try { Get-VcdBearer "127.0.0.1:$env:SIM_PORT" @login } catch { $_.FullyQualifiedErrorId }
        # A pin or a CA file beats it.
        try { Get-VcdBearer @login -CertificateSha256 ('0' * 64) } catch { $_.FullyQualifiedErrorId }
        (Get-VcdBearer @login -CACertificate $env:SIM_CA).User, $warnings.Count -join '|'
        # A session made so is reached so, and says so.
        Test-VcdBearer $b -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count
        Test-VcdBearer "$b" -Server $env:SIM_URL -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count
        foreach ($off in 'false', '0', '') {
            $env:VCD_ALLOW_UNVERIFIED_SSL = $off
            try { Get-VcdBearer @login -NoCache } catch { $_.FullyQualifiedErrorId }
        }
        "#,
    );
    let untrusted = "Vcd.CertificateUntrusted,Get-VcdBearer";
    let mismatch = "Vcd.CertificatePinMismatch,Get-VcdBearer";
    assert_eq!(lines[..4], [untrusted, "alice|1|True", untrusted, mismatch]);
    assert_eq!(lines[4..9], ["alice|0", "True", "1", "True", "1"]);
    assert_eq!(lines[9..], [untrusted; 3]);
}

fn the_environment_completes_rows(site: &Site) {
    let lines = site.lines(
        r"
        $env:VCD_URL = $env:SIM_URL
        $env:VCD_ORG = 'acme'
        $env:VCD_API_TOKEN = $env:SIM_TENANT
        $rows = @{ Org = 'System'; ApiToken = $env:SIM_PROVIDER }, @{ Org = 'acme' }, $Token
        ($rows | Get-VcdBearer -CACertificate $env:SIM_CA).User -join '|'
        ",
    );
    assert_eq!(lines, ["administrator|alice|alice"]);
}
