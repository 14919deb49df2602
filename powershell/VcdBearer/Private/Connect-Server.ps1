function Connect-Server {
    # Connects with a session, or with one that the parameters log in to; returns the connection, or ErrorRecords.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Session, [hashtable] $Given)

    $ErrorActionPreference = 'Stop'
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
        $connection = Connect-Session $Cmdlet $session $Given $true
        if ($connection -is [System.Management.Automation.ErrorRecord]) {
            $null = Remove-Session $Cmdlet (Resolve-Session $session $Given $true) @{}
        }
        $connection
    }
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
