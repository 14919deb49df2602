function Connect-Session {
    # PowerCLI's connection for a session, and no other one; or an ErrorRecord.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [object] $Session,
        [hashtable] $Given,
        # Whether nobody else has the session.
        [object] $IsSoleHolder
    )

    $ErrorActionPreference = 'Stop'
    $request = New-ConnectionRequest $Cmdlet $Session (Get-SessionIdKind) $Given
    if ($request -is [System.Management.Automation.ErrorRecord]) {
        return $request
    }
    Use-ConnectionGate $request {
        $isNew = Add-PowerCliSession $request $IsSoleHolder
        $entry = Find-PowerCliSession $request.SessionId
        $connection = $null
        try {
            $connection = Open-OwnConnection $Cmdlet $request $Given
        }
        finally {
            if ($null -ne $connection -and $connection -isnot [System.Management.Automation.ErrorRecord]) {
                $entry.Connection = $connection
            }
            elseif ($isNew) {
                Remove-PowerCliSession $entry $request.Session
            }
        }
        $connection
    }
}

function Use-ConnectionGate {
    # Runs a script block while no other runspace connects to the same place as the same user: two of them would be handed each
    # other's connection.
    param([hashtable] $Request, [scriptblock] $Body)

    # An interned string is one object in the whole process.
    $gate = [string]::Intern("VcdBearer $($Request.Server):$($Request.Port)/$($Request.Org)/$($Request.User)".ToLowerInvariant())
    Use-Lock $gate $Body
}

function Open-OwnConnection {
    # The connection with the session id of a request, with the way made free for it; or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Request, [hashtable] $Given)

    if (Remove-StaleConnection $Cmdlet $Request $Given['Force']) {
        return New-ReplacementFailureRecord $Request
    }
    # Once more where a connection comes back that the list does not show.
    foreach ($attempt in 1, 2) {
        $connection = Open-Connection $Request $Given['NotDefault']
        if ($connection -is [System.Management.Automation.ErrorRecord]) {
            return New-ConnectFailureRecord $Cmdlet $connection $Request
        }
        if ($connection.SessionId -ceq $Request.SessionId) {
            return $connection
        }
        if (-not $Given['Force'] -and -not (Test-StaleConnection $Cmdlet $connection)) {
            # Without force, PowerCLI takes back what it counted for this call.
            Disconnect-CIServer -Server $connection -Confirm:$false
            break
        }
        Remove-Connection $Cmdlet $connection
    }
    New-ReplacementFailureRecord $Request
}
