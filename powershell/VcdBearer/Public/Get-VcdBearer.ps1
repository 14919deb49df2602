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

        A failure stops the script, unless -ErrorAction says otherwise. The session ends by itself after about 30
        minutes without use; Remove-VcdBearer ends it at once.

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

    .PARAMETER CACertificate
        Path of a PEM file with certificate authorities to trust besides the operating system's. Relative to the
        current location; wildcards are not expanded.

    .PARAMETER CertificateSha256
        Trusts exactly the server certificate with this SHA-256 fingerprint (64 hex digits, colons allowed), whatever
        its issuer, name and expiry. The right choice for the self-signed certificate of an appliance.

    .PARAMETER SkipCertificateCheck
        Does not check the server's certificate, and warns each time. Whoever stands in between can read the token.

    .PARAMETER TimeoutSec
        Seconds for the whole call, from 1 to 86400; 30 when left out.

    .PARAMETER AsSecureString
        Returns the bare access token as a SecureString, as Invoke-RestMethod -Authentication Bearer -Token takes it.

    .PARAMETER AsPlainText
        Returns the bare access token as a plain string, without "Bearer ".

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

    .LINK
        Test-VcdBearer

    .LINK
        Remove-VcdBearer

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

        [string] $CACertificate,

        [string] $CertificateSha256,

        [switch] $SkipCertificateCheck,

        [int] $TimeoutSec,

        [switch] $AsSecureString,

        [switch] $AsPlainText
    )

    begin {
        . $script:CommandPrologue
        if ($PSCmdlet.MyInvocation.ExpectingInput) {
            # Before the binder sees the input: its error would show a plain token.
            $refusal = New-PipelineFailureRecord
            if ($ErrorActionPreference -eq 'Stop') {
                $PSCmdlet.WriteError($refusal)
            }
            $PSCmdlet.ThrowTerminatingError($refusal)
        }
    }

    end {
        foreach ($result in Invoke-TokenExchange $PSCmdlet $Given) {
            if ($result -is [System.Management.Automation.ErrorRecord]) {
                $PSCmdlet.WriteError($result)
            }
            else {
                $result
            }
        }
    }
}
