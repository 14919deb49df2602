function Get-VcdApiHeader {
    <#
    .SYNOPSIS
        Returns the headers for REST calls of your own.

    .DESCRIPTION
        A table with Authorization and Accept for Invoke-RestMethod -Headers. The API version is the one that is agreed on with
        the site, unless -ApiVersion names one. At the prompt the secret is masked; it is there for whoever reads the table, for
        ConvertTo-Json and Export-Clixml too.

    .PARAMETER Session
        The session whose headers are wanted: the object that Get-VcdBearer returned, also one that came through a job or a
        file; a connection of PowerCLI (of one before 13.1, if VcdBearer has made it); or the text of a bearer (SecureString or
        string) together with -Server.

    .PARAMETER As
        Xml for the interface /api, Json (when left out) for /cloudapi and for /api alike.

    .PARAMETER ApiVersion
        The version of the API to ask for, such as 37.0. Nothing is sent then.

    .PARAMETER Server
        The site that a bearer given as text belongs to. Other sessions know theirs.


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
        A table (OrderedDictionary) with Authorization and Accept.

    .EXAMPLE
        Invoke-RestMethod https://vcd.example.com/cloudapi/1.0.0/sessions/current -Headers (Get-VcdApiHeader -Session $b)

        Calls the JSON interface with PowerShell's own command.

    .EXAMPLE
        $headers = Get-VcdApiHeader -Session $b -As Xml -ApiVersion 37.0
        Invoke-RestMethod https://vcd.example.com/api/org -Headers $headers

        Calls the XML interface in a certain version.

    .LINK
        Invoke-VcdRestMethod
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Position = 0, ValueFromPipeline)]
        [object] $Session,

        [ValidateSet('Xml', 'Json')]
        [string] $As,

        [string] $ApiVersion,

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
            $result = New-ApiHeader $PSCmdlet $result $Given
        }
        if ($result -is [System.Management.Automation.ErrorRecord]) {
            . $script:FailureStep $result
            return
        }
        , $result
    }
}
