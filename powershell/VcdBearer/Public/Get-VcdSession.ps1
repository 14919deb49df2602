function Get-VcdSession {
    <#
    .SYNOPSIS
        Lists the sessions that this process holds, or tells what Cloud Director says about one.

    .DESCRIPTION
        Without -Session: the sessions that Get-VcdBearer has made in this process (in all its runspaces) and that were
        not removed, each with the number of those who hold it. Nothing is sent, so one that Cloud Director has ended
        meanwhile may be among them, and of more than 4,096 hand-outs the oldest are forgotten. The rows have no secret; Test-VcdBearer and Remove-VcdBearer take them.

        With -Session: what Cloud Director says about that session, with the roles of the user and the minutes after
        which it ends a session that is not used. Asking resets its idle clock. A session that has ended is the error
        Vcd.SessionExpired.

    .PARAMETER Session
        The object that Get-VcdBearer returned, also one that came through a job or a file; a row of Get-VcdSession; a
        connection of PowerCLI (of one before 13.1, if VcdBearer has made it); or the text of a bearer (SecureString or string,
        with or without "Bearer ") together with -Server. Left out: all sessions of this process are listed.

    .PARAMETER Server
        The site that a bearer given as text belongs to. Without -Session: lists only the sessions at this site. Other sessions know
        theirs. Where $PSDefaultParameterValues names a site, -Server '' lists all.

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
        VcdBearer.SessionInfo, with Server, Port, Org, IsProvider, User, IssuedAt, ExpiresAt and Holders; with -Session,
        VcdBearer.SessionDetail, with Server, Port, Org, User, Roles, IdleTimeoutMinutes and ExpiresAt.

    .EXAMPLE
        Get-VcdSession

        Lists the sessions of this process.

    .EXAMPLE
        Get-VcdSession | Remove-VcdBearer -Force

        Logs all of them out.

    .EXAMPLE
        (Get-VcdSession -Session $b).Roles

        Asks Cloud Director for the roles that the session has.

    .LINK
        Get-VcdBearer

    .LINK
        Remove-VcdBearer
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('VcdBearer.SessionInfo', 'VcdBearer.SessionDetail')]
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
        $results = if ($PSCmdlet.MyInvocation.ExpectingInput -or $Given.ContainsKey('Session')) {
            $resolved = Resolve-Session $Session $Given $PSCmdlet.MyInvocation.ExpectingInput
            if ($resolved -is [hashtable]) { Get-SessionDetail $PSCmdlet $resolved $Given } else { $resolved }
        }
        else {
            Get-HeldSession $Given['Server']
        }
        foreach ($result in $results) {
            if ($result -is [System.Management.Automation.ErrorRecord]) {
                . $script:FailureStep $result
            }
            else {
                $result
            }
        }
    }
}
