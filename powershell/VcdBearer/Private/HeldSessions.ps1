# The sessions that this process holds, as the native library counts them.

function Get-HeldSession {
    # One VcdBearer.SessionInfo for each, or for each at one server; or an ErrorRecord.
    param([string] $Server)

    $failure = Initialize-NativeLibrary
    if ($failure) {
        return $failure
    }
    $needed = 0
    do {
        $buffer = [byte[]]::new($needed)
        $arguments = $buffer, $needed, $null
        $status = Invoke-NativeFunction vcd_sessions_describe $arguments
        $needed = $arguments[2]
    } while ($status -eq $script:StatusTooSmall)
    if ($status -ne 0) {
        return New-CallFailureRecord vcd_sessions_describe $status
    }
    foreach ($record in Split-FieldRecord $buffer) {
        $session = New-SessionInfo $record
        if (-not $Server -or (Test-SessionServer $session $Server)) {
            $session
        }
    }
}

function Test-SessionServer {
    # Whether a session is at a server, at any of its ports if it is named without one.
    param([object] $Info, [string] $Server)

    $name = Get-SiteName $Server
    foreach ($address in $Info.Server, "$($Info.Server):$($Info.Port)") {
        if ([string]::Equals($address, $name, [System.StringComparison]::OrdinalIgnoreCase)) {
            return $true
        }
    }
    $false
}

function New-SessionInfo {
    # The row of one session. It has no secret; the session is found again by its hand-out id.
    param([hashtable] $Fields)

    $numbers = @($Fields['session'])
    [pscustomobject] @{
        PSTypeName           = 'VcdBearer.SessionInfo'
        Server               = $Fields.server
        Port                 = [int] $Fields.port
        Org                  = $Fields['org']
        IsProvider           = $Fields['provider'] -eq 'true'
        User                 = $Fields['user']
        IssuedAt             = $Fields['issued_at'] -as [datetime]
        ExpiresAt            = $Fields['expires_at'] -as [datetime]
        Holders              = $numbers.Count
        HandOutId            = $numbers[-1]
        BearerFingerprint    = $Fields.bearer_fingerprint
        SkipCertificateCheck = $Fields['skip_certificate_check'] -eq 'true'
    }
}

function Read-SessionInfo {
    # What Resolve-Session returns for a row of Get-VcdSession; nothing if it only claims to be one.
    param([object] $Info)

    $values = Read-PropertyValue $Info 'Server', 'Port', 'Org', 'HandOutId', 'SkipCertificateCheck', 'ExpiresAt'
    if ($values.Server -and $values.HandOutId) {
        @{
            Number    = $values.HandOutId
            Server    = "$($values.Server):$($values.Port)"
            Secret    = $null
            Options   = @{ SkipCertificateCheck = $values.SkipCertificateCheck }
            Target    = "$($values.Server)/$($values.Org)"
            ExpiresAt = $values.ExpiresAt
        }
    }
}

function Resolve-OnlySession {
    # What Resolve-Session returns where no session was named: the only one that this process holds, or holds at the server that
    # was named.
    param([string] $Server)

    $held = @(Get-HeldSession $Server)
    if ($held.Count -eq 1 -and $held[0] -is [System.Management.Automation.ErrorRecord]) {
        return $held[0]
    }
    if ($held.Count -eq 1) {
        return Read-SessionInfo $held[0]
    }
    New-ChoiceFailureRecord $held.Count $Server
}

function New-ChoiceFailureRecord {
    # None of the sessions that this process holds is the only one (at the server, if one was named).
    param([int] $Count, [string] $Server)

    $held = @(Get-HeldSession)
    if (-not $held) {
        return New-SessionFailureRecord 'No session was given, and this process holds none.'
    }
    $found = if ($Count) { $Count } else { 'none' }
    if ($Server) {
        $site = Get-SiteName $Server
        if (-not $site) { $site = 'the server that was named' }
        $found = "$found at $site, but $($held.Count) in all"
    }
    $names = foreach ($session in $held) { "$($session.User) at $($session.Server):$($session.Port)/$($session.Org)" }
    New-FailureRecord @{
        name    = 'SessionRequired'
        message = "No session was given, and this process holds $found`: $($names -join ', ')."
        action  = 'Name one: -Session $b, or Get-VcdSession | Where-Object ... | ...'
    }
}
