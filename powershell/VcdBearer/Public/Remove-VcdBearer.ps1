function Remove-VcdBearer {
    <#
    .SYNOPSIS
        Logs a session out at Cloud Director.

    .DESCRIPTION
        Ends the session on the server at once, instead of leaving it open until it has been idle for too long
        (Disconnect-CIServer alone does that). A session that has already ended is no error.

        A session that several calls of Get-VcdBearer returned ends with the last of them that is removed, or at once
        with -Force. Removing the same object twice does nothing the second time.

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

    .PARAMETER Force
        Ends the session although others in this process hold it.

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

    .EXAMPLE
        Get-VcdSession | Remove-VcdBearer -Force

        Logs out all sessions of this process.

    .LINK
        Get-VcdBearer

    .LINK
        Get-VcdSession
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

        [int] $TimeoutSec,

        [int] $MaximumRetryCount,

        [string] $Proxy,

        [pscredential] $ProxyCredential,

        [switch] $NoProxy,

        [switch] $Force
    )

    begin {
        . $script:CommandPrologue
    }

    process {
        # The pipeline binds each session anew.
        $PSCmdlet.MyInvocation.BoundParameters.Clear()
        $result = Resolve-Session $Session $Given $PSCmdlet.MyInvocation.ExpectingInput
        if ($result -is [hashtable]) {
            if (-not $PSCmdlet.ShouldProcess($result.Target, 'Log out')) {
                return
            }
            $result = Remove-Session $PSCmdlet $result $Given
        }
        if ($result -is [System.Management.Automation.ErrorRecord]) {
            . $script:FailureStep $result
        }
    }
}
