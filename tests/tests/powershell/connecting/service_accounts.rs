//! `Connect-VcdServer` with tokens that are replaced at each use: PowerCLI's connection has no place for the new one.

use super::{lines, newer};
use crate::powercli::{Listen, PowerCliCase};
use crate::site::Site;

pub(crate) const CASES: &[PowerCliCase] = &[
    newer("connecting_saves_a_new_token", Listen::AnyPort, connecting_saves_a_new_token),
    newer("connecting_in_vain_saves_a_new_token", Listen::AnyPort, connecting_in_vain_saves_a_new_token),
    newer("connecting_rotates_a_token_file", Listen::AnyPort, connecting_rotates_a_token_file),
];

/// `Get-SavedToken` gives the one file that a warning names, if its token works.
const SAVED: &str = r"
    function Get-SavedToken($Warnings) {
        $named = @($Warnings | Where-Object { $_.Message -match 'it is in the file (.+)\.$' } | ForEach-Object { $Matches[1] })
        $named.Count
        (Get-VcdBearer @At -Org acme -CACertificate $env:SIM_CA -TokenFile $named[0] -NoCache).User -eq $user
    }
    $user = 'ci-deploy'
    $service = @{ Org = 'acme'; CACertificate = $env:SIM_CA; WarningAction = 'SilentlyContinue'; WarningVariable = 'warnings' }
";

fn connecting_saves_a_new_token(site: &Site) {
    let told = lines(
        site,
        &[
            SAVED,
            r"
            (Connect-VcdServer @At @service -ApiToken $env:SIM_SERVICE).User -eq $user
            Get-SavedToken $warnings
            ",
        ]
        .concat(),
    );
    assert_eq!(told, ["True", "1", "True"]);
}

fn connecting_in_vain_saves_a_new_token(site: &Site) {
    let told = lines(
        site,
        &[
            SAVED,
            r"
            $null = Set-PowerCLIConfiguration -InvalidCertificateAction Fail -Confirm:$false
            try { Connect-VcdServer @At @service -ApiToken $env:SIM_SERVICE } catch { $_.FullyQualifiedErrorId }
            Get-SavedToken $warnings
            ",
        ]
        .concat(),
    );
    assert_eq!(told, ["Vcd.PowerCliRefusedCertificate,Connect-VcdServer", "1", "True"]);
}

/// Also where the file cannot take the new token, because its second name would keep the dead one.
fn connecting_rotates_a_token_file(site: &Site) {
    let told = lines(
        site,
        &[
            SAVED,
            r"
            $null = Save-VcdApiToken account.json $env:SIM_SERVICE -TokenType ServiceAccount
            foreach ($i in 1, 2) { (Connect-VcdServer @At @service -TokenFile account.json -NoCache).User -eq $user }
            $warnings.Count
            $token = (Get-Content account.json | ConvertFrom-Json).refresh_token
            $null = Save-VcdApiToken line.txt $token
            $null = New-Item second.txt -ItemType HardLink -Target line.txt
            (Connect-VcdServer @At @service -TokenFile line.txt -NoCache).User -eq $user
            Get-SavedToken $warnings
            ",
        ]
        .concat(),
    );
    assert_eq!(told, ["True", "True", "0", "True", "1", "True"]);
}
