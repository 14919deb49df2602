# How long Import-Module takes in a new process, in milliseconds.
param([string]$Manifest)
$ErrorActionPreference = 'Stop'
$clock = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module $Manifest
$clock.Stop()
"ms=$($clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture))"
