function Disconnect-VcdServer {
    <#
    .SYNOPSIS
        Closes connections of PowerCLI and ends their sessions at Cloud Director.

    .DESCRIPTION
        Disconnect-CIServer only counts down, and never logs out. This command removes the connection however often it was asked
        for, and ends its session, unless others in this process hold it (-Force ends it all the same). A session that has ended
        already is no error. One that could not be ended can be tried again: the command knows it until it has been.

    .PARAMETER Session
        What to close, one or several: the name of a server (with wildcards, with a port, or an address of its portal), a
        connection of PowerCLI, or a session of Get-VcdBearer. Left out: everything that Connect-VcdServer, or the pipe into
        Connect-CIServer, was given in this process, also where PowerCLI has refused, hidden or closed the connection meanwhile;
        and the connections in $DefaultCIServers that were made with the text of a session (Connect-CIServer -SessionId "$b").

    .PARAMETER KeepSession
        Closes the connection and leaves the session open.

    .PARAMETER Force
        Ends the session although others in this process hold it.

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
        VcdBearer.Session, or a connection of PowerCLI.

    .OUTPUTS
        None.

    .EXAMPLE
        Disconnect-VcdServer

        Closes what was connected with sessions of VcdBearer, and logs out.

    .EXAMPLE
        Disconnect-VcdServer vcd.example.com -KeepSession

        Closes the connection to one server; its session stays open.

    .LINK
        Connect-VcdServer

    .LINK
        Remove-VcdBearer
    #>
    [CmdletBinding(PositionalBinding = $false, SupportsShouldProcess)]
    [OutputType([void])]
    param(
        [Parameter(Position = 0, ValueFromPipeline)]
        [object] $Session,

        [switch] $KeepSession,

        [switch] $Force,

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
        $isAll = $null -eq $Session -and -not $Given.ContainsKey('Session') -and -not $PSCmdlet.MyInvocation.ExpectingInput
        $targets = if ($isAll) { Get-OwnTarget $PSCmdlet } else { Resolve-DisconnectTarget $PSCmdlet $Session $Given }
        foreach ($target in $targets) {
            if ($target -is [System.Management.Automation.ErrorRecord]) {
                . $script:FailureStep $target
                continue
            }
            if (-not $PSCmdlet.ShouldProcess($target.Text, 'Disconnect and log out')) {
                continue
            }
            foreach ($failure in Disconnect-Target $PSCmdlet $target $Given) {
                . $script:FailureStep $failure
            }
        }
    }
}
