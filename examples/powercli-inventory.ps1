<#
.SYNOPSIS
    Connects PowerCLI to an organization of VMware Cloud Director with an API token, lists its vApps and virtual machines, and
    disconnects.
.DESCRIPTION
    The API token comes from the environment variable VCD_API_TOKEN, so that it stands in no command line and in no history. Needs
    PowerCLI (VCF.PowerCLI or VMware.PowerCLI). For a site whose certificate authority this machine does not know, set these once
    in your profile; PowerCLI has a setting of its own:
        $PSDefaultParameterValues['*-Vcd*:CACertificate'] = 'C:\certificates\vcd-ca.pem'
        Set-PowerCLIConfiguration -InvalidCertificateAction Ignore -Scope User
.EXAMPLE
    ./powercli-inventory.ps1 -Server vcd.example.com -Org acme
#>
param(
    [string]$Server,
    [string]$Org
)

$ErrorActionPreference = 'Stop'
Import-Module VcdBearer

$token = ConvertTo-SecureString $env:VCD_API_TOKEN -AsPlainText -Force
# At port 443, Get-VcdBearer ... | Connect-CIServer does the same.
$connection = Connect-VcdServer -Server $Server -Org $Org -ApiToken $token
try {
    "Connected to $($connection.Name) as $($connection.User) of $($connection.Org)"
    Get-CIVApp | Select-Object -Property Name
    Get-CIVM | Select-Object -Property Name
}
finally {
    # Closes the connection and ends the session; Disconnect-CIServer would leave the session open.
    Disconnect-VcdServer -Session $connection
}
