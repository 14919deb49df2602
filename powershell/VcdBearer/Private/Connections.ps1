# PowerCLI's connections and Cloud Director's sessions. PowerCLI keeps one connection for a host, port, organization and user: who
# connects again gets it back with its old session id, and disconnecting only counts down. A connection is stale if it has another
# session id than the one to connect with, and either this module made it or Cloud Director no longer knows its session.

function New-ConnectionRequest {
    # What it takes to connect with a session: Server, Port, Org, User, SessionId, and Session as Resolve-Session gives it; or an
    # ErrorRecord.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [object] $Session,
        # 'Bearer' or 'Legacy'.
        [string] $Kind,
        [hashtable] $Given
    )

    $resolved = Resolve-Session $Session $Given $true
    if ($resolved -is [System.Management.Automation.ErrorRecord]) {
        return $resolved
    }
    $id = $Session.Authorization
    if ($Kind -eq 'Legacy') {
        $id = Get-LegacyId $Cmdlet $resolved $Given
        if ($id -is [System.Management.Automation.ErrorRecord]) {
            return $id
        }
    }
    @{
        Server    = $Session.Server
        Port      = $Session.Port
        Org       = $Session.Org
        User      = $Session.User
        SessionId = $id
        Session   = $resolved
    }
}

function Get-LegacyId {
    # The session id of the older kind, for PowerCLI up to 13.0; or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    $result = Invoke-SessionRequest $Cmdlet vcd_check $Session $Given @{ legacy_id = 'true' } {
        param($Request)
        Receive-Secret $Request $script:SecretLegacyId $false
    }
    if ($result -is [hashtable]) {
        return $result['received']
    }
    $result
}

function Get-Connection {
    # The connections of PowerCLI that can be seen.
    foreach ($connection in (Get-Variable DefaultCIServers -Scope Global -ValueOnly -ErrorAction Ignore)) {
        if ($connection) {
            $connection
        }
    }
}

function Remove-StaleConnection {
    # Removes the connections that would be handed back in place of a new one; returns those that are in its way and stay.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Request, [object] $Force)

    foreach ($connection in @(Get-Connection)) {
        $isSame = $connection.Name -eq $Request.Server -and $connection.Port -eq $Request.Port -and
            $connection.Org -eq $Request.Org -and (-not $Request.User -or $connection.User -eq $Request.User)
        if (-not $isSame -or $connection.SessionId -ceq $Request.SessionId) {
            continue
        }
        if ($Force -or (Test-StaleConnection $Cmdlet $connection $Request)) {
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
    $own = Close-Connection $Connection
    if ($own) {
        foreach ($session in $own.SoleSessions) {
            # Nobody could end it any more.
            $null = Remove-Session $Cmdlet $session @{}
        }
    }
}

function Test-StaleConnection {
    # Whether a connection with another session may be removed. What Cloud Director cannot be asked about counts as living.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Connection, [hashtable] $Request)

    if (Get-OwnConnection $Connection.SessionId) {
        return $true
    }
    $resolved = Resolve-Session $Connection @{} $true
    if ($resolved -is [System.Management.Automation.ErrorRecord]) {
        return $false
    }
    # The same site, so the same way to it.
    $resolved.Options = $Request.Session.Options
    $alive = Test-Session $Cmdlet $resolved @{}
    $alive -is [bool] -and -not $alive
}

# The sessions that this process has given to PowerCLI, by a hash of the session id.

function Add-OwnConnection {
    param(
        [hashtable] $Request,
        # The connection, if it is known: $DefaultCIServers may not show it.
        [object] $Connection,
        # Whether nobody but the connection has the session.
        [object] $IsSoleHolder
    )

    $table = Get-OwnConnectionTable
    $hash = Get-TextHash $Request.SessionId
    $own = $table[$hash]
    if (-not $own) {
        $own = $table[$hash] = @{ Connection = $null; Sessions = @(); SoleSessions = @() }
    }
    if ($Connection) {
        $own.Connection = $Connection
    }
    # A session that is shared comes with a number for each who asked.
    if (-not (Test-OwnSession $own $Request.Session)) {
        $own.Sessions += $Request.Session
        if ($IsSoleHolder) {
            $own.SoleSessions += $Request.Session
        }
    }
}

function Test-OwnSession {
    # Whether a session is among those that a connection was made with.
    param([hashtable] $Own, [hashtable] $Session)

    foreach ($known in $Own.Sessions) {
        if ($known.Number -eq $Session.Number) {
            return $true
        }
    }
    $false
}

function Get-OwnConnection {
    # What is known of a session id that this module has connected with: Connection, if it is known; Sessions (as Resolve-Session
    # gives them), and those among them that nobody but the connection has.
    param([string] $SessionId)

    (Get-OwnConnectionTable)[(Get-TextHash $SessionId)]
}

function Get-AllOwnConnection {
    # The open connections that this module made.
    $ids = @()
    $hidden = @((Get-OwnConnectionTable).Values) | ForEach-Object { $_.Connection }
    foreach ($connection in @($hidden) + @(Get-Connection)) {
        if ($connection -and $connection.IsConnected -and $ids -cnotcontains $connection.SessionId -and
            (Get-OwnConnection $connection.SessionId)) {
            $ids += $connection.SessionId
            $connection
        }
    }
}

function Close-Connection {
    # Removes a connection from PowerCLI, whatever it counted; returns what Get-OwnConnection had of it.
    param([object] $Connection)

    $own = Get-OwnConnection $Connection.SessionId
    (Get-OwnConnectionTable).Remove((Get-TextHash $Connection.SessionId))
    if ($Connection.IsConnected) {
        Disconnect-CIServer -Server $Connection -Force -Confirm:$false
    }
    $own
}

function Get-OwnConnectionTable {
    # Of the whole process, as PowerCLI's own list of connections.
    $domain = [System.AppDomain]::CurrentDomain
    Use-TypeLock {
        if ($null -eq $domain.GetData('VcdBearer.Connections')) {
            $domain.SetData('VcdBearer.Connections', [hashtable]::Synchronized(@{}))
        }
        $domain.GetData('VcdBearer.Connections')
    }
}

function Get-TextHash {
    # So that no session id is kept.
    param([string] $Text)

    $algorithm = [System.Security.Cryptography.SHA256]::Create()
    try {
        [System.BitConverter]::ToString($algorithm.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($Text)))
    }
    finally {
        $algorithm.Dispose()
    }
}
