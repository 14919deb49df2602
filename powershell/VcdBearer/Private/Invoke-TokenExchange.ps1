function Invoke-TokenExchange {
    # One API token in, one session out, in the form that the caller wants; or an ErrorRecord.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        # The parameters of Get-VcdBearer.
        [hashtable] $Given
    )

    $ErrorActionPreference = 'Stop'
    $problem = Test-ExchangeParameter $Given
    if ($null -eq $problem) {
        $problem = Request-MissingParameter $Cmdlet $Given
    }
    if ($null -ne $problem) {
        return $problem
    }
    $secret, $label = Resolve-ApiToken $Given['ApiToken']
    if ($secret -is [System.Management.Automation.ErrorRecord]) {
        return $secret
    }
    $trust = Resolve-TrustOption $Cmdlet $Given
    if ($trust -is [System.Management.Automation.ErrorRecord]) {
        return $trust
    }

    $request = @{ server = $Given['Server']; label = $label; org = $Given['Org'] }
    $organization = $Given['Org']
    if ($Given['Provider']) {
        $organization = 'System'
        $request.org = $null
        $request.provider = 'true'
    }
    $Cmdlet.WriteVerbose('Exchanging the API token for a session. It travels in the body of the request, over TLS.')
    $fields = Invoke-NativeRequest vcd_exchange $trust.Client $request $secret {
        Write-ExchangeStory $Cmdlet $Given $args[1]
        Receive-ExchangeSecret $Given $args[0] $args[1]
    }
    if ($fields -is [System.Management.Automation.ErrorRecord]) {
        return $fields
    }
    if ($fields.status -ne '0') {
        $target = Get-FailureTarget $fields $label, (Get-SiteName $Given['Server']), $organization
        return New-FailureRecord $fields $target
    }
    ConvertTo-Result $Given $fields $trust.Kept $label
}

function Test-ExchangeParameter {
    # The ErrorRecord for switches that contradict each other; nothing if all is well. (What says whom to trust is
    # checked where it is prepared.)
    param([hashtable] $Given)

    if ($Given['Provider'] -and $Given.ContainsKey('Org') -and $Given['Org'].Trim() -ne 'System') {
        return New-OptionFailureRecord '-Provider contradicts -Org: the provider is the organization System.' (
            'Leave out -Provider for a tenant, or -Org for the provider.')
    }
    if ($Given['AsSecureString'] -and $Given['AsPlainText']) {
        return New-OptionFailureRecord '-AsSecureString contradicts -AsPlainText.' 'Use one of them.'
    }
}

function Request-MissingParameter {
    # Adds what was left out to $Given, or returns the ErrorRecord that names it.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Given)

    $missing = @(
        if (-not $Given.ContainsKey('Server')) { 'Server' }
        if (-not $Given.ContainsKey('Org') -and -not $Given['Provider']) { 'Org' }
        if (-not $Given.ContainsKey('ApiToken')) { 'ApiToken' }
    )
    if ($missing) {
        Read-MissingValue $Cmdlet $Given $missing
    }
}

function Resolve-ApiToken {
    # The secret of -ApiToken (SecureString or string) and the label it brings along; or an ErrorRecord.
    param([object] $ApiToken)

    if ($ApiToken -is [pscredential]) {
        $label = $ApiToken.UserName
        $ApiToken = $ApiToken.Password
        if ($null -eq $ApiToken) {
            $ApiToken = ''
        }
        return $ApiToken, $label
    }
    if ($ApiToken -is [securestring] -or $ApiToken -is [string]) {
        return $ApiToken, $null
    }
    $type = 'nothing ($null)'
    if ($null -ne $ApiToken) {
        $type = "an object of the type $($ApiToken.GetType().FullName)"
    }
    New-FailureRecord @{
        name    = 'InvalidToken'
        message = "-ApiToken got $type."
        action  = 'Give a SecureString, a PSCredential whose password is the API token, or a string.'
    }
}

function Test-BareToken {
    # Whether the caller wants the access token alone. Only the session object has a place for a new API token.
    param([hashtable] $Given)

    $Given['AsSecureString'] -or $Given['AsPlainText']
}

function Write-ExchangeStory {
    # What happened, for -Verbose, and the warning that an API token was replaced. Called before secrets are taken:
    # where a warning stops the script, the native side still has them, saves the token and ends the session.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Given, [hashtable] $Fields)

    if ($Fields['trimmed'] -eq 'true') {
        $Cmdlet.WriteVerbose('White space around the API token was left out.')
    }
    if ($Fields.ContainsKey('http_status')) {
        $Cmdlet.WriteVerbose("The server answered $($Fields.http_status) (request id: $($Fields['request_id'])).")
    }
    if ($Fields.status -eq '0') {
        $Cmdlet.WriteVerbose("Logged in to $($Fields.server) as $($Fields['user']) of $($Fields['org']); " +
            "the session lasts until $($Fields['expires_at']) unless it is idle for too long.")
    }
    if ($Fields['new_api_token'] -eq 'true') {
        $place = "in a file of the folder $($Fields['recovery_dir'])"
        if ($Fields.status -eq '0' -and -not (Test-BareToken $Given)) {
            $place = "in the property NewApiToken of the session, or, if the session does not reach you, $place"
        }
        $Cmdlet.WriteWarning('Cloud Director replaced the API token; the old one is dead. ' +
            "Save the new one now: it is $place.")
    }
}

function Receive-ExchangeSecret {
    # Takes the bearer of a success out of the request, and a new API token if the session will carry it: what is left
    # there goes to the recovery folder.
    param([hashtable] $Given, [object] $Request, [hashtable] $Fields)

    if ($Fields.status -eq '0') {
        $Fields.bearer = Receive-Secret $Request $script:SecretBearer $Given['AsSecureString']
        if ($Fields['new_api_token'] -eq 'true' -and -not (Test-BareToken $Given)) {
            $Fields.new_token = Receive-Secret $Request $script:SecretNewApiToken $true
        }
    }
}

function ConvertTo-Result {
    # The session, or what -AsSecureString and -AsPlainText ask for.
    param([hashtable] $Given, [hashtable] $Fields, [hashtable] $Kept, [string] $Label)

    if (Test-BareToken $Given) {
        return $Fields.bearer
    }
    $authorization = 'Bearer ' + $Fields.bearer
    $values = $Kept + @{
        Server        = $Fields.server
        Port          = [int] $Fields.port
        Org           = $Fields['org']
        IsProvider    = $Fields['provider'] -eq 'true'
        User          = $Fields['user']
        TokenType     = $Fields['token_type']
        InputIndex    = 0
        Label         = $Label
        SessionId     = $authorization
        Authorization = $authorization
        AccessToken   = $Fields.bearer
        access_token  = $Fields.bearer
        NewApiToken   = $Fields['new_token']
        HandOutId     = $Fields['session']
    }
    foreach ($property in $script:TimeFields.Keys) {
        $time = $Fields[$script:TimeFields[$property]]
        if ($time) {
            # To local time, as everywhere in PowerShell: comparisons with Get-Date look at the digits alone.
            $values[$property] = [datetime]::Parse($time, [cultureinfo]::InvariantCulture)
        }
    }
    New-Session $values
}

$script:TimeFields = @{ IssuedAt = 'issued_at'; ExpiresAt = 'expires_at' }
