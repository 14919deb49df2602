# How every command puts out an ErrorRecord: `. $script:FailureStep $record`. Dot-sourced like the prologue: only WriteError called by
# the command itself shows the caller's own line.
$script:FailureStep = {
    param($Record)

    if ($PSVersionTable.PSEdition -eq 'Desktop') {
        Write-StoppingFailure $PSCmdlet $Given $ErrorActionPreference $Record
    }
    $PSCmdlet.WriteError($Record)
}

function Write-StoppingFailure {
    # Windows PowerShell asks -Verbose and -Debug before $ErrorActionPreference what a failure does: the script would go on after it. So
    # another command fails in the name of this one, where the prologue's Stop would be overlooked.
    param($Cmdlet, $Given, $Preference, $Record)

    if ("$Preference" -eq 'Stop' -and -not $Given.ContainsKey('ErrorAction') -and ($Given['Verbose'] -or $Given['Debug'])) {
        # By this variable Write-Error knows the command and the caller's line.
        $MyInvocation = $Cmdlet.MyInvocation
        Write-Error -ErrorRecord $Record -ErrorAction Stop
    }
}
