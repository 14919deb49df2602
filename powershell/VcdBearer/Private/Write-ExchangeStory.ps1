# What -Verbose tells of a log-in: one sentence before it is sent, then how it ended.

function Write-ExchangeStart {
    param($Queue, $Item)

    $site = Get-SiteName "$($Item['Server'])"
    # Whatever is in the wrong place is refused later, and may be a secret.
    if (-not $Item['Failure'] -and $site -and -not (Test-SecretText "$($Item['Org'])")) {
        $name = Get-ItemName $Queue $Item $Queue['Added']
        $Queue['Cmdlet'].WriteVerbose("${name}Logging in to $site, organization $($Item['Org']).")
    }
}

function Write-ExchangeOutcome {
    param($Cmdlet, $Name, $Fields)

    if ($Fields['trimmed'] -eq 'true') {
        $Cmdlet.WriteVerbose("${Name}White space around the API token was left out.")
    }
    if ($Fields.ContainsKey('token_file')) {
        Write-TokenFileStory $Cmdlet $Name $Fields
    }
    Write-WayStory $Cmdlet $Fields $Name
    if ($Fields['status'] -eq '0') {
        $how = 'Logged in to'
        if ($Fields['cached'] -eq 'true') {
            $how = 'This process has a session already, and it is alive: at'
        }
        elseif ($Fields['renewed'] -eq 'true') {
            $how = 'The session that this process had is no longer alive. Logged in anew to'
        }
        $Cmdlet.WriteVerbose("$Name$how $($Fields['server']) as $($Fields['user']) of $($Fields['org']); " +
            "the session lasts until $($Fields['expires_at']) unless it is idle for too long.")
    }
}

function Write-ExchangeFailure {
    param($Cmdlet, $Name, $Record)

    $answer = $Record.Exception.Data['HttpStatus']
    if ($answer) { $answer = " (HTTP status $answer)" }
    $Cmdlet.WriteVerbose("${Name}Failed: $($Record.FullyQualifiedErrorId)$answer.")
}

function Write-TokenFileStory {
    # What became of the token file.
    param($Cmdlet, $Name, $Fields)

    $Cmdlet.WriteVerbose("${Name}The API token came from the file $($Fields['token_file']).")
    if ($Fields['token_file_replaced'] -eq 'true') {
        $Cmdlet.WriteVerbose("${Name}Cloud Director replaced the API token; the new one is in the file.")
    }
    foreach ($note in $Fields['token_file_note']) {
        $Cmdlet.WriteVerbose($Name + $note)
    }
}

function Write-WayStory {
    # How the server was reached, for -Verbose.
    param($Cmdlet, $Fields, $Name)

    if ($Fields.ContainsKey('proxy')) {
        $source = $script:ProxySources["$($Fields['proxy_source'])"]
        $Cmdlet.WriteVerbose("${Name}The way to the server was the proxy $($Fields['proxy'])$source.")
    }
    elseif ([int] $Fields['status'] -lt 1000 -or [int] $Fields['status'] -ge 2000) {
        # Otherwise there was no way yet.
        $Cmdlet.WriteVerbose("${Name}The way to the server was direct, without a proxy.")
    }
    if ([int] $Fields['attempts'] -gt 1) {
        $Cmdlet.WriteVerbose("${Name}It took $($Fields['attempts']) attempts; nothing was sent in the others.")
    }
}

$script:ProxySources = @{
    option      = ''
    environment = ' (from HTTPS_PROXY)'
    system      = ' (from the settings of the user)'
    machine     = ' (from the settings of the machine)'
}
