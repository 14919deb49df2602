function Resolve-Session {
    # What -Session means: a session of this module, also one that came through a job or a file, or the text of a
    # bearer together with -Server. Returns Server, Secret, Target and the trust options in force; or an ErrorRecord.
    param(
        [object] $Session,
        # The command's parameters.
        [hashtable] $Given
    )

    if ($null -eq $Session) {
        return New-FailureRecord @{
            name    = 'SessionRequired'
            message = 'No session was given.'
            action  = 'Pass the object that Get-VcdBearer returned (-Session $b, or $b | ...), or a bearer as ' +
                      'text with -Server.'
        }
    }
    if ($Session -is [string] -or $Session -is [securestring]) {
        return Resolve-BearerText $Session $Given
    }

    # By name: a session may come from another runspace, process or copy of the module.
    $names = $Session.PSObject.TypeNames
    $values = Read-SessionValue $Session
    if (($names -notcontains 'VcdBearer.Session' -and $names -notcontains 'Deserialized.VcdBearer.Session') -or
        -not ($values.Server -and $values.Port -and $values.SessionId)) {
        return New-FailureRecord @{
            name    = 'SessionRequired'
            message = "An object of the type $($names[0]) is not a session, or not a whole one."
            action  = 'Pass the object that Get-VcdBearer returned, or a bearer as text with -Server.'
        }
    }
    if ($Given.ContainsKey('Server')) {
        return New-OptionFailureRecord '-Server contradicts -Session: the session knows its server.' (
            'Leave out -Server.')
    }
    @{
        # An IPv6 address has its brackets already.
        Server = "$($values.Server):$($values.Port)"
        Secret = $values.SessionId
        Trust  = Join-TrustOption $values $Given
        Target = "$($values.Server)/$($values.Org)"
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
        Server = $Given['Server']
        Secret = $Bearer
        Trust  = $Given
        Target = Get-SiteName $Given['Server']
    }
}

function Read-SessionValue {
    # The values of an object that says that it is a session, by name; $null for what it does not have.
    param([object] $Session)

    $values = @{}
    foreach ($name in 'Server', 'Port', 'Org', 'SessionId', 'CACertificate', 'CertificateSha256',
        'SkipCertificateCheck', 'TimeoutSec') {
        $property = $Session.PSObject.Properties[$name]
        $values[$name] = if ($property) { $property.Value }
    }
    $values
}

function Join-TrustOption {
    # The options that the session was made with, unless the caller gives others. A pin does not go together with a CA
    # file, so what says whom to trust is replaced as a whole.
    param([hashtable] $Session, [hashtable] $Given)

    $options = @{}
    $whomToTrust = 'CACertificate', 'CertificateSha256', 'SkipCertificateCheck'
    if (-not ($whomToTrust | Where-Object { $Given.ContainsKey($_) })) {
        foreach ($name in $whomToTrust) {
            if ($Session.$name) {
                $options[$name] = $Session.$name
            }
        }
    }
    if ($Session.TimeoutSec) {
        $options.TimeoutSec = $Session.TimeoutSec
    }
    foreach ($name in $whomToTrust + 'TimeoutSec') {
        if ($Given.ContainsKey($name)) {
            $options[$name] = $Given[$name]
        }
    }
    $options
}

function Invoke-SessionRequest {
    # vcd_check or vcd_end for a session from Resolve-Session: $true, $false if Cloud Director no longer knows the
    # session, or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Operation, [hashtable] $Session)

    $ErrorActionPreference = 'Stop'
    $trust = Resolve-TrustOption $Cmdlet $Session.Trust
    if ($trust -is [System.Management.Automation.ErrorRecord]) {
        return $trust
    }
    $doing, $done = $script:SessionStory[$Operation]
    $Cmdlet.WriteVerbose("$doing $($Session.Target).")
    $fields = Invoke-NativeRequest $Operation $trust.Client @{ server = $Session.Server } $Session.Secret
    if ($fields -is [System.Management.Automation.ErrorRecord]) {
        return $fields
    }
    if ($fields.status -eq '0') {
        $Cmdlet.WriteVerbose($done)
        return $true
    }
    if ($fields.name -eq 'SessionExpired') {
        $Cmdlet.WriteVerbose('Cloud Director does not know the session any more.')
        return $false
    }
    New-FailureRecord $fields (Get-FailureTarget $fields $Session.Target)
}

# What -Verbose tells of each operation: what is being done (the target follows), and what came of it.
$script:SessionStory = @{
    vcd_check = 'Checking the session at', 'Cloud Director accepts the session.'
    vcd_end   = 'Ending the session at', 'The session has ended.'
}
