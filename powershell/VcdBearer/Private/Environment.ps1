# The environment variables of the Terraform provider for Cloud Director. They are read last, and empty ones count as not set.

function Add-EnvironmentValue {
    # Adds what an item lacks and the environment has. A token goes only to the site that the environment names too. Returns why
    # one that is there was not used.
    param([hashtable] $Item)

    if (-not $Item.ContainsKey('Server') -and $env:VCD_URL) {
        $Item.Server = $env:VCD_URL
    }
    if (-not $Item.ContainsKey('Org')) {
        foreach ($organization in $env:VCD_SYS_ORG, $env:VCD_ORG) {
            if ($organization -and -not $Item.ContainsKey('Org')) {
                $Item.Org = $organization
            }
        }
    }
    if (-not $Item.ContainsKey('ApiToken') -and $env:VCD_API_TOKEN) {
        if ($Item.ContainsKey('Server') -and (Test-EnvironmentSite $Item.Server)) {
            $Item.ApiToken = $env:VCD_API_TOKEN
        }
        elseif ($env:VCD_URL) {
            "The token in VCD_API_TOKEN is for the site that VCD_URL names, which is another one."
        }
        else {
            "The token in VCD_API_TOKEN was not used, because VCD_URL does not say which site it is for."
        }
    }
}

function Test-EnvironmentSite {
    # Whether a server is the one that VCD_URL names, whatever the port.
    param([string] $Server)

    $site, $named = foreach ($address in $Server, $env:VCD_URL) { "$(Get-SiteName $address)" -replace ':\d+$' }
    # Ordinal: to a culture, different hosts may be equal.
    $site -and [string]::Equals($site, $named, [System.StringComparison]::OrdinalIgnoreCase)
}
