function Invoke-VcdRestMethod {
    <#
    .SYNOPSIS
        Makes a REST call to Cloud Director: the XML interface /api, or the JSON interface /cloudapi.

    .DESCRIPTION
        Sends one call with a session and returns what the answer says: an object for JSON, a document for XML, text otherwise.
        The API version is agreed on with the site once, unless -ApiVersion names one. With -All, all pages of a list come out
        record by record.

        A failure is an error with Cloud Director's own message; its exception's Data has HttpStatus, RequestId and
        MinorErrorCode, and Delivered (how many records came out before) with -All. An answer that cannot be read is a failure
        too; -OutFile keeps it as it came. Calls that change something are sent at most once, and ask first with -Confirm. Where
        OutcomeUnknown is true, find out first whether the change was made. -Verbose tells what was called and answered.

        The call goes to the session's own site only.

        Dates in JSON are what the PowerShell that runs makes of them: in answers text in Windows PowerShell and dates in PowerShell
        7; in bodies only PowerShell 7 writes them as Cloud Director reads them, so give them as text.

    .PARAMETER Path
        What to call: the path with its query, such as /api/query?type=vm, or a whole address of the session's site.

    .PARAMETER Method
        Get, Head, Post, Put, Patch or Delete; Get when left out.

    .PARAMETER Body
        What to send: text or bytes as they are, an XML document as its text, anything else as JSON.

    .PARAMETER ContentType
        Of what type -Body is. When left out, application/json for objects and for /cloudapi, application/xml for documents.

    .PARAMETER Accept
        The type of answer to ask for. When left out, XML under /api and JSON under /cloudapi; application/*+json gives JSON
        under /api as well.

    .PARAMETER ApiVersion
        The version of the API to ask for, such as 37.0, in place of the one that is agreed on.

    .PARAMETER All
        Follows a list from page to page and returns its records one by one, with progress. What is no list comes out as it is.

    .PARAMETER OutFile
        Writes the answer to a file, as it came, instead of returning it. The file is opened before anything is sent.

    .PARAMETER Session
        The session to use: the object that Get-VcdBearer returned, also one that came through a job or a file; a row of
        Get-VcdSession; a connection of PowerCLI (of one before 13.1, if VcdBearer has made it); or the text of a bearer
        (SecureString or string) together with -Server. Left out: the only session that this process holds.

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
        PSCustomObject for JSON, XmlDocument for XML (XmlElement with -All), string for other text, byte[] for other data.

    .EXAMPLE
        (Invoke-VcdRestMethod /cloudapi/1.0.0/sessions/current -Session $b).user.name

        Who am I?

    .EXAMPLE
        Invoke-VcdRestMethod '/api/query?type=vm&format=records&pageSize=128' -Session $b -All | Select-Object name, status

        Lists all virtual machines.

    .EXAMPLE
        Invoke-VcdRestMethod /cloudapi/1.0.0/orgs -Session $b -All | Select-Object name, id

        Lists the organizations.

    .LINK
        Get-VcdApiHeader

    .LINK
        Get-VcdBearer
    #>
    [CmdletBinding(PositionalBinding = $false, SupportsShouldProcess)]
    [OutputType([psobject], [xml], [string], [byte[]])]
    param(
        [Parameter(Position = 0)]
        [string] $Path,

        [Parameter(ValueFromPipeline)]
        [object] $Session,

        [ValidateSet('Get', 'Head', 'Post', 'Put', 'Patch', 'Delete')]
        [string] $Method,

        [object] $Body,

        [string] $ContentType,

        [string] $Accept,

        [string] $ApiVersion,

        [switch] $All,

        [string] $OutFile,

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
        Invoke-RestMethodCall $PSCmdlet $Session $Given | ForEach-Object {
            if ($_ -is [System.Management.Automation.ErrorRecord]) {
                . $script:FailureStep $_
            }
            else {
                , $_
            }
        }
    }
}
