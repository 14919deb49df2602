# The first statement of every public command: `. $script:CommandPrologue`. Dot-sourced, because it sets variables of
# the command's own scope:
#   the caller's preferences   a script module does not see them otherwise
#   $ErrorActionPreference     Stop when called with parameters, so that a script does not run on after a failed login
#                              (WriteError with Stop ends the script, ThrowTerminatingError only the statement)
#   $Given                     what the caller passed, by parameter name (spelled as declared)
$script:CommandPrologue = {
    if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
        # Nothing but cmdlets and plain statements works here. Write-Error names the command and the caller's line by
        # this variable.
        $MyInvocation = $PSCmdlet.MyInvocation
        $refusal = @{
            ErrorId           = 'Vcd.LanguageModeRestricted'
            Category          = 'PermissionDenied'
            Message           = "The language mode $($ExecutionContext.SessionState.LanguageMode) of this PowerShell " +
                                'forbids calls into native libraries. The program vcd-bearer works.'
            RecommendedAction = 'Use the program vcd-bearer, or sign the module with a certificate that the ' +
                                'application control policy trusts.'
        }
        Write-Error @refusal -ErrorAction Stop
    }

    $bound = $PSCmdlet.MyInvocation.BoundParameters
    $Given = [hashtable]::new($bound)
    # Verbose and warning records would carry the bound parameters along, into logs.
    $bound.Clear()

    $variables = $ExecutionContext.SessionState.PSVariable
    foreach ($name in $script:AdoptedPreferences.Keys) {
        if (-not $Given.ContainsKey($name)) {
            $variable = $script:AdoptedPreferences[$name]
            $variables.Set($variable, $PSCmdlet.GetVariableValue($variable))
        }
    }
    if (-not $Given.ContainsKey('ErrorAction')) {
        $ErrorActionPreference = 'Stop'
        if ($PSCmdlet.MyInvocation.ExpectingInput) {
            $ErrorActionPreference = $PSCmdlet.GetVariableValue('ErrorActionPreference')
        }
    }
}

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
