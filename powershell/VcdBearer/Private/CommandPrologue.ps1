# The first statement of every public command: `. $script:CommandPrologue`. Dot-sourced, because it sets variables of
# the command's own scope:
#   the caller's preferences   a script module does not see them otherwise
#   $ErrorActionPreference     Stop when called with parameters, so that a script does not run on after a failed login
#                              (WriteError with Stop ends the script, ThrowTerminatingError only the statement); a command
#                              writes its failures by `. $script:FailureStep`, which keeps to it in Windows PowerShell too
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

    # Where the parameter is given, PowerShell has set the variable.
    if (-not $Given.ContainsKey('WarningAction')) { $WarningPreference = $PSCmdlet.GetVariableValue('WarningPreference') }
    if (-not $Given.ContainsKey('Verbose')) { $VerbosePreference = $PSCmdlet.GetVariableValue('VerbosePreference') }
    if (-not $Given.ContainsKey('Debug')) { $DebugPreference = $PSCmdlet.GetVariableValue('DebugPreference') }
    if (-not $Given.ContainsKey('InformationAction')) { $InformationPreference = $PSCmdlet.GetVariableValue('InformationPreference') }
    if (-not $Given.ContainsKey('ProgressAction')) { $ProgressPreference = $PSCmdlet.GetVariableValue('ProgressPreference') }
    if (-not $Given.ContainsKey('WhatIf')) { $WhatIfPreference = $PSCmdlet.GetVariableValue('WhatIfPreference') }
    if (-not $Given.ContainsKey('Confirm')) { $ConfirmPreference = $PSCmdlet.GetVariableValue('ConfirmPreference') }
    if (-not $Given.ContainsKey('ErrorAction')) {
        $ErrorActionPreference = 'Stop'
        if ($PSCmdlet.MyInvocation.ExpectingInput) {
            $ErrorActionPreference = $PSCmdlet.GetVariableValue('ErrorActionPreference')
        }
    }
    $preferences = $WarningPreference, $VerbosePreference, $DebugPreference, $InformationPreference, $ProgressPreference,
        $ErrorActionPreference
    if ($preferences -contains 'Ignore') {
        . $script:IgnoreStep
    }
}

# Windows PowerShell knows Ignore as a parameter only, and fails where it reads it from a variable. For what is written, and for errors
# there, SilentlyContinue is the next to it.
$script:IgnoreStep = {
    if ($WarningPreference -eq 'Ignore') { $WarningPreference = 'SilentlyContinue' }
    if ($VerbosePreference -eq 'Ignore') { $VerbosePreference = 'SilentlyContinue' }
    if ($DebugPreference -eq 'Ignore') { $DebugPreference = 'SilentlyContinue' }
    if ($InformationPreference -eq 'Ignore') { $InformationPreference = 'SilentlyContinue' }
    if ($ProgressPreference -eq 'Ignore') { $ProgressPreference = 'SilentlyContinue' }
    # Elsewhere it also keeps $Error as it is.
    if ($PSVersionTable.PSEdition -eq 'Desktop' -and $ErrorActionPreference -eq 'Ignore') {
        $ErrorActionPreference = 'SilentlyContinue'
    }
}
