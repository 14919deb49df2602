# A thousand exchanges through one pipeline, 16 at a time, in milliseconds.
param([string]$Manifest, [string]$Server, [string]$Org, [string]$CACertificate, [int]$Count = 1000)
$ErrorActionPreference = 'Stop'
Import-Module $Manifest
$token = ConvertTo-SecureString $env:VCD_API_TOKEN -AsPlainText -Force
$site = @{ Server = $Server; Org = $Org; CACertificate = $CACertificate; NoCache = $true; ThrottleLimit = 16 }
$null = $token | Get-VcdBearer @site
$tokens = [object[]]::new($Count)
[Array]::Fill($tokens, $token)
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$sessions = @($tokens | Get-VcdBearer @site)
$clock.Stop()
if ($sessions.Count -ne $Count) { throw "$($sessions.Count) sessions" }
"ms=$($clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture))"
