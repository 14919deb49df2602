# PowerCLI's connections. PowerCLI keeps one for a host, port, organization and user: who connects again gets it back with its old
# session id, and disconnecting only counts down. A connection is stale if it has another session id than the one to connect with,
# and either this process made it or Cloud Director no longer knows its session.

function Get-VisibleConnection {
    # The connections of PowerCLI that can be seen.
    foreach ($connection in (Get-Variable DefaultCIServers -Scope Global -ValueOnly -ErrorAction Ignore)) {
        if ($connection) {
            $connection
        }
    }
}

function Open-Connection {
    # What Connect-CIServer returns, or its ErrorRecord.
    param(
        # Server, Port, SessionId.
        [hashtable] $Request,
        [object] $NotDefault
    )

    $parameters = @{ Server = $Request.Server; Port = $Request.Port; SessionId = $Request.SessionId }
    if ($NotDefault) {
        $parameters.NotDefault = $true
    }
    try {
        Connect-CIServer @parameters -ErrorAction Stop -Confirm:$false
    }
    catch {
        # One entry in $Error is enough, and it is the command's.
        $global:Error.RemoveAt(0)
        $_
    }
}

function Close-Connection {
    # Removes a connection from PowerCLI, whatever it counted.
    param([object] $Connection)

    try {
        if ($Connection.IsConnected) {
            Disconnect-CIServer -Server $Connection -Force -Confirm:$false -ErrorAction Stop
        }
    }
    catch {
        if ($Connection.IsConnected) {
            throw
        }
        # Another runspace was faster.
        $global:Error.RemoveAt(0)
    }
}

function Find-Connection {
    # PowerCLI's object for an entry of the table; nothing if there is none.
    param([hashtable] $Entry)

    if ($Entry.Connection) {
        if ($Entry.Connection.IsConnected) {
            $Entry.Connection
        }
        return
    }
    foreach ($connection in @(Get-VisibleConnection)) {
        if ($connection.SessionId -ceq $Entry.SessionId) {
            return $connection
        }
    }
    # One that PowerCLI does not show is handed out to whoever connects with its session id.
    $connection = Open-Connection $Entry $true
    if ($connection -isnot [System.Management.Automation.ErrorRecord]) {
        # Takes back what was counted for this; one that was not there before is gone by that.
        Disconnect-CIServer -Server $connection -Confirm:$false
        if ($connection.SessionId -ceq $Entry.SessionId -and $connection.IsConnected) {
            $connection
        }
    }
}

function Remove-StaleConnection {
    # Removes the connections that would be handed back in place of a new one; returns those that are in its way and stay.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Request, [object] $Force)

    foreach ($connection in @(Get-VisibleConnection)) {
        $isSame = $connection.Name -eq $Request.Server -and $connection.Port -eq $Request.Port -and
            $connection.Org -eq $Request.Org -and (-not $Request.User -or $connection.User -eq $Request.User)
        if (-not $isSame -or $connection.SessionId -ceq $Request.SessionId) {
            continue
        }
        if ($Force -or (Test-StaleConnection $Cmdlet $connection)) {
            Remove-Connection $Cmdlet $connection
        }
        else {
            $connection
        }
    }
}

function Remove-Connection {
    # Removes a connection of an earlier session.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Connection)

    $Cmdlet.WriteVerbose("Removing the connection to $($Connection.Name) that PowerCLI has of an earlier session.")
    Close-Connection $Connection
    $entry = Find-PowerCliSession $Connection.SessionId
    if (-not $entry) {
        return
    }
    $entry.MayBeOpen = $false
    foreach ($holder in $entry.Holders) {
        # Nobody could use it any more. The others wait for Disconnect-VcdServer.
        if ($holder.IsSole -and -not (Remove-Session $Cmdlet $holder.Session @{})) {
            Remove-PowerCliSession $entry $holder.Session
        }
    }
}

function Test-StaleConnection {
    # Whether a connection with another session may be removed.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Connection)

    (Find-PowerCliSession $Connection.SessionId) -or (Find-HeldSession $Cmdlet $Connection) -or (Test-DeadConnection $Connection)
}

function Test-DeadConnection {
    # Whether Cloud Director refuses the session of a connection. PowerCLI asks about a session id before it hands a connection
    # out, even if that is the one that it has. What cannot be asked about counts as living.
    param([object] $Connection)

    $again = Open-Connection @{ Server = $Connection.Name; Port = $Connection.Port; SessionId = $Connection.SessionId } $true
    if ($again -is [System.Management.Automation.ErrorRecord]) {
        return $again.CategoryInfo.Category -eq 'PermissionDenied'
    }
    Disconnect-CIServer -Server $again -Confirm:$false
    $false
}

function Find-HeldSession {
    # The session of this process whose text somebody has connected with (Connect-CIServer -SessionId "$b"), as Resolve-Session
    # gives it; nothing if there is none.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Connection)

    $fingerprint = Get-BearerFingerprint $Connection.SessionId
    foreach ($held in Get-HeldSession) {
        if ($held -is [System.Management.Automation.ErrorRecord]) {
            return
        }
        if ($fingerprint) {
            if ($held.BearerFingerprint -eq $fingerprint) {
                return Read-SessionInfo $held
            }
            continue
        }
        # An id of the older kind is not kept: Cloud Director tells it again.
        $session = Read-SessionInfo $held
        $isSame = $held.Org -eq $Connection.Org -and $held.User -eq $Connection.User
        if ($isSame -and (Get-LegacyId $Cmdlet $session @{}) -ceq $Connection.SessionId) {
            return $session
        }
    }
}

function Get-BearerFingerprint {
    # As the native library tells it of sessions that it holds; nothing for a session id of the older kind.
    param([string] $SessionId)

    if ($SessionId -notmatch '^Bearer ') {
        return
    }
    $bearer = [System.Text.Encoding]::UTF8.GetBytes($SessionId.Substring(7))
    # Whole blocks: a byte 128 ends the text, and zeros fill the last one.
    $bytes = [byte[]]::new(([System.Math]::Floor($bearer.Length / 64) + 1) * 64)
    $bearer.CopyTo($bytes, 0)
    $bytes[$bearer.Length] = 128
    $algorithm = [System.Security.Cryptography.SHA256]::Create()
    try {
        [System.BitConverter]::ToString($algorithm.ComputeHash($bytes)).Replace('-', '').ToLowerInvariant()
    }
    finally {
        $algorithm.Dispose()
    }
}
