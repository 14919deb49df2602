function Save-VcdApiToken {
    <#
    .SYNOPSIS
        Writes an API token to a file that only the account meant for it can read.

    .DESCRIPTION
        Makes a token file for -TokenFile of Get-VcdBearer and Connect-VcdServer, as scheduled tasks use it. Run it as the account
        that will use the file, or name that account with -Account.

        On Windows the token is encrypted for the account (DPAPI), and the file's access list names the account, the administrators
        and the system. Elsewhere nothing encrypts it: the file has the mode 0600. A folder that is not there is made, as private
        as the file. Nothing is sent, and no file is left that others could read.

        An encrypted file and a line of text do not say whether the token is one of a service account, which is replaced at each
        use; where such a file can be written, a new token is put into it. -TokenType says which it is, in the JSON that the
        Terraform provider for Cloud Director reads and writes too; no system encrypts that.

    .PARAMETER Path
        The file to make. Relative to the current location; wildcards are not expanded.

    .PARAMETER ApiToken
        The API token: a SecureString, a PSCredential whose password it is, or a plain string. Asked for without echo when missing
        and somebody is there to ask.

    .PARAMETER TokenType
        ApiToken, a user's, which stays the same; ServiceAccount, replaced at each use. Makes a file that Terraform reads as well
        (API tokens in its api_token_file, service accounts in its service_account_token_file).

    .PARAMETER Scope
        For Windows: CurrentUser, when left out, encrypts for one account, on this machine. LocalMachine encrypts for every account
        of this machine, so that the access list alone keeps others out: for accounts that nobody can log on as, such as group
        managed service accounts.

    .PARAMETER Account
        For Windows: the account that is to use the file (DOMAIN\svc-vcd$), if not the one that runs the command. Needs an
        administrator, and -Scope LocalMachine or -TokenType.

    .PARAMETER Force
        Replaces a file that is there, in one step, and waits while somebody uses it.

    .INPUTS
        SecureString, PSCredential or string: the API token.

    .OUTPUTS
        System.IO.FileInfo, the file.

    .EXAMPLE
        Save-VcdApiToken -Path ./vcd/acme.token -ApiToken $token
        Get-VcdBearer vcd.example.com acme -TokenFile ./vcd/acme.token

        Makes a token file for the account that runs the command, and logs in with it.

    .EXAMPLE
        $token | Save-VcdApiToken -Path ./vcd/ci-deploy.json -TokenType ServiceAccount -Force

        Replaces the file of a service account, which Terraform may use too.

    .EXAMPLE
        Save-VcdApiToken C:\ProgramData\VcdJobs\acme.xml $token -Scope LocalMachine -Account 'CONTOSO\svc-vcd$'

        Makes the file of a group managed service account, as an administrator.

    .LINK
        Get-VcdBearer

    .LINK
        about_VcdBearer_Scheduled_Tasks
    #>
    [CmdletBinding(PositionalBinding = $false, SupportsShouldProcess)]
    [OutputType([System.IO.FileInfo])]
    param(
        [Parameter(Position = 0)]
        [string] $Path,

        # Neither [securestring] nor without a position: the binder's errors would show a plain string.
        [Parameter(Position = 1, ValueFromPipeline)]
        [object] $ApiToken,

        [ValidateSet('ApiToken', 'ServiceAccount')]
        [string] $TokenType,

        [ValidateSet('CurrentUser', 'LocalMachine')]
        [string] $Scope,

        [string] $Account,

        [switch] $Force
    )

    begin {
        . $script:CommandPrologue
    }

    process {
        # The pipeline binds each token anew.
        $PSCmdlet.MyInvocation.BoundParameters.Clear()
        foreach ($result in Save-Token $PSCmdlet $ApiToken $Given) {
            if ($result -is [System.Management.Automation.ErrorRecord]) {
                . $script:FailureStep $result
            }
            else {
                $result
            }
        }
    }
}
