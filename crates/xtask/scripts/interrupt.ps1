# A call that somebody stops with Ctrl+C. The host can be written to while the pipeline stops.
param([string]$Manifest, [string]$Server, [string]$Org, [string]$CACertificate)
$ErrorActionPreference = 'Stop'
Import-Module $Manifest
$null = Get-Command Get-VcdBearer
try {
    $Host.UI.WriteLine('call' + 'ing')
    Get-VcdBearer -Server $Server -Org $Org -ApiToken $env:VCD_API_TOKEN -CACertificate $CACertificate
}
finally {
    $Host.UI.WriteLine('the ' + 'prompt')
}
