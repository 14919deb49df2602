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
    if (Remove-StaleConnection $Cmdlet $request $Given['Force']) {
        return New-ReplacementFailureRecord $request
    }
    # Once more where a connection comes back that the list does not show.
    foreach ($attempt in 1, 2) {
        $connection = Open-Connection $request $Given['NotDefault']
        if ($connection -is [System.Management.Automation.ErrorRecord]) {
            return $connection
        }
        if ($connection.SessionId -ceq $request.SessionId) {
            Add-OwnConnection $request $connection $IsSoleHolder
            return $connection
        }
        if (-not $Given['Force'] -and -not (Test-StaleConnection $Cmdlet $connection $request)) {
            # Without force, PowerCLI takes back what it counted for this call.
            Disconnect-CIServer -Server $connection -Confirm:$false
            break
        }
        Remove-Connection $Cmdlet $connection
    }
    New-ReplacementFailureRecord $request
}

function Open-Connection {
    # What Connect-CIServer returns, or an ErrorRecord.
    param([hashtable] $Request, [object] $NotDefault)

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
        New-ConnectFailureRecord $_ $Request
    }
}

function New-ConnectFailureRecord {
    # PowerCLI's failure in words that help. (Its error id is the same for whatever went wrong.)
    param([System.Management.Automation.ErrorRecord] $Record, [hashtable] $Request)

    $reasons = for ($cause = $Record.Exception; $cause; $cause = $cause.InnerException) { $cause.Message }
    $failure = @{ message = "PowerCLI did not connect to $($Request.Server): $($reasons -join ' ')" }
    if ("$reasons" -match 'SSL|TLS|certificate') {
        $failure.name = 'PowerCliRefusedCertificate'
        $failure.action = 'PowerCLI trusts by its own setting: Set-PowerCLIConfiguration -InvalidCertificateAction Ignore ' +
            '-Scope Session accepts any certificate; an authority in the store of the operating system is safer.'
    }
    elseif ("$reasons" -match '406|Not ?Acceptable|API version') {
        $failure.name = 'ApiVersionUnsupported'
        $failure.action = 'This release of PowerCLI asks for an API version that the site does not offer: install a newer one.'
    }
    elseif ($Record.CategoryInfo.Category -eq 'PermissionDenied') {
        $failure.name = 'SessionExpired'
        $failure.action = 'Log in again with Get-VcdBearer -ForceRefresh. PowerCLI up to 13.0 needs the older kind of session ' +
            'id, and later ones the bearer: Connect-VcdServer chooses by the version that is loaded.'
    }
    else {
        return $Record
    }
    New-FailureRecord $failure "$($Request.Server)/$($Request.Org)"
}

function New-ReplacementFailureRecord {
    param([hashtable] $Request)

    New-FailureRecord @{
        name    = 'ConnectionNotReplaced'
        message = "PowerCLI is connected to $($Request.Server) as $($Request.User) of $($Request.Org) with another session that " +
                  'is alive, and would hand out that connection again.'
        action  = 'Use it as it is, or replace it with Connect-VcdServer -Force.'
    } "$($Request.Server)/$($Request.Org)"
}
