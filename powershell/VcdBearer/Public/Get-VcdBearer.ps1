function Get-VcdBearer {
    <#
    .SYNOPSIS
        Logs in to VMware Cloud Director with an API token.

    .DESCRIPTION
        Exchanges an API token (made in the portal under User preferences, API Tokens) for a session and returns an
        object that works wherever PowerCLI and the REST API want one:

            Connect-CIServer -Server $b.Server -SessionId "$b"

        The text of the object is "Bearer <token>". No view shows the secret; it is read by name: SessionId and
        Authorization ("Bearer <token>"), AccessToken (the token alone).

        ConvertTo-Json and Export-Clixml write the secret in clear text. Do not keep their output.

        Many tokens at once come through the pipeline: they are exchanged side by side, and the sessions come out in
        the order of the input. InputIndex and Label of a session, and of the error of an item that failed, tell which
        item it belongs to.

        Within a process, calls with the same token at the same site get the same session as long as it is alive; the
        last Remove-VcdBearer of them ends it. -ForceRefresh and -NoCache ask for another one.

        Called with parameters, a failure stops the script, unless -ErrorAction says otherwise; in a pipeline, each
        failed item gives one error and the others go on. The session ends by itself after about 30 minutes without
        use; Remove-VcdBearer ends it at once.

        What is not given comes from the environment: VCD_URL, VCD_SYS_ORG or VCD_ORG, and one of VCD_API_TOKEN,
        VCD_API_TOKEN_FILE and VCD_SA_TOKEN_FILE (for the site that VCD_URL names, and for no other).
        VCD_ALLOW_UNVERIFIED_SSL=true turns off the certificate check for that site.

    .PARAMETER Server
        The Cloud Director site: vcd.example.com, vcd.example.com:8443, [2001:db8::1], or any https address of its
        portal (path and query are left out). Asked for when missing and somebody is there to ask.

    .PARAMETER Org
        The short name of the organization as it stands in the portal's address after /tenant/. System is the provider.

    .PARAMETER Provider
        Logs in as a provider administrator; the same as -Org System.

    .PARAMETER ApiToken
        The API token: a SecureString (as from Get-Secret or Read-Host -AsSecureString), a PSCredential whose password
        it is, or a plain string. Asked for without echo when missing and somebody is there to ask.

        Give a variable and never the token itself: a token written into the command line is in the history, in
        PowerShell's own display of an error (the line that failed) and in its script-block log. The module cannot
        prevent that.

    .PARAMETER TokenFile
        Path of a file that the API token is read from, in place of -ApiToken: the JSON of Terraform's provider for Cloud
        Director, a SecureString or PSCredential of Export-Clixml, or one line of text. The token of a service account is
        replaced at each use; the new one is in the file before the session is returned. Relative to the current location;
        wildcards are not expanded. Save-VcdApiToken makes such a file.

    .PARAMETER InputObject
        Through the pipeline: API tokens (SecureString, PSCredential or string), or rows with the properties Server, Org,
        ApiToken or TokenFile, and Name, such as Import-Csv and hashtables give. What a row lacks comes from the parameters.
        Name, or the user name of a PSCredential, becomes the Label, unless it looks like a token. A token alone excludes -ApiToken
        and -TokenFile.

    .PARAMETER CACertificate
        Path of a PEM file with certificate authorities to trust besides the operating system's. Relative to the
        current location; wildcards are not expanded.

    .PARAMETER CertificateSha256
        Trusts exactly the server certificate with this SHA-256 fingerprint (64 hex digits, colons allowed), whatever
        its issuer, name and expiry. The right choice for the self-signed certificate of an appliance.

    .PARAMETER SkipCertificateCheck
        Does not check the server's certificate, and warns each time. Whoever stands in between can read the token.

    .PARAMETER TimeoutSec
        Seconds for each log-in, from 1 to 86400; 30 when left out.

    .PARAMETER MaximumRetryCount
        How often a log-in is tried again, from 0 to 10; 2 when left out. Only attempts that provably did not reach the
        server are repeated: an API token is sent once at most.

    .PARAMETER Proxy
        The proxy to go through: http://proxy.example.com:8080. When left out, HTTPS_PROXY and NO_PROXY, the settings of
        the user and those of the machine are asked, in this order; -Verbose tells which proxy it was.

    .PARAMETER ProxyCredential
        User and password for -Proxy.

    .PARAMETER NoProxy
        Goes through no proxy, whatever the environment and the system say.

    .PARAMETER ThrottleLimit
        How many log-ins of a pipeline are under way at once, from 1 to 1000; 16 when left out.

    .PARAMETER ForceRefresh
        Makes a new session, which others may share from then on.

    .PARAMETER NoCache
        Makes a new session that is shared with nobody.

    .PARAMETER SessionIdKind
        What the text of the session is. Bearer, when left out: "Bearer <token>", which PowerCLI wants since 13.1. Legacy: the
        session id that PowerCLI up to 13.0 wants (Cloud Director has none from API 38.0 on). The pipe into Connect-CIServer and
        Connect-VcdServer choose by themselves.

    .PARAMETER AsSecureString
        Returns the bare access token as a SecureString, as Invoke-RestMethod -Authentication Bearer -Token takes it.
        Its session is shared with nobody.

    .PARAMETER AsPlainText
        Returns the bare access token as a plain string, without "Bearer ". Its session is shared with nobody.

    .INPUTS
        SecureString, PSCredential, string, or rows with Server, Org, ApiToken or TokenFile, and Name.

    .OUTPUTS
        VcdBearer.Session, with Server, Port, Org, IsProvider, User, IssuedAt, ExpiresAt, TokenType, InputIndex and
        Label. With -AsSecureString a SecureString, with -AsPlainText a string.

    .EXAMPLE
        $token = Read-Host -Prompt 'API token' -AsSecureString
        $b = Get-VcdBearer -Server vcd.example.com -Org acme -ApiToken $token
        Connect-CIServer -Server $b.Server -SessionId "$b"

        Logs in to the organization acme and connects PowerCLI with the session.

    .EXAMPLE
        Get-VcdBearer vcd.example.com -Provider -ApiToken (Get-Secret vcd-provider) -CACertificate ./company-ca.pem

        Logs in as a provider administrator to a site whose certificate an own authority issued.

    .EXAMPLE
        $jwt = Get-VcdBearer vcd.example.com acme -ApiToken $token -AsSecureString
        $call = @{ Authentication = 'Bearer'; Token = $jwt; Headers = @{ Accept = 'application/json;version=37.0' } }
        Invoke-RestMethod https://vcd.example.com/cloudapi/1.0.0/sessions/current @call

        Calls the REST API of Cloud Director with PowerShell 7's own command.

    .EXAMPLE
        Get-VcdBearer vcd.example.com acme -TokenFile C:\ProgramData\VcdJobs\acme.json

        Logs in with the token of a file, as scheduled tasks do (about_VcdBearer_Scheduled_Tasks). A service account's new
        token is put into the file.

    .EXAMPLE
        Import-Csv sites.csv | Get-VcdBearer -CACertificate ./company-ca.pem -ErrorAction Continue

        Logs in to many sites at once; the file has the columns Name, Server, Org and ApiToken. Each site that refuses
        gives one error.

    .LINK
        Test-VcdBearer

    .LINK
        Remove-VcdBearer

    .LINK
        Get-VcdSession

    .LINK
        Save-VcdApiToken

    .LINK
        about_VcdBearer
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('VcdBearer.Session', [securestring], [string])]
    param(
        [Parameter(Position = 0)]
        [string] $Server,

        [Parameter(Position = 1)]
        [string] $Org,

        [switch] $Provider,

        # Neither [securestring] nor without a position: the binder's errors would show a plain string.
        [Parameter(Position = 2)]
        [object] $ApiToken,

        [string] $TokenFile,

        [Parameter(ValueFromPipeline)]
        [object] $InputObject,

        [string] $CACertificate,

        [string] $CertificateSha256,

        [switch] $SkipCertificateCheck,

        [int] $TimeoutSec,

        [int] $MaximumRetryCount,

        [string] $Proxy,

        [pscredential] $ProxyCredential,

        [switch] $NoProxy,

        [int] $ThrottleLimit,

        [switch] $ForceRefresh,

        [switch] $NoCache,

        [ValidateSet('Bearer', 'Legacy')]
        [string] $SessionIdKind,

        [switch] $AsSecureString,

        [switch] $AsPlainText
    )

    begin {
        . $script:CommandPrologue
        $queue = Open-ExchangeQueue $PSCmdlet $Given
        if ($queue -is [System.Management.Automation.ErrorRecord]) {
            # One error for all items.
            . $script:FailureStep $queue
        }
    }

    process {
        # The pipeline binds each item anew.
        $PSCmdlet.MyInvocation.BoundParameters.Clear()
        if ($queue -is [hashtable]) {
            . $script:ExchangeStep $queue['LookAhead'] $true
        }
    }

    end {
        if ($queue -is [hashtable]) {
            . $script:ExchangeStep 0 $false
            Hide-ExchangeProgress $queue
            Close-ExchangeQueue $queue
            Write-KindWarning $PSCmdlet $Given
        }
    }
}
