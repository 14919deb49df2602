//! Which certificates are accepted.

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("an_unknown_authority_is_refused_with_the_fingerprint", an_unknown_authority_is_refused_with_the_fingerprint),
    ("a_pin_is_enough_and_rides_along", a_pin_is_enough_and_rides_along),
    ("a_wrong_pin_is_refused", a_wrong_pin_is_refused),
    ("skipping_the_check_warns_each_time", skipping_the_check_warns_each_time),
    ("a_session_keeps_its_trust_unless_told_otherwise", a_session_keeps_its_trust_unless_told_otherwise),
    ("the_time_limit_holds_and_rides_along", the_time_limit_holds_and_rides_along),
];

fn an_unknown_authority_is_refused_with_the_fingerprint(site: &Site) {
    let lines = site.lines(
        r"
        try { Get-VcdBearer $env:SIM_URL acme -ApiToken $Token } catch {
            $_.FullyQualifiedErrorId
            $_.Exception.Message.Contains($env:SIM_PIN)
            $_.Exception.Data['PresentedSha256'] -eq $env:SIM_PIN
            $_.CategoryInfo.Category.ToString()
        }
        ",
    );
    assert_eq!(lines, ["Vcd.CertificateUntrusted,Get-VcdBearer", "True", "True", "SecurityError"]);
    assert!(site.requests().is_empty());
}

fn a_pin_is_enough_and_rides_along(site: &Site) {
    let lines = site.lines(
        r"
        $colons = $env:SIM_PIN.ToUpper() -replace '(..)(?=.)', '$1:'
        foreach ($pin in $env:SIM_PIN, $colons) {
            $b = Get-VcdBearer $env:SIM_URL acme -ApiToken $Token -CertificateSha256 $pin
            Test-VcdBearer $b
            Remove-VcdBearer $b
        }
        ",
    );
    assert_eq!(lines, ["True", "True"]);
    assert!(site.simulator.sessions().is_empty());
}

fn a_wrong_pin_is_refused(site: &Site) {
    let lines = site.lines(
        r"
        try { Get-VcdBearer $env:SIM_URL acme -ApiToken $Token -CertificateSha256 ('0' * 64) } catch {
            $_.FullyQualifiedErrorId
            $_.Exception.Message.Contains($env:SIM_PIN)
        }
        ",
    );
    assert_eq!(lines, ["Vcd.CertificatePinMismatch,Get-VcdBearer", "True"]);
    assert!(site.requests().is_empty());
}

fn skipping_the_check_warns_each_time(site: &Site) {
    let lines = site.lines(
        r"
        $all = @(Get-VcdBearer $env:SIM_URL acme -ApiToken $Token -SkipCertificateCheck 3>&1)
        $all.Count, $all[0].Message.Contains('not checked') -join '|'
        $b = $all[1]
        @(Test-VcdBearer $b 3>&1).Count
        @(Remove-VcdBearer $b 3>&1).Count
        # Nothing remembers it but the object.
        try { Get-VcdBearer $env:SIM_URL acme -ApiToken $Token } catch { $_.FullyQualifiedErrorId }
        ",
    );
    assert_eq!(lines, ["2|True", "2", "1", "Vcd.CertificateUntrusted,Get-VcdBearer"]);
}

fn a_session_keeps_its_trust_unless_told_otherwise(site: &Site) {
    let lines = site.lines(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Test-VcdBearer $b -CertificateSha256 $env:SIM_PIN
        try { Test-VcdBearer $b -CertificateSha256 ('0' * 64) } catch { $_.FullyQualifiedErrorId }
        try { Test-VcdBearer $b -SkipCertificateCheck:$false } catch { $_.FullyQualifiedErrorId }
        # The process that made it needs the file no more; the object alone does.
        Remove-Item $env:SIM_CA
        Test-VcdBearer $b
        try { Receive-Job -Wait (Start-Job { Import-Module VcdBearer; Test-VcdBearer $using:b }) } catch { $_.FullyQualifiedErrorId }
        Test-VcdBearer $b -CertificateSha256 $env:SIM_PIN
        ",
    );
    let untrusted = "Vcd.CertificateUntrusted,Test-VcdBearer";
    let mismatch = "Vcd.CertificatePinMismatch,Test-VcdBearer";
    assert_eq!(lines, ["True", mismatch, untrusted, "True", "Vcd.InvalidOption,Test-VcdBearer", "True"]);
}

fn the_time_limit_holds_and_rides_along(site: &Site) {
    site.delay_exchanges(10_000);
    let matching = vcdsim::Match { path: Some("/sessions/current".to_owned()), ..vcdsim::Match::default() };
    let effect = vcdsim::Effect { delay_ms: 10_000, ..vcdsim::Effect::default() };
    site.simulator.add_fault(vcdsim::Fault { matching, effect, ..vcdsim::Fault::default() });
    let lines = site.lines(
        r"
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        try { Get-VcdBearer @Site -Org acme -ApiToken $Token -TimeoutSec 1 } catch {
            $_.FullyQualifiedErrorId, $_.Exception.Data['OutcomeUnknown'] -join '|'
        }
        try { Test-VcdBearer eyJhIjoxfQ.eyJhIjoxfQ.c2ln @Site -TimeoutSec 1 } catch { $_.FullyQualifiedErrorId }
        $clock.Elapsed.TotalSeconds -lt 9
        ",
    );
    assert_eq!(lines, ["Vcd.AnswerTimeout,Get-VcdBearer|True", "Vcd.AnswerTimeout,Test-VcdBearer", "True"]);
}
