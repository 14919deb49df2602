# What it replaces: the recipe that circulates among PowerCLI users, in its safest form (the token in the body).
param([string]$Server, [string]$Org)
$ErrorActionPreference = 'Stop'
$answer = Invoke-RestMethod -SkipCertificateCheck -Method Post -Uri "$Server/oauth/tenant/$Org/token" -Body @{
    grant_type    = 'refresh_token'
    refresh_token = $env:VCD_API_TOKEN
}
$session = "Bearer $($answer.access_token)"
if ($session -notlike 'Bearer ?*') { exit 9 }
