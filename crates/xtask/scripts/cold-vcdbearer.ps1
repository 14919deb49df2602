# What is measured: a new process that imports the staged module and fetches one session.
param([string]$Manifest, [string]$Server, [string]$Org, [string]$CACertificate)
$ErrorActionPreference = 'Stop'
Import-Module $Manifest
$session = Get-VcdBearer -Server $Server -Org $Org -ApiToken $env:VCD_API_TOKEN -CACertificate $CACertificate
if ("$session" -notlike 'Bearer *') { exit 9 }
