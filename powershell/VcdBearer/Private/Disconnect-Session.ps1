function Disconnect-Target {
    # Removes the connections that a name, a connection of PowerCLI or a session means, and ends their sessions at Cloud Director;
    # returns ErrorRecords.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Target, [hashtable] $Given)

    $ErrorActionPreference = 'Stop'
    if ($Target -is [string]) {
        $connections = @(Get-Connection | Where-Object { $_.Name -like $Target })
        if (-not $connections) {
            return New-SessionFailureRecord "PowerCLI has no connection to $(Get-SiteName $Target)."
        }
        foreach ($connection in $connections) {
            Disconnect-Connection $Cmdlet $connection $Given
        }
        return
    }
    if (Test-TypeName $Target $script:ConnectionTypeName) {
        return Disconnect-Connection $Cmdlet $Target $Given
    }

    $resolved = Resolve-Session $Target $Given $true
    if ($resolved -is [System.Management.Automation.ErrorRecord]) {
        return $resolved
    }
    foreach ($connection in @(Get-AllOwnConnection)) {
        if (Test-OwnSession (Get-OwnConnection $connection.SessionId) $resolved) {
            Disconnect-Connection $Cmdlet $connection $Given
        }
    }
    if (-not $Given['KeepSession']) {
        Remove-Session $Cmdlet $resolved $Given
    }
}

function Disconnect-Connection {
    # Removes one connection and ends its session; returns an ErrorRecord where that fails.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Connection, [hashtable] $Given)

    if ($Connection.RefCount -gt 1) {
        $Cmdlet.WriteWarning("The connection to $($Connection.Name) was asked for $($Connection.RefCount) times; " +
            'it is closed for all.')
    }
    $own = Close-Connection $Connection
    if ($Given['KeepSession']) {
        return
    }
    $sessions = if ($own) { $own.Sessions } else { Resolve-Session $Connection $Given $true }
    foreach ($session in $sessions) {
        if ($session -is [System.Management.Automation.ErrorRecord]) {
            $Cmdlet.WriteWarning("The session of the connection to $($Connection.Name) stays open at Cloud Director until it " +
                'is idle for too long: its session id is of the older kind, and it was not made by VcdBearer.')
            continue
        }
        Remove-Session $Cmdlet $session $Given
    }
}

function Get-TargetText {
    # What a question about a name, a connection or a session calls it; never a secret.
    param([object] $Target)

    if ($Target -is [string]) {
        return Get-SiteName $Target
    }
    if ($null -ne $Target -and $Target.PSObject.Properties['Name']) {
        return $Target.Name
    }
    $resolved = Resolve-Session $Target @{} $true
    if ($resolved -is [hashtable]) {
        $resolved.Target
    }
}
