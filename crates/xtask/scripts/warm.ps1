# Exchanges in a process that has done some already, taking turns with Invoke-RestMethod; medians in milliseconds.
param([string]$Manifest, [string]$Server, [string]$Org, [string]$CACertificate, [int]$Rounds = 200)
$ErrorActionPreference = 'Stop'
Import-Module $Manifest
$token = ConvertTo-SecureString $env:VCD_API_TOKEN -AsPlainText -Force
$uri = "$Server/oauth/tenant/$Org/token"
$form = @{ grant_type = 'refresh_token'; refresh_token = $env:VCD_API_TOKEN }
$module = [System.Collections.Generic.List[double]]::new()
$recipe = [System.Collections.Generic.List[double]]::new()
$clock = [System.Diagnostics.Stopwatch]::new()
$earlier = ''
for ($round = -20; $round -lt $Rounds; $round++) {
    $clock.Restart()
    $session = Get-VcdBearer -Server $Server -Org $Org -ApiToken $token -CACertificate $CACertificate
    $ours = $clock.Elapsed.TotalMilliseconds
    # One that is logged out is not handed out again: each round is an exchange.
    Remove-VcdBearer -Session $session
    if ("$session" -eq $earlier) { throw 'the session came from the cache' }
    $earlier = "$session"
    $clock.Restart()
    $null = Invoke-RestMethod -SkipCertificateCheck -Method Post -Uri $uri -Body $form
    $theirs = $clock.Elapsed.TotalMilliseconds
    if ($round -ge 0) {
        $module.Add($ours)
        $recipe.Add($theirs)
    }
}
foreach ($side in @{ module = $module; recipe = $recipe }.GetEnumerator()) {
    $side.Value.Sort()
    "$($side.Key)=$($side.Value[[int]($Rounds / 2)].ToString([cultureinfo]::InvariantCulture))"
}
