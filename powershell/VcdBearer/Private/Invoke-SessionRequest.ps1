# The options of a connection that a session carries along: whom to trust and which way to go are replaced as a whole, because a
# pin does not go together with a CA file, nor a proxy with none.
$script:TrustOptions = 'CACertificate', 'CertificateSha256', 'SkipCertificateCheck'
$script:ProxyOptions = 'Proxy', 'NoProxy'
$script:KeptOptions = $script:TrustOptions + $script:ProxyOptions + 'TimeoutSec'

function Invoke-SessionRequest {
    # vcd_check, vcd_end or vcd_call for a session from Resolve-Session: the settled fields of a success, or an ErrorRecord.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [string] $Operation,
        [hashtable] $Session,
        # The command's parameters.
        [hashtable] $Given,
        # Further fields of the request.
        [hashtable] $RequestFields = @{},
        # What to take out of a success, as for Invoke-NativeRequest.
        [scriptblock] $Receive,
        # Of a call.
        [byte[]] $Body
    )

    $ErrorActionPreference = 'Stop'
    $Cmdlet.WriteVerbose("$($script:SessionStory[$Operation]) $($Session.Target).")
    $way = Join-ConnectionOption $Session.Options $Given
    $call = @{ Operation = $Operation; RequestFields = $RequestFields; Receive = $Receive; Body = $Body }
    $fields = $null
    $isHeld = $Session.Number -and -not ($Session.Secret -and (Test-OwnWay $Given))
    if ($isHeld) {
        if ($Session.Options['SkipCertificateCheck']) {
            Write-UncheckedWarning $Cmdlet '-SkipCertificateCheck'
        }
        $fields = Invoke-HeldSessionRequest $Cmdlet $call $Session $way
    }
    if ($null -eq $fields) {
        $fields = Invoke-BearerRequest $Cmdlet $call $Session $way $isHeld
    }
    if ($fields -is [System.Management.Automation.ErrorRecord]) {
        return $fields
    }
    Write-WayStory $Cmdlet $fields
    if ($fields.status -eq '0') {
        return $fields
    }
    New-FailureRecord $fields (Get-FailureTarget $fields $Session.Target)
}

function Test-OwnWay {
    # Whether the caller names a way to the server other than the session's.
    param([hashtable] $Given)

    foreach ($name in $script:TrustOptions + $script:ProxyOptions) {
        if ($Given.ContainsKey($name)) {
            return $true
        }
    }
    $false
}

function Invoke-HeldSessionRequest {
    # The request by the session's number alone, on the way on which it was made (with the password of its proxy too): settled
    # fields, an ErrorRecord, or nothing if this process does not hold the session and its bearer is known.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        # Operation, RequestFields, Receive and Body of Invoke-SessionRequest.
        [hashtable] $Call,
        [hashtable] $Session,
        [hashtable] $Way
    )

    $limits = @{}
    foreach ($name in 'TimeoutSec', 'MaximumRetryCount') {
        if ($Way.ContainsKey($name)) {
            $limits[$name] = $Way[$name]
        }
    }
    $options = Resolve-ConnectionOption $Cmdlet $limits
    if ($options -is [System.Management.Automation.ErrorRecord]) {
        return $options
    }
    $request = $Call.RequestFields + @{ session = $Session.Number }
    $progress = New-RequestProgress $Cmdlet $Session.Target
    $fields = Invoke-NativeRequest $Call.Operation $options $request '' $Call.Receive $Call.Body $progress
    if ($fields -is [hashtable] -and $fields['name'] -eq 'SessionRequired' -and $Session.Secret) {
        return
    }
    $fields
}

function Invoke-BearerRequest {
    # The request by server and bearer: settled fields, or an ErrorRecord.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [hashtable] $Call,
        [hashtable] $Session,
        [hashtable] $Way,
        # Whether it was said already that the certificate is not checked.
        [object] $HasWarned
    )

    $options = Resolve-ConnectionOption $Cmdlet $Way
    if ($options -is [System.Management.Automation.ErrorRecord]) {
        return $options
    }
    if ($options.Kept.SkipCertificateCheck -and -not $HasWarned) {
        Write-UncheckedWarning $Cmdlet '-SkipCertificateCheck'
    }
    if ($options.MayBeUnchecked -and (Test-EnvironmentSite $Session.Server)) {
        Write-UncheckedWarning $Cmdlet 'VCD_ALLOW_UNVERIFIED_SSL'
        $options = Get-UncheckedOption $options
    }
    $request = $Call.RequestFields + @{
        server       = $Session.Server
        session      = $Session.Number
        system_proxy = Resolve-SystemProxy $options $Session.Server
    }
    $progress = New-RequestProgress $Cmdlet $Session.Target
    Invoke-NativeRequest $Call.Operation $options $request $Session.Secret $Call.Receive $Call.Body $progress
}

function Join-ConnectionOption {
    # The options that the session was made with, unless the caller gives others.
    param([hashtable] $Kept, [hashtable] $Given)

    $options = @{}
    foreach ($group in $script:TrustOptions, $script:ProxyOptions, @('TimeoutSec')) {
        if (-not ($group | Where-Object { $Given.ContainsKey($_) })) {
            foreach ($name in $group) {
                if ($Kept[$name]) {
                    $options[$name] = $Kept[$name]
                }
            }
        }
    }
    foreach ($name in $script:KeptOptions + 'MaximumRetryCount', 'ProxyCredential') {
        if ($Given.ContainsKey($name)) {
            $options[$name] = $Given[$name]
        }
    }
    $options
}

# What -Verbose tells before each operation; the target follows.
$script:SessionStory = @{
    vcd_check = 'Checking the session at'
    vcd_end   = 'Ending the session at'
    vcd_call  = 'Calling'
}
