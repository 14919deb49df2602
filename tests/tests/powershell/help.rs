//! Help: complete, and true.

use crate::Case;
use crate::powercli::{Flavour, Listen, PowerCliCase};
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("help_describes_every_command_and_parameter", help_describes_every_command_and_parameter),
    ("the_about_topics_are_found", the_about_topics_are_found),
];

pub(crate) const POWERCLI_CASES: &[PowerCliCase] = &[PowerCliCase {
    name: "the_examples_of_the_help_run",
    flavour: Flavour::V13_1,
    listen: Listen::HttpsPort(1),
    body: the_examples_of_the_help_run,
}];

fn help_describes_every_command_and_parameter(site: &Site) {
    let lines = site.lines(
        r#"
        $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
        $count = 0
        foreach ($command in Get-Command -Module VcdBearer) {
            $help = Get-Help $command.Name -Full
            if ($help.Synopsis -match '^\s*$|\[<CommonParameters>\]') { "$command has no synopsis" }
            if (-not $help.description) { "$command has no description" }
            if (-not $help.returnValues) { "$command does not say what it returns" }
            if (-not $command.OutputType) { "$command has no OutputType" }
            if (@($help.examples.example).Count -lt 2) { "$command has fewer than 2 examples" }
            foreach ($name in $command.Parameters.Keys) {
                if ($name -in $common) { continue }
                $count++
                $parameter = @($help.parameters.parameter | Where-Object name -eq $name)
                if (-not $parameter.description) { "$command -$name is not described" }
            }
            foreach ($parameter in $help.parameters.parameter) {
                if (-not $command.Parameters.ContainsKey($parameter.name)) { "$command has no parameter $($parameter.name)" }
            }
        }
        @(Get-Command -Module VcdBearer).Count -ge 3 -and $count -ge 20
        (Get-Help Test-VcdBearer).description.Text -match 'resets the idle clock'
        "#,
    );
    assert_eq!(lines, ["True", "True"]);
}

fn the_examples_of_the_help_run(site: &Site) {
    // What the examples take from elsewhere is stood in for: a vault, a person, a site's address.
    let lines = site.lines(
        r#"
        function Get-Secret([string] $Name) { ConvertTo-SecureString $env:SIM_PROVIDER -AsPlainText -Force }
        function Read-Host([string] $Prompt, [switch] $AsSecureString) { $Token }
        Copy-Item $env:SIM_CA company-ca.pem
        $null = Save-VcdApiToken vcd-jobs/acme.json $Token
        Set-Content sites.csv 'Name,Server,Org,ApiToken', "one,$env:SIM_HOSTS,acme,$env:SIM_TENANT"
        $PSDefaultParameterValues['*-Vcd*:CACertificate'] = $env:SIM_CA
        $PSDefaultParameterValues['Invoke-RestMethod:SkipCertificateCheck'] = $true
        function Reset-Session {
            Disconnect-VcdServer -WarningAction SilentlyContinue
            Get-VcdSession | Remove-VcdBearer -Force
            $script:b = Get-VcdBearer @Site -Org acme -ApiToken $Token
            $script:production = Get-VcdBearer @Site -Org acme -ApiToken $Token -NoCache
            $script:test = Get-VcdBearer @Site -Org System -ApiToken $env:SIM_PROVIDER
            $env:CI_VCD_BEARER = "$b"
            $null = $script:b | Connect-VcdServer
        }
        $ran = 0
        foreach ($command in Get-Command -Module VcdBearer) {
            foreach ($example in (Get-Help $command.Name -Full).examples.example) {
                # For an account of Windows.
                if ($example.code -match '-Account') { continue }
                Reset-Session
                $code = $example.code -replace 'vcd\.example\.com', $env:SIM_HOSTS -replace '-Confirm', '-Confirm:$false' -replace
                    'C:\\ProgramData\\VcdJobs\\', 'vcd-jobs/'
                $null = . ([scriptblock]::Create($code)) 3>$null
                $ran++
            }
        }
        $ran -ge 20
        $Error.Count
        "#,
    );
    assert_eq!(lines, ["True", "0"]);
}

fn the_about_topics_are_found(site: &Site) {
    let lines = site.lines(
        r"
        $topics = @{
            about_VcdBearer                 = 'Get-VcdBearer', 'ConvertTo-Json', 'Export-Clixml', 'Vcd.TokenRejected', 'NewApiToken'
            about_VcdBearer_Scheduled_Tasks = 'Save-VcdApiToken', 'gMSA', 'S4U', 'SYSTEM', 'Vcd.TokenRejected', 'AllUsers'
        }
        foreach ($name in $topics.Keys) {
            $topic = Get-Help $name
            foreach ($word in $topics[$name]) {
                if (-not $topic.Contains($word)) { $word + ' is missing' }
            }
            ($topic -split '\n' | Measure-Object -Property Length -Maximum).Maximum -le 80
        }
        ",
    );
    assert_eq!(lines, ["True", "True"]);
}
