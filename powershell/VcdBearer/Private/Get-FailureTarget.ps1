function Get-FailureTarget {
    # What a failed request was about, for TargetObject: label, site, organization. Nothing of what the caller typed
    # where that was refused: it may be a secret in the wrong place.
    param([hashtable] $Fields, [string[]] $Parts)

    if ([int] $Fields.status -ge 2000) {
        return ($Parts | Where-Object { $_ }) -join '/'
    }
}

function Get-SiteName {
    # Host and port of what was typed as -Server; nothing if that does not look like a host.
    param([string] $Server)

    # Tokens have 32 letters and digits; no host is called so.
    if ($Server -match '^\s*(?:https://)?(?!eyJ|[a-z0-9]{32}\s*$)([\w.:\[\]-]{1,253})(?:[/?#]|\s*$)') {
        $Matches[1]
    }
}
