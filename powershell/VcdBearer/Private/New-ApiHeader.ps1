function New-ApiHeader {
    # The headers for calls with a session from Resolve-Session; or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    if (-not $Session.Secret) {
        return New-SessionFailureRecord 'Headers need the bearer, which only the session object has.'
    }
    $version = $Given['ApiVersion']
    # As the native library has it for calls.
    if ($version -and $version -notmatch '\A[0-9][0-9A-Za-z.-]{0,39}\z') {
        return New-OptionFailureRecord 'The API version is none, such as 37.0.' 'Correct the option that the message names.'
    }
    if (-not $version) {
        $fields = Invoke-SessionRequest $Cmdlet vcd_check $Session $Given
        if ($fields -is [System.Management.Automation.ErrorRecord]) {
            return $fields
        }
        $version = $fields['api_version']
    }
    $bearer = [string] $Session.Secret
    if ($Session.Secret -is [securestring]) {
        $bearer = [System.Net.NetworkCredential]::new('', $Session.Secret).Password
    }
    $type = 'application/json'
    if ($Given['As'] -eq 'Xml') {
        $type = 'application/*+xml'
    }
    # Ordered, because PowerShell shows other tables by no view but its own.
    $headers = [ordered] @{
        Authorization = 'Bearer ' + ($bearer -replace '^\s*Bearer\s+').Trim()
        Accept        = "$type;version=$version"
    }
    # What the format file knows, to mask the secret at the prompt.
    $headers.PSObject.TypeNames.Insert(0, 'VcdBearer.ApiHeader')
    , $headers
}
