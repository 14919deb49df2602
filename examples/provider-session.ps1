<#
.SYNOPSIS
    Logs in to VMware Cloud Director as its provider (the System organization), checks the session and logs out.
.DESCRIPTION
    The API token comes from the environment variable VCD_API_TOKEN, so that it stands in no command line and in no
    history. For a site whose certificate authority this machine does not know, set this once in your profile:
        $PSDefaultParameterValues['Get-VcdBearer:CACertificate'] = 'C:\certificates\vcd-ca.pem'
.EXAMPLE
    ./provider-session.ps1 -Server vcd.example.com
#>
param(
    [string]$Server
)

Import-Module VcdBearer

$token = ConvertTo-SecureString $env:VCD_API_TOKEN -AsPlainText -Force
$session = Get-VcdBearer -Server $Server -Provider -ApiToken $token
$session

Test-VcdBearer -Session $session
Remove-VcdBearer -Session $session
Test-VcdBearer -Session $session
