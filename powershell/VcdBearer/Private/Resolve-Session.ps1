function Resolve-Session {
    # What -Session means: a session of this module (also one that came through a job or a file), a row of Get-VcdSession, a
    # connection of PowerCLI, the text of a bearer together with -Server, or, left out, the only session that this process holds
    # (at -Server, if that is given).
    # Returns an ErrorRecord, or
    #   Number       the hand-out id, if there is one
    #   Server       with the port
    #   Secret       the bearer (SecureString or string), if it is known outside of the native library
    #   Options      the connection options that the session was made with, by the names of the parameters
    #   Target       what messages call it
    #   ExpiresAt    if it is known
    param(
        [object] $Session,
        # The command's parameters.
        [hashtable] $Given,
        # Whether the pipeline brings sessions.
        [object] $HasInput
    )

    if ($null -eq $Session) {
        if ($HasInput -or $Given.ContainsKey('Session')) {
            return New-SessionFailureRecord 'No session was given ($null).'
        }
        return Resolve-OnlySession $Given['Server']
    }
    if ($Session -is [string] -or $Session -is [securestring]) {
        return Resolve-BearerText $Session $Given
    }

    if (Test-TypeName $Session '^VcdBearer\.Session$') {
        $resolved = Read-Session $Session
    }
    elseif (Test-TypeName $Session '^VcdBearer\.SessionInfo$') {
        $resolved = Read-SessionInfo $Session
    }
    elseif (Test-TypeName $Session $script:ConnectionTypeName) {
        $resolved = Read-Connection $Session
    }
    else {
        $resolved = $null
    }
    if ($resolved) {
        return $resolved
    }
    New-SessionFailureRecord "$(Get-TypeText $Session) is not a session, or not a whole one."
}

function Test-TypeName {
    # Whether a value is of a type of this name. By name: it may come from another runspace, process or copy of the module.
    param([object] $Value, [string] $Pattern)

    if ($null -eq $Value) {
        return $false
    }
    # At the first look, PowerShell makes members of an object that two runspaces must not make at once.
    $names = Use-TypeLock { $Value.PSObject.TypeNames }
    [bool] ($names -replace '^Deserialized\.' -match $Pattern)
}

# The classes of PowerCLI's connections.
$script:ConnectionTypeName = '^VMware\.VimAutomation\.Cloud\..*\bCIServer'

function New-SessionFailureRecord {
    param([string] $Message)

    New-FailureRecord @{
        name    = 'SessionRequired'
        message = $Message
        action  = 'Pass the object that Get-VcdBearer returned (-Session $b, or $b | ...), or a bearer as text with -Server.'
    }
}

function Resolve-BearerText {
    # What Resolve-Session returns for the text of a bearer (SecureString or string).
    param([object] $Bearer, [hashtable] $Given)

    if (-not $Given['Server']) {
        return New-FailureRecord @{
            name    = 'SessionRequired'
            message = 'A bearer was given as text, but not the server that it belongs to.'
            action  = 'Add -Server, or pass the object that Get-VcdBearer returned.'
        }
    }
    @{
        Number    = $null
        Server    = $Given['Server']
        Secret    = $Bearer
        Options   = @{}
        Target    = Get-SiteName $Given['Server']
        ExpiresAt = $null
    }
}

function Read-Session {
    # What Resolve-Session returns for an object of Get-VcdBearer; nothing if it only claims to be one.
    param([object] $Session)

    $values = Read-PropertyValue $Session 'Server', 'Port', 'Org', 'Authorization', 'HandOutId', 'ExpiresAt'
    if ($values.Server -and $values.Port -and $values.Authorization) {
        @{
            Number    = $values.HandOutId
            # An IPv6 address has its brackets already.
            Server    = "$($values.Server):$($values.Port)"
            Secret    = $values.Authorization
            Options   = Read-PropertyValue $Session $script:KeptOptions
            Target    = "$($values.Server)/$($values.Org)"
            ExpiresAt = $values.ExpiresAt
        }
    }
}

function Read-Connection {
    # What Resolve-Session returns for a connection of PowerCLI; nothing if it has no bearer (up to PowerCLI 13.0 it has a
    # session id of the older kind) and this process has not made it.
    param([object] $Connection)

    $values = Read-PropertyValue $Connection 'ServiceUri', 'SessionId', 'Org'
    $entry = if ($values.SessionId) { Find-PowerCliSession $values.SessionId }
    if ($entry) {
        return $entry.Holders[0].Session
    }
    $address = $values.ServiceUri -as [uri]
    if ($address -and $values.SessionId -match '^Bearer ') {
        @{
            Number    = $null
            Server    = $address.Authority
            Secret    = $values.SessionId
            Options   = @{}
            Target    = "$($address.Host)/$($values.Org)"
            ExpiresAt = $null
        }
    }
}

function Read-PropertyValue {
    # The values of an object's properties by name; $null for what it does not have.
    param([object] $InputObject, [string[]] $Names)

    $values = @{}
    foreach ($name in $Names) {
        $property = $InputObject.PSObject.Properties[$name]
        $values[$name] = if ($property) { $property.Value }
    }
    $values
}
