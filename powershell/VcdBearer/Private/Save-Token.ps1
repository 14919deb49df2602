function Save-Token {
    # Writes a token to a file; returns the file, or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $ApiToken, [hashtable] $Given)

    $ErrorActionPreference = 'Stop'
    if ($Cmdlet.MyInvocation.ExpectingInput) {
        $Given['ApiToken'] = $ApiToken
    }
    $missing = @('Path', 'ApiToken' | Where-Object { -not $Given.ContainsKey($_) })
    $failure = if ($missing) { Read-MissingValue $Cmdlet $Given $missing }
    if (-not $failure) {
        $failure = Resolve-ApiToken $Given
    }
    if ($failure) {
        return $failure
    }
    $path = Resolve-FilePath $Cmdlet $Given['Path'] 'Path' 'Give the path of the file to make.'
    if ($path -is [System.Management.Automation.ErrorRecord]) {
        return $path
    }
    if (-not $Cmdlet.ShouldProcess($path, 'Save the API token')) {
        return
    }
    $fields = @{
        path    = $path
        form    = $script:TokenFileForms["$($Given['TokenType'])"]
        scope   = $script:ProtectionScopes["$($Given['Scope'])"]
        account = $Given['Account']
        force   = if ($Given['Force']) { 'true' }
    }
    $result = Invoke-NativeRequest vcd_token_save (Resolve-ConnectionOption $Cmdlet @{}) $fields $Given['ApiToken']
    if ($result -is [System.Management.Automation.ErrorRecord]) {
        return $result
    }
    if ($result['status'] -ne '0') {
        if ($result['name'] -eq 'TokenFileNotSaved') {
            # The library's own words are about a new token that only it has.
            $result['action'] = 'Give the path of a file that can be made; -Force replaces one that is there.'
        }
        # What was refused may be a token in the place of a path.
        $target = if ([int] $result['status'] -ge 2000) { $path }
        return New-FailureRecord $result $target
    }
    try {
        [System.IO.FileInfo] $result['token_file']
    }
    catch {
        # The file is saved. .NET Framework has no object for a path of more than 260 characters, unless the program asks for long ones.
        $global:Error.RemoveAt(0)
        $Cmdlet.WriteVerbose("The token is in $($result['token_file']), a path too long for a FileInfo.")
    }
}

# What -TokenType and -Scope are to the native library; it chooses where they are not given.
$script:TokenFileForms = @{ ApiToken = 'api_token'; ServiceAccount = 'service_account' }
$script:ProtectionScopes = @{ CurrentUser = 'user'; LocalMachine = 'machine' }
