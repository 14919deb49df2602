# The first statement of every public command: `. $script:CommandPrologue`. Dot-sourced, because it sets variables of
# the command's own scope:
#   the caller's preferences   a script module does not see them otherwise
#   $ErrorActionPreference     Stop when called with parameters, so that a script does not run on after a failed login
#                              (WriteError with Stop ends the script; ThrowTerminatingError would only end the statement)
#   $Given                     what the caller passed, by parameter name
$script:CommandPrologue = {
    if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
        # Nothing but cmdlets and plain statements works here. Write-Error names the command and the caller's line by
        # this variable.
        $MyInvocation = $PSCmdlet.MyInvocation
        Write-Error -ErrorId 'Vcd.LanguageModeRestricted' -Category PermissionDenied -ErrorAction Stop -RecommendedAction (
            'Use the program vcd-bearer here, or sign the module with a certificate that the application control ' +
            'policy trusts.') -Message (
            "PowerShell's language mode on this machine is $($ExecutionContext.SessionState.LanguageMode), which forbids " +
            'calls into native libraries. The program vcd-bearer works here.')
    }

    $Given = @{}
    foreach ($name in $PSCmdlet.MyInvocation.BoundParameters.Keys) {
        $Given[$name] = $PSCmdlet.MyInvocation.BoundParameters[$name]
    }
    # Every error record carries the bound parameters along, into $Error and logs.
    foreach ($name in $script:SecretParameters) {
        $null = $PSCmdlet.MyInvocation.BoundParameters.Remove($name)
    }

    foreach ($name in $script:AdoptedPreferences.Keys) {
        if (-not $Given.ContainsKey($name)) {
            $variable = $script:AdoptedPreferences[$name]
            $ExecutionContext.SessionState.PSVariable.Set($variable, $PSCmdlet.SessionState.PSVariable.GetValue($variable))
        }
    }
    if (-not $Given.ContainsKey('ErrorAction')) {
        $ErrorActionPreference = 'Stop'
        if ($PSCmdlet.MyInvocation.ExpectingInput) {
            $ErrorActionPreference = $PSCmdlet.SessionState.PSVariable.GetValue('ErrorActionPreference')
        }
    }
}

# A server may be a session or a token that was put in the wrong place.
$script:SecretParameters = 'ApiToken', 'Session', 'Server'

# Parameter -> preference variable.
$script:AdoptedPreferences = @{
    WarningAction     = 'WarningPreference'
    Verbose           = 'VerbosePreference'
    Debug             = 'DebugPreference'
    InformationAction = 'InformationPreference'
    ProgressAction    = 'ProgressPreference'
    WhatIf            = 'WhatIfPreference'
    Confirm           = 'ConfirmPreference'
}
