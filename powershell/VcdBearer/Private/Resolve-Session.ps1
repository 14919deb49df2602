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
        if (-not $Given['Server']) {
            return New-FailureRecord @{
                name    = 'SessionRequired'
                message = 'A bearer was given as text, but not the server that it belongs to.'
                action  = 'Add -Server, or pass the object that Get-VcdBearer returned.'
            }
        }
        return @{
            Server = $Given['Server']
            Secret = $Session
            Trust  = $Given
            Target = Get-SiteName $Given['Server']
        }
    }

    # By name: a session may come from another runspace, process or copy of the module.
    $names = $Session.PSObject.TypeNames
    if ($names -notcontains 'VcdBearer.Session' -and $names -notcontains 'Deserialized.VcdBearer.Session') {
        return New-FailureRecord @{
            name    = 'SessionRequired'
            message = "An object of the type $($names[0]) is not a session."
            action  = 'Pass the object that Get-VcdBearer returned, or a bearer as text with -Server.'
        }
    }
    if ($Given.ContainsKey('Server')) {
        return New-OptionFailureRecord '-Server contradicts -Session: the session knows its server.' (
            'Leave out -Server.')
    }
    $server = $Session.Server
    if ($server.Contains(':')) {
        $server = "[$server]"
    }
    @{
        Server = "${server}:$($Session.Port)"
        Secret = $Session.SessionId
        Trust  = Join-TrustOption $Session $Given
        Target = "$($Session.Server)/$($Session.Org)"
    }
}

function Join-TrustOption {
    # The options that the session was made with, unless the caller gives others. A pin does not go together with a CA
    # file, so what says whom to trust is replaced as a whole.
    param([object] $Session, [hashtable] $Given)

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
    $Cmdlet.WriteVerbose("Asking about the session: $($Session.Target).")
    $fields = Invoke-NativeRequest $Operation $trust.Client @{ server = $Session.Server } $Session.Secret
    if ($fields -is [System.Management.Automation.ErrorRecord]) {
        return $fields
    }
    if ($fields.ContainsKey('http_status')) {
        $Cmdlet.WriteVerbose("The server answered $($fields.http_status) (request id: $($fields['request_id'])).")
    }
    if ($fields.status -eq '0') {
        return $true
    }
    if ($fields.name -eq 'SessionExpired') {
        return $false
    }
    New-FailureRecord $fields (Get-FailureTarget $fields $Session.Target)
}
