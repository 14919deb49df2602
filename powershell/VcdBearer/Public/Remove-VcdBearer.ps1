function Remove-VcdBearer {
    <#
    .SYNOPSIS
        Logs a session out at Cloud Director.

    .DESCRIPTION
        Ends the session on the server at once, instead of leaving it open until it has been idle for too long
        (Disconnect-CIServer alone does that). A session that has already ended is no error.

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
        None.

    .EXAMPLE
        Remove-VcdBearer $b

        Logs the session out.

    .EXAMPLE
        $production, $test | Remove-VcdBearer -Confirm

        Logs two sessions out and asks before each.

    .LINK
        Get-VcdBearer
    #>
    [CmdletBinding(PositionalBinding = $false, SupportsShouldProcess)]
    [OutputType([void])]
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
            if (-not $PSCmdlet.ShouldProcess($result.Target, 'Log out')) {
                return
            }
            $result = Invoke-SessionRequest $PSCmdlet vcd_end $result
        }
        if ($result -is [System.Management.Automation.ErrorRecord]) {
            $PSCmdlet.WriteError($result)
        }
    }
}
