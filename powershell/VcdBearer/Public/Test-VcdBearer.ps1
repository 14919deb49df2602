function Test-VcdBearer {
    <#
    .SYNOPSIS
        Tells whether Cloud Director still accepts a session.

    .DESCRIPTION
        Asks the server. $true means that the session is alive, $false that Cloud Director no longer knows it: it was
        logged out, was idle for too long, or its API token was revoked. Anything else that keeps an answer away (no
        network, an untrusted certificate) is an error and not $false.

        Asking counts as use: it resets the idle clock of the session.

        The options that the session was made with (certificate, time limit) hold here too.

    .PARAMETER Session
        The object that Get-VcdBearer returned, also one that came through a job or a file; or the text of a bearer
        (SecureString or string, with or without "Bearer ") together with -Server.

    .PARAMETER Server
        The site that a bearer given as text belongs to.

    .PARAMETER CACertificate
        Path of a PEM file with certificate authorities to trust besides the operating system's.

    .PARAMETER CertificateSha256
        Trusts exactly the server certificate with this SHA-256 fingerprint.

    .PARAMETER SkipCertificateCheck
        Does not check the server's certificate, and warns each time.

    .PARAMETER TimeoutSec
        Seconds for the whole call, from 1 to 86400; 30 when left out.

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

        [int] $TimeoutSec
    )

    begin {
        . $script:CommandPrologue
    }

    process {
        # The pipeline binds each session anew.
        $PSCmdlet.MyInvocation.BoundParameters.Clear()
        $result = Resolve-Session $Session $Given
        if ($result -is [hashtable]) {
            $result = Invoke-SessionRequest $PSCmdlet vcd_check $result
        }
        if ($result -is [System.Management.Automation.ErrorRecord]) {
            $PSCmdlet.WriteError($result)
            return
        }
        $result
    }
}
