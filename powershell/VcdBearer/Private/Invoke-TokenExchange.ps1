function Invoke-TokenExchange {
    # One API token in, one session out, in the form that the caller wants; or an ErrorRecord. Both where the session
    # came with a new API token that could not be saved: the session first.
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

    $Cmdlet.WriteVerbose('Exchanging the API token for a session. It travels in the body of the request, over TLS.')
    Invoke-NativeRequest vcd_exchange $trust.Client (New-ExchangeRequest $Given $label) $secret {
        param($Request, $Fields)
        Write-ExchangeStory $Cmdlet $Fields
        if ($Fields.status -eq '0') {
            Receive-ExchangeResult $Given $Request $Fields $trust.Kept $label
        }
        if ($Fields.status -ne '0' -or $Fields.ContainsKey('new_api_token_problem')) {
            $organization = if ($Given['Provider']) { 'System' } else { $Given['Org'] }
            $target = Get-FailureTarget $Fields $label, (Get-SiteName $Given['Server']), $organization
            Receive-ExchangeFailure $Request $Fields $target
        }
    }
}

function New-ExchangeRequest {
    # The request's fields for the native library.
    param([hashtable] $Given, [string] $Label)

    # A session of its own: the commands do not tell yet who holds a shared one.
    $fields = @{ server = $Given['Server']; label = $Label; no_cache = 'true' }
    if ($Given['Provider']) {
        $fields.provider = 'true'
    }
    else {
        $fields.org = $Given['Org']
    }
    # Only the session object has a place for a new API token.
    if (Test-BareToken $Given) {
        $fields.save_new_api_token = 'true'
    }
    $fields
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

function New-PipelineFailureRecord {
    New-FailureRecord @{
        name    = 'InvalidToken'
        message = 'Get-VcdBearer takes nothing from the pipeline.'
        action  = 'Give the API token as -ApiToken.'
    }
}

function Test-BareToken {
    # Whether the caller wants the access token alone.
    param([hashtable] $Given)

    $Given['AsSecureString'] -or $Given['AsPlainText']
}

function Write-ExchangeStory {
    # What happened, for -Verbose, and the warning that an API token was replaced. Called before secrets are taken:
    # where a warning stops the script, the native side still has them, saves the token and ends the session.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Fields)

    if ($Fields['trimmed'] -eq 'true') {
        $Cmdlet.WriteVerbose('White space around the API token was left out.')
    }
    if ($Fields.status -eq '0') {
        $Cmdlet.WriteVerbose("Logged in to $($Fields.server) as $($Fields['user']) of $($Fields['org']); " +
            "the session lasts until $($Fields['expires_at']) unless it is idle for too long.")
    }

    $place = $null
    if ($Fields.ContainsKey('new_api_token_file')) {
        $place = "in the file $($Fields.new_api_token_file)"
    }
    elseif ($Fields['new_api_token'] -eq 'true' -and -not $Fields.ContainsKey('new_api_token_problem')) {
        $place = "in a file of the folder $($Fields['recovery_dir'])"
        if ($Fields.status -eq '0') {
            $place = "in the property NewApiToken of the session, or, if the session does not reach you, $place"
        }
    }
    if ($place) {
        $Cmdlet.WriteWarning('Cloud Director replaced the API token; the old one is dead. ' +
            "Save the new one now: it is $place.")
    }
}

function Receive-ExchangeResult {
    # The session of a success, or what -AsSecureString and -AsPlainText ask for; or an ErrorRecord.
    param([hashtable] $Given, [object] $Request, [hashtable] $Fields, [hashtable] $Kept, [string] $Label)

    if (Test-BareToken $Given) {
        return Receive-Secret $Request $script:SecretBearer $Given['AsSecureString']
    }
    $values = $Kept + @{
        Server     = $Fields.server
        Port       = [int] $Fields.port
        Org        = $Fields['org']
        IsProvider = $Fields['provider'] -eq 'true'
        User       = $Fields['user']
        TokenType  = $Fields['token_type']
        InputIndex = 0
        Label      = $Label
        HandOutId  = $Fields['session']
    }
    foreach ($property in $script:TimeFields.Keys) {
        $time = $Fields[$script:TimeFields[$property]]
        if ($time) {
            # To local time, as everywhere in PowerShell: comparisons with Get-Date look at the digits alone.
            $values[$property] = [datetime]::Parse($time, [cultureinfo]::InvariantCulture)
        }
    }

    # Last of all, and the new API token after the bearer: what was taken out is lost if Ctrl+C comes before the caller
    # has it.
    $bearer = Receive-Secret $Request $script:SecretBearer $false
    if ($bearer -is [System.Management.Automation.ErrorRecord]) {
        return $bearer
    }
    $values.AccessToken = $values.access_token = $bearer
    $values.SessionId = $values.Authorization = 'Bearer ' + $bearer
    if ($Fields['new_api_token'] -eq 'true') {
        $values.NewApiToken = Receive-Secret $Request $script:SecretNewApiToken $true
        if ($values.NewApiToken -is [System.Management.Automation.ErrorRecord]) {
            return $values.NewApiToken
        }
    }
    New-Session $values
}

function Receive-ExchangeFailure {
    # The ErrorRecord of a failed exchange. Where a new API token came that could not be saved, the record is about that
    # and carries the token: there is no other place left.
    param([object] $Request, [hashtable] $Fields, [string] $Target)

    if (-not $Fields.ContainsKey('new_api_token_problem')) {
        return New-FailureRecord $Fields $Target
    }
    $failure = @{
        name    = 'TokenFileNotSaved'
        message = 'Cloud Director replaced the API token; the old one is dead. ' + $Fields.new_api_token_problem
        action  = 'Save the new one now: it is the password of the PSCredential NewApiToken in the Data of this ' +
                  "error's exception, `$Error[0].Exception.Data['NewApiToken'], which -ApiToken takes as it is."
    }
    if ($Fields.status -ne '0') {
        $failure.message += ' And there is no session: ' + $Fields.message
    }
    $record = New-FailureRecord $failure $Target
    $token = Receive-Secret $Request $script:SecretNewApiToken $true
    if ($token -is [System.Management.Automation.ErrorRecord]) {
        return $token
    }
    # Not the SecureString itself: .NET Framework refuses it there, because it cannot be serialized.
    $record.Exception.Data['NewApiToken'] = [pscredential]::new('NewApiToken', $token)
    $record
}

$script:TimeFields = @{ IssuedAt = 'issued_at'; ExpiresAt = 'expires_at' }
