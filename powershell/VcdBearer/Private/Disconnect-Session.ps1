function Resolve-DisconnectTarget {
    # What is to be disconnected, one hashtable each; or ErrorRecords.
    #   Text          what messages call it
    #   Entry         of the sessions that this process has given to PowerCLI, if it is one of those
    #   Connection    PowerCLI's object, if it is known
    #   Session       what is to be released besides, as Resolve-Session gives it
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Target, [hashtable] $Given)

    $ErrorActionPreference = 'Stop'
    if ($Target -is [array]) {
        foreach ($item in $Target) {
            Resolve-DisconnectTarget $Cmdlet $item $Given
        }
        return
    }
    if ($Target -is [string]) {
        return Resolve-ServerName $Target
    }
    if (Test-TypeName $Target $script:ConnectionTypeName) {
        return New-ConnectionTarget $Target
    }
    $resolved = Resolve-Session $Target $Given $true
    if ($resolved -is [System.Management.Automation.ErrorRecord]) {
        return $resolved
    }
    foreach ($entry in Get-PowerCliSession) {
        if (@($entry.Holders | ForEach-Object { $_.Session.Number }) -contains $resolved.Number) {
            New-EntryTarget $entry
        }
    }
    # One that somebody has made with the session's text.
    $ids = @((Read-PropertyValue $Target 'SessionId', 'Authorization').Values)
    $byText = @(Get-VisibleConnection) | Where-Object {
        $ids -ccontains $_.SessionId -and -not (Find-PowerCliSession $_.SessionId)
    }
    @{ Text = $resolved.Target; Entry = $null; Connection = $byText | Select-Object -First 1; Session = $resolved }
}

function Get-OwnTarget {
    # What Resolve-DisconnectTarget gives for everything of this process: the sessions that it has given to PowerCLI, and visible
    # connections that somebody has made with the text of its sessions.
    param([System.Management.Automation.PSCmdlet] $Cmdlet)

    foreach ($entry in Get-PowerCliSession) {
        New-EntryTarget $entry
    }
    foreach ($connection in @(Get-VisibleConnection)) {
        $session = if (-not (Find-PowerCliSession $connection.SessionId)) { Find-HeldSession $Cmdlet $connection }
        if ($session) {
            @{ Text = $connection.Name; Entry = $null; Connection = $connection; Session = $session }
        }
    }
}

function New-EntryTarget {
    # What Resolve-DisconnectTarget gives for an entry of the table.
    param([hashtable] $Entry)

    @{ Text = $Entry.Server; Entry = $Entry; Connection = $null; Session = $null }
}

function New-ConnectionTarget {
    # What Resolve-DisconnectTarget gives for a connection of PowerCLI.
    param([object] $Connection)

    @{ Text = $Connection.Name; Entry = Find-PowerCliSession $Connection.SessionId; Connection = $Connection; Session = $null }
}

function Resolve-ServerName {
    # What Resolve-DisconnectTarget gives for the name of a server: with wildcards, with a port, or in an address of its portal.
    param([string] $Name)

    $pattern, $port = Split-ServerName $Name
    $isFound = $false
    foreach ($entry in Get-PowerCliSession) {
        if ($pattern -and $entry.Server -like $pattern -and (-not $port -or $entry.Port -eq $port)) {
            $isFound = $true
            New-EntryTarget $entry
        }
    }
    foreach ($connection in @(Get-VisibleConnection)) {
        if ($pattern -and $connection.Name -like $pattern -and (-not $port -or $connection.Port -eq $port) -and
            -not (Find-PowerCliSession $connection.SessionId)) {
            $isFound = $true
            New-ConnectionTarget $connection
        }
    }
    if (-not $isFound) {
        New-FailureRecord @{
            name    = 'SessionRequired'
            message = if ($pattern) { "PowerCLI has no connection to $pattern." } else { 'What was given is no name of a server.' }
            action  = 'Give the name of a server as $DefaultCIServers shows it, a connection of PowerCLI, or the object that ' +
                      'Get-VcdBearer returned (not its text).'
        }
    }
}

function Split-ServerName {
    # Host (with wildcards) and port of what was typed as server; nothing if it does not look like one, but like a session.
    param([string] $Name)

    if ($Name -match '^\s*(?:https://)?(?!eyJ)([\w.*?[\]-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?:[/?#]\S*)?\s*$') {
        $pattern = $Matches[1]
        if ($pattern.Contains(':')) {
            # The brackets of an IPv6 address are no wildcards.
            $pattern = [System.Management.Automation.WildcardPattern]::Escape($pattern)
        }
        $pattern, $Matches[2]
    }
}

function Disconnect-Target {
    # Removes a connection from PowerCLI and ends its sessions at Cloud Director; returns ErrorRecords. A session that could not be
    # ended stays in the table, so that the next call can try again.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Target, [hashtable] $Given)

    $ErrorActionPreference = 'Stop'
    $entry, $connection, $session = $Target.Entry, $Target.Connection, $Target.Session
    if ($entry -and $entry.MayBeOpen -and -not $connection) {
        $connection = Find-Connection $entry
    }
    if (-not $entry -and -not $session) {
        $session = Find-ForeignSession $Cmdlet $connection $Given
    }
    if ($connection) {
        if ($connection.RefCount -gt 1) {
            $Cmdlet.WriteWarning("The connection to $($connection.Name) was asked for $($connection.RefCount) times; " +
                'it is closed for all.')
        }
        Close-Connection $connection
    }
    if ($entry) {
        $entry.MayBeOpen = $false
        foreach ($holder in $entry.Holders) {
            $failure = if (-not $Given['KeepSession']) { Remove-Session $Cmdlet $holder.Session $Given }
            if ($failure) {
                $failure
                continue
            }
            Remove-PowerCliSession $entry $holder.Session
        }
    }
    if ($session -and -not $Given['KeepSession']) {
        Remove-Session $Cmdlet $session $Given
    }
}

function Find-ForeignSession {
    # The session of a connection that this process has not made, as Resolve-Session gives it; nothing, with a warning, where it
    # cannot be ended.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Connection, [hashtable] $Given)

    $session = Find-HeldSession $Cmdlet $Connection
    if ($session) {
        return $session
    }
    $session = Resolve-Session $Connection $Given $true
    if ($session -is [hashtable]) {
        return $session
    }
    if (-not $Given['KeepSession']) {
        $Cmdlet.WriteWarning("The session of the connection to $($Connection.Name) stays open at Cloud Director until it " +
            'is idle for too long: its session id is of the older kind, and it was not made by VcdBearer.')
    }
}
