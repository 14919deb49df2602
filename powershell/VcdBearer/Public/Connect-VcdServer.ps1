function Connect-VcdServer {
    <#
    .SYNOPSIS
        Connects PowerCLI to Cloud Director with a session or an API token.

    .DESCRIPTION
        Takes sessions of Get-VcdBearer, or logs in with the parameters of Get-VcdBearer, and returns the connection that
        Connect-CIServer makes. What PowerCLI alone gets wrong is put right:

        - The session id is of the kind that the loaded PowerCLI wants (up to 13.0 another one than later).
        - Connecting again gives a connection with the new session. PowerCLI alone hands the old connection back, with its old
          session; here one of an earlier session, or whose session has ended, is removed first.
        - Any port works; the pipe into Connect-CIServer knows 443 only.

        A connection to the same site as the same user that somebody else made, and that is alive, is never removed unasked: that
        is the error Vcd.ConnectionNotReplaced, and -Force replaces it.

        Should a later PowerCLI drop the parameter that the pipe into Connect-CIServer goes through (-PIDatacenter), PowerShell says
        there that the input object cannot be bound; it says the same of a session that came back from Start-Job, or that was made
        before a PowerCLI outside of $env:PSModulePath was imported. This command works then.

        PowerCLI checks certificates by its own setting (Set-PowerCLIConfiguration -InvalidCertificateAction); the certificate
        parameters here are for the log-in. Disconnect-VcdServer closes the connection and ends the session.

    .PARAMETER Server
        The Cloud Director site, as for Get-VcdBearer.

    .PARAMETER Org
        The organization, as for Get-VcdBearer.

    .PARAMETER ApiToken
        The API token, as for Get-VcdBearer.

    .PARAMETER TokenFile
        Path of a file with the API token, as for Get-VcdBearer.

    .PARAMETER Provider
        Logs in as a provider administrator.

    .PARAMETER Session
        A session that Get-VcdBearer returned, also one that came through a job or a file, in place of the parameters above. It is
        connected with as it is: -ApiToken, -TokenFile, -ForceRefresh and -NoCache beside it are errors.

    .PARAMETER NotDefault
        Leaves the connection out of $DefaultCIServers.

    .PARAMETER Force
        Replaces a connection that somebody else made and that is alive.

    .PARAMETER ForceRefresh
        Makes a new session although this process has one.

    .PARAMETER NoCache
        Makes a session that is shared with nobody.

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
        The connection of PowerCLI (VMware.VimAutomation.Cloud.Types.V1.CIServer).

    .EXAMPLE
        Connect-VcdServer vcd.example.com acme -ApiToken $token
        Get-CIVApp
        Disconnect-VcdServer

        Logs in, works, and logs out.

    .EXAMPLE
        $production, $test | Connect-VcdServer

        Connects with two sessions that Get-VcdBearer returned.

    .LINK
        Disconnect-VcdServer

    .LINK
        Get-VcdBearer
    #>
    [CmdletBinding(PositionalBinding = $false, SupportsShouldProcess)]
    [OutputType('VMware.VimAutomation.Cloud.Types.V1.CIServer')]
    param(
        [Parameter(Position = 0)]
        [string] $Server,

        [Parameter(Position = 1)]
        [string] $Org,

        # Neither [securestring] nor without a position: the binder's errors would show a plain string.
        [Parameter(Position = 2)]
        [object] $ApiToken,

        [string] $TokenFile,

        [switch] $Provider,

        [Parameter(ValueFromPipeline)]
        [object] $Session,

        [switch] $NotDefault,

        [switch] $Force,

        [switch] $ForceRefresh,

        [switch] $NoCache,

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
        $refusal = Initialize-PowerCli
        if ($refusal) {
            . $script:FailureStep $refusal
        }
    }

    process {
        # The pipeline binds each session anew.
        $PSCmdlet.MyInvocation.BoundParameters.Clear()
        if ($refusal) {
            return
        }
        foreach ($result in Connect-Server $PSCmdlet $Session $Given) {
            if ($result -is [System.Management.Automation.ErrorRecord]) {
                . $script:FailureStep $result
            }
            else {
                $result
            }
        }
    }
}
