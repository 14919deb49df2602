function Write-ExchangeStory {
    # What happened, for -Verbose, and warnings about API tokens that were replaced. Called before secrets are taken:
    # where a warning stops the script, the native side still has them, saves the token and ends the session.
    param($Cmdlet, $Fields)

    if ($Fields['trimmed'] -eq 'true') {
        $Cmdlet.WriteVerbose('White space around the API token was left out.')
    }
    if ($Fields.ContainsKey('token_file')) {
        Write-TokenFileStory $Cmdlet $Fields
    }
    Write-NewTokenWarning $Cmdlet $Fields
    Write-WayStory $Cmdlet $Fields
    if ($Fields['status'] -eq '0') {
        $how = 'Logged in to'
        if ($Fields['cached'] -eq 'true') {
            $how = 'This process has a session already, and it is alive: at'
        }
        $Cmdlet.WriteVerbose("$how $($Fields['server']) as $($Fields['user']) of $($Fields['org']); " +
            "the session lasts until $($Fields['expires_at']) unless it is idle for too long.")
    }
}

function Write-TokenFileStory {
    # What became of the token file, and what somebody should do about it.
    param($Cmdlet, $Fields)

    $Cmdlet.WriteVerbose("The API token came from the file $($Fields['token_file']).")
    if ($Fields['token_file_replaced'] -eq 'true') {
        $Cmdlet.WriteVerbose('Cloud Director replaced the API token; the new one is in the file.')
    }
    foreach ($note in $Fields['token_file_note']) {
        $Cmdlet.WriteVerbose($note)
    }
    foreach ($warning in $Fields['token_file_warning']) {
        $Cmdlet.WriteWarning($warning)
    }
}

function Write-NewTokenWarning {
    # Where a new API token is that no file took.
    param($Cmdlet, $Fields)

    $place = $null
    if ($Fields.ContainsKey('new_api_token_file')) {
        $place = "in the file $($Fields['new_api_token_file'])"
    }
    elseif ($Fields['new_api_token'] -eq 'true' -and -not $Fields.ContainsKey('new_api_token_problem')) {
        $place = "in a file of the folder $($Fields['recovery_dir'])"
        if ($Fields['status'] -eq '0') {
            $place = "in the property NewApiToken of the session, or, if the session does not reach you, $place"
        }
    }
    if ($place) {
        $Cmdlet.WriteWarning('Cloud Director replaced the API token; the old one is dead. ' +
            "Save the new one now: it is $place.")
    }
}

function Write-WayStory {
    # How the server was reached, for -Verbose.
    param($Cmdlet, $Fields)

    if ($Fields.ContainsKey('proxy')) {
        $source = $script:ProxySources["$($Fields['proxy_source'])"]
        $Cmdlet.WriteVerbose("The way to the server was the proxy $($Fields['proxy'])$source.")
    }
    # As texts, in which 10 is behind 1 too.
    if ($Fields['attempts'] -gt '1') {
        $Cmdlet.WriteVerbose("It took $($Fields['attempts']) attempts; nothing was sent in the others.")
    }
}

$script:ProxySources = @{
    option      = ''
    environment = ' (from HTTPS_PROXY)'
    system      = ' (from the settings of the user)'
    machine     = ' (from the settings of the machine)'
}
