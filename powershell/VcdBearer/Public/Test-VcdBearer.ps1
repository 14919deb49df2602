function Test-VcdBearer {
    <#
    .SYNOPSIS
        Tells whether Cloud Director still accepts a session.

    .DESCRIPTION
        Asks the server. $true means that the session is alive, $false that Cloud Director no longer knows it: it was
        logged out, was idle for too long, or its API token was revoked. Anything else that keeps an answer away (no
        network, an untrusted certificate) is an error and not $false.

        Asking counts as use: it resets the idle clock of the session.

        The options that the session was made with (certificate, proxy, time limit) hold here too.

    .PARAMETER Session
        The object that Get-VcdBearer returned, also one that came through a job or a file; a row of Get-VcdSession; a
        connection of PowerCLI (of one before 13.1, if VcdBearer has made it); or the text of a bearer (SecureString or string,
        with or without "Bearer ") together with -Server. Left out: the only session that this process holds.

    .PARAMETER Server
        The site that a bearer given as text belongs to. Without -Session: where the only session has to be. Other sessions know
        theirs.

    .PARAMETER CACertificate
        Path of a PEM file with certificate authorities to trust besides the operating system's.

    .PARAMETER CertificateSha256
        Trusts exactly the server certificate with this SHA-256 fingerprint.

    .PARAMETER SkipCertificateCheck
        Does not check the server's certificate, and warns each time.

    .PARAMETER TimeoutSec
        Seconds for the whole call, from 1 to 86400; 30 when left out.

    .PARAMETER MaximumRetryCount
        How often the call is tried again when the server cannot be reached, from 0 to 10; 2 when left out.

    .PARAMETER Proxy
        The proxy to go through, as for Get-VcdBearer.

    .PARAMETER ProxyCredential
        User and password for -Proxy. A session does not remember the password outside of the process that made it.

    .PARAMETER NoProxy
        Goes through no proxy, whatever the environment and the system say.

    .INPUTS
        VcdBearer.Session

    .OUTPUTS
        System.Boolean

    .EXAMPLE
        if (-not (Test-VcdBearer $b)) { $b = Get-VcdBearer vcd.example.com acme -ApiToken $token }

        Logs in again when the session has ended.

    .EXAMPLE
        Test-VcdBearer -Session $env:CI_VCD_BEARER -Server vcd.example.com

        Checks a bearer that another program left in a variable.

    .LINK
        Get-VcdBearer

    .LINK
        Get-VcdSession
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType([bool])]
    param(
        [Parameter(Position = 0, ValueFromPipeline)]
        [object] $Session,

        [string] $Server,

        [string] $CACertificate,

        [string] $CertificateSha256,

        [switch] $SkipCertificateCheck,

        [int] $TimeoutSec,

        [int] $MaximumRetryCount,

        [string] $Proxy,

        [pscredential] $ProxyCredential,

        [switch] $NoProxy
    )

    begin {
        . $script:CommandPrologue
    }

    process {
        # The pipeline binds each session anew.
        $PSCmdlet.MyInvocation.BoundParameters.Clear()
        $result = Resolve-Session $Session $Given $PSCmdlet.MyInvocation.ExpectingInput
        if ($result -is [hashtable]) {
            $result = Test-Session $PSCmdlet $result $Given
        }
        if ($result -is [System.Management.Automation.ErrorRecord]) {
            . $script:FailureStep $result
            return
        }
        $result
    }
}
