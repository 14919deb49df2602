<#
.SYNOPSIS
    Logs in to an organization of VMware Cloud Director with an API token, checks the session and logs out.
.DESCRIPTION
    The API token comes from the environment variable VCD_API_TOKEN, so that it stands in no command line and in no
    history. For a site whose certificate authority this machine does not know, set this once in your profile:
        $PSDefaultParameterValues['Get-VcdBearer:CACertificate'] = 'C:\certificates\vcd-ca.pem'
.EXAMPLE
    ./tenant-session.ps1 -Server vcd.example.com -Org acme
#>
param(
    [string]$Server,
    [string]$Org
)

Import-Module VcdBearer

$token = ConvertTo-SecureString $env:VCD_API_TOKEN -AsPlainText -Force
$session = Get-VcdBearer -Server $Server -Org $Org -ApiToken $token
$session

# As text it is "Bearer ...", which Connect-CIServer takes. Whoever reads that text is logged in, so show no more of it
# than its beginning: the output of a job is kept in logs.
"$session".Substring(0, 14) + '... (masked)'
if (Get-Command Connect-CIServer -ErrorAction Ignore) {
    $null = Connect-CIServer -Server $session.Server -Port $session.Port -SessionId "$session"
}

Test-VcdBearer -Session $session
Remove-VcdBearer -Session $session
Test-VcdBearer -Session $session
