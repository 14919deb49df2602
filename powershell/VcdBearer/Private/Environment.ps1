# The environment variables of the Terraform provider for Cloud Director. They are read last, and empty ones count as not set.

function Add-EnvironmentValue {
    # Adds what an item lacks and the environment has. A token goes only to the site that the environment names too. Returns why
    # one that is there was not used; an ErrorRecord where the environment names two.
    param($Item)

    if (-not $Item.ContainsKey('Server') -and $env:VCD_URL) {
        $Item['Server'] = $env:VCD_URL
    }
    if (-not $Item.ContainsKey('Org')) {
        foreach ($organization in $env:VCD_SYS_ORG, $env:VCD_ORG) {
            if ($organization -and -not $Item.ContainsKey('Org')) {
                $Item['Org'] = $organization
            }
        }
    }
    if (-not (Test-TokenSource $Item)) {
        Add-EnvironmentToken $Item
    }
}

function Add-EnvironmentToken {
    # Adds the token, or the file with it, that the environment names; returns as above, or an ErrorRecord.
    param($Item)

    $variables = @(foreach ($name in 'VCD_API_TOKEN', 'VCD_API_TOKEN_FILE', 'VCD_SA_TOKEN_FILE') {
        if ([System.Environment]::GetEnvironmentVariable($name)) { $name }
    })
    if (-not $variables) {
        return
    }
    if ($variables.Count -gt 1) {
        return New-OptionFailureRecord "Environment variables contradict each other: $($variables -join ', ')." (
            'Set one of them, or give -ApiToken or -TokenFile.')
    }
    if ($Item.ContainsKey('Server') -and (Test-EnvironmentSite $Item['Server'])) {
        $name = if ($variables[0] -eq 'VCD_API_TOKEN') { 'ApiToken' } else { 'TokenFile' }
        $Item[$name] = [System.Environment]::GetEnvironmentVariable($variables[0])
    }
    elseif ($env:VCD_URL) {
        "The token of $variables is for the site that VCD_URL names, which is another one."
    }
    else {
        "The token of $variables was not used, because VCD_URL does not say which site it is for."
    }
}

function Test-EnvironmentSite {
    # Whether a server is the one that VCD_URL names, whatever the port.
    param($Server)

    $site, $named = foreach ($address in $Server, $env:VCD_URL) { "$(Get-SiteName $address)" -replace ':\d+$' }
    # Ordinal: to a culture, different hosts may be equal.
    $site -and [string]::Equals($site, $named, [System.StringComparison]::OrdinalIgnoreCase)
}
