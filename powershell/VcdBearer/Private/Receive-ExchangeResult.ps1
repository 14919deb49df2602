function Receive-ExchangeResult {
    # What comes of a settled exchange: the session in the form that the caller wants, or an ErrorRecord. Both where the session
    # came with a new API token that could not be saved: the session first.
    param($Queue, $Item, $Index, $Fields)

    if ($Fields -is [System.Management.Automation.ErrorRecord]) {
        return $Fields
    }
    # Before secrets are taken: where a warning stops the script, the native side still has them, saves the token and ends the
    # session.
    $name = Get-ItemName $Queue $Item $Index
    if ($VerbosePreference -ne 'SilentlyContinue') {
        Write-ExchangeOutcome $Queue['Cmdlet'] $name $Fields
    }
    Write-TokenWarning $Queue['Cmdlet'] $name $Fields
    if ($Fields['status'] -eq '0') {
        if (Test-BareToken $Queue['Given']) {
            Receive-Secret $Item['Request'] $script:SecretBearer $Queue['Given']['AsSecureString']
        }
        else {
            Receive-Session $Queue['Options']['Kept'] $Item $Index $Fields
        }
    }
    if ($Fields['status'] -ne '0' -or $Fields.ContainsKey('new_api_token_problem')) {
        $target = Get-FailureTarget $Fields $Item['Label'], (Get-SiteName $Item['Server']), $Item['Org']
        Receive-ExchangeFailure $Item['Request'] $Fields $target
    }
}

function Receive-Session {
    # The session of a success, or an ErrorRecord.
    param($Kept, $Item, $Index, $Fields)

    $values = $Kept + @{
        Server     = $Fields['server']
        Port       = $Fields['port'] -as [int]
        Org        = $Fields['org']
        IsProvider = $Fields['provider'] -eq 'true'
        User       = $Fields['user']
        TokenType  = $Fields['token_type']
        InputIndex = $Index
        Label      = $Item['Label']
        HandOutId  = $Fields['session']
        # Local time, as everywhere in PowerShell: comparisons with Get-Date look at the digits alone.
        IssuedAt   = $Fields['issued_at'] -as [datetime]
        ExpiresAt  = $Fields['expires_at'] -as [datetime]
    }
    if ($Item['Unchecked']) {
        $values['SkipCertificateCheck'] = $Item['Unchecked']
    }

    # Last of all, and the new API token after the bearer: what was taken out is lost if Ctrl+C comes before the caller
    # has it.
    $bearer = Receive-Secret $Item['Request'] $script:SecretBearer $false
    if ($bearer -is [System.Management.Automation.ErrorRecord]) {
        return $bearer
    }
    $values['AccessToken'] = $values['access_token'] = $bearer
    $values['SessionId'] = $values['Authorization'] = "Bearer $bearer"
    if ($Fields['legacy_id'] -eq 'true') {
        $id = Receive-Secret $Item['Request'] $script:SecretLegacyId $false
        if ($id -is [System.Management.Automation.ErrorRecord]) {
            return $id
        }
        $values['SessionId'] = $id
    }
    if ($Fields['new_api_token'] -eq 'true') {
        $token = Receive-Secret $Item['Request'] $script:SecretNewApiToken $true
        if ($token -is [System.Management.Automation.ErrorRecord]) {
            return $token
        }
        $values['NewApiToken'] = $token
    }
    New-Session $values
}

function Receive-ExchangeFailure {
    # The ErrorRecord of a failed exchange. Where a new API token came that could not be saved, the record is about that
    # and carries the token: there is no other place left.
    param($Request, $Fields, $Target)

    if (-not $Fields.ContainsKey('new_api_token_problem')) {
        return New-FailureRecord $Fields $Target
    }
    $failure = @{
        name    = 'TokenFileNotSaved'
        message = 'Cloud Director replaced the API token; the old one is dead. ' + $Fields['new_api_token_problem']
        action  = 'Save the new one now: it is the password of the PSCredential NewApiToken in the Data of this ' +
                  "error's exception, `$Error[0].Exception.Data['NewApiToken'], which -ApiToken takes as it is."
    }
    if ($Fields['status'] -ne '0') {
        $failure['message'] += ' And there is no session: ' + $Fields['message']
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
