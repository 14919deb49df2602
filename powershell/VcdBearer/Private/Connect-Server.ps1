function Connect-Server {
    # Connects with a session, or with one that the parameters log in to; returns the connection, or ErrorRecords.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Session, [hashtable] $Given)

    $ErrorActionPreference = 'Stop'
    $failure = Test-ConnectParameter $Session $Given
    if ($failure) {
        return $failure
    }
    if ($null -eq $Session -and -not $Given.ContainsKey('Session') -and -not $Cmdlet.MyInvocation.ExpectingInput) {
        return Connect-NewSession $Cmdlet $Given
    }
    if (-not (Test-TypeName $Session '^VcdBearer\.Session$')) {
        return New-SessionFailureRecord "$(Get-TypeText $Session) was given as session."
    }
    if ($Cmdlet.ShouldProcess("$($Session.Server)/$($Session.Org)", 'Connect PowerCLI')) {
        Connect-Session $Cmdlet $Session $Given
    }
}

function Test-ConnectParameter {
    # The ErrorRecord for parameters that contradict each other; nothing if all is well.
    param([object] $Session, [hashtable] $Given)

    if ($null -eq $Session) {
        if ($Given['Server'] -match '^\s*(Bearer\s|eyJ|[0-9A-Fa-f]{32}\s*$)') {
            return New-FailureRecord @{
                name    = 'InvalidServer'
                message = '-Server is the text of a session.'
                action  = 'Name the parameter (Connect-VcdServer -Session $b), or pipe the session ($b | Connect-VcdServer).'
            }
        }
        return
    }
    # -Server and -Org are ignored: $PSDefaultParameterValues sets them everywhere.
    foreach ($name in 'ApiToken', 'TokenFile', 'ForceRefresh', 'NoCache') {
        if ($Given[$name]) {
            return New-OptionFailureRecord "-$name contradicts -Session." (
                'Leave it out to connect with the session as it is, or leave out -Session to log in.')
        }
    }
}

function Connect-NewSession {
    # Logs in first. A session that PowerCLI does not take is given back.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Given)

    if (-not $Cmdlet.ShouldProcess((Get-SiteName $Given['Server']), 'Log in and connect PowerCLI')) {
        return
    }
    foreach ($session in Get-NewSession $Cmdlet $Given) {
        if ($session -is [System.Management.Automation.ErrorRecord]) {
            $session
            continue
        }
        $isConnected = $false
        try {
            $connection = Connect-Session $Cmdlet $session $Given $true
            $isConnected = $connection -isnot [System.Management.Automation.ErrorRecord]
        }
        finally {
            # Also after Ctrl+C: nobody else has the session.
            if (-not $isConnected) {
                Remove-UndeliveredSession $session
            }
        }
        $connection
    }
}

function Remove-UndeliveredSession {
    # Releases a session that nobody received. Writes nothing: after Ctrl+C the first statement that does would be the last to run.
    param([object] $Session)

    # On the way on which it was made. Whoever has pressed Ctrl+C waits no longer than this.
    $options = @{ Client = @{ timeout_ms = 2000 } }
    $null = Invoke-NativeRequest vcd_end $options @{ session = $Session.HandOutId } ''
}

function Get-NewSession {
    # The session that the parameters of Get-VcdBearer log in to; or ErrorRecords.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Given)

    $queue = Open-ExchangeQueue $Cmdlet $Given
    if ($queue -is [System.Management.Automation.ErrorRecord]) {
        return $queue
    }
    # PowerCLI's connection has no place for one.
    $queue['SavesNewToken'] = $true
    try {
        Add-Exchange $queue $null
        foreach ($result in (Receive-Exchange $queue 0)) {
            $result
        }
        Hide-ExchangeProgress $queue
    }
    finally {
        Close-ExchangeQueue $queue
    }
}
