function Invoke-RestMethodCall {
    # What Invoke-VcdRestMethod puts out for one session; ErrorRecords among it.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Session, [hashtable] $Given)

    $ErrorActionPreference = 'Stop'
    $failure = Test-CallParameter $Given
    if ($failure) {
        return $failure
    }
    $resolved = Resolve-Session $Session $Given $Cmdlet.MyInvocation.ExpectingInput
    if ($resolved -is [System.Management.Automation.ErrorRecord]) {
        return $resolved
    }
    $reads = -not $Given['Method'] -or 'Get', 'Head' -contains $Given['Method']
    if (-not $reads -and -not $Cmdlet.ShouldProcess("$($resolved.Target) $($Given['Path'])", $Given['Method'])) {
        return
    }
    if ($Given['All']) {
        return Invoke-PagedCall $Cmdlet $resolved $Given
    }
    $fields = Invoke-RestCall $Cmdlet $resolved $Given $Given['Path']
    if ($fields -is [System.Management.Automation.ErrorRecord]) {
        return $fields
    }
    if ($Given['OutFile']) {
        return Write-ResponseFile $Cmdlet $fields $Given['OutFile']
    }
    ConvertFrom-ResponseBody $fields
}

function Test-CallParameter {
    # The ErrorRecord for parameters that are missing or contradict each other; nothing if all is well.
    param([hashtable] $Given)

    if (-not $Given['Path']) {
        return New-MissingFailureRecord Path
    }
    if ($Given['All'] -and $Given['OutFile']) {
        return New-OptionFailureRecord '-All contradicts -OutFile.' 'Write the records of -All to a file yourself (Export-Csv, ...).'
    }
    if ($Given['All'] -and $Given['Method'] -and $Given['Method'] -ne 'Get') {
        New-OptionFailureRecord "-All contradicts -Method $($Given['Method'])." 'Leave out one of them.'
    }
}

function Invoke-PagedCall {
    # The records of all pages of a list; at the end an ErrorRecord, if not all of them could be had.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    $delivered = 0
    $path = $Given['Path']
    while ($path) {
        $fields = Invoke-RestCall $Cmdlet $Session $Given $path
        if ($fields -is [System.Management.Automation.ErrorRecord]) {
            return Add-DeliveredCount $fields $delivered
        }
        $page = ConvertFrom-ResponseBody $fields
        foreach ($item in @(Get-PageItem $page)) {
            $item
            $delivered++
        }
        $path = $fields['next_page']
        Show-PageProgress $Cmdlet $Session.Target $delivered (Get-PageTotal $page) (-not $path)
    }
}

function Add-DeliveredCount {
    # Tells in a record how many records came out before it.
    param([System.Management.Automation.ErrorRecord] $Record, [object] $Delivered)

    $Record.Exception.Data['Delivered'] = $Delivered
    $action = $Record.ErrorDetails.RecommendedAction
    $text = "$($Record.ErrorDetails.Message) $Delivered records were delivered before."
    $Record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($text)
    $Record.ErrorDetails.RecommendedAction = $action
    $Record
}

function Show-PageProgress {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Target, [object] $Delivered, [object] $Total, [object] $IsDone)

    $status = "$Delivered records"
    if ($Total) {
        $status = "$Delivered of $Total records"
    }
    $record = [System.Management.Automation.ProgressRecord]::new($script:ProgressId, "Listing from $Target", $status)
    if ($Total) {
        $record.PercentComplete = [System.Math]::Min(100, 100 * $Delivered / $Total)
    }
    if ($IsDone) {
        $record.RecordType = 'Completed'
    }
    $Cmdlet.WriteProgress($record)
}

function Write-ResponseFile {
    # Writes an answer as it came; returns an ErrorRecord where that fails.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Fields, [string] $Path)

    $bytes = $Fields['received']
    if ($null -eq $bytes) {
        $bytes = [byte[]] @()
    }
    try {
        [System.IO.File]::WriteAllBytes($Cmdlet.GetUnresolvedProviderPathFromPSPath($Path), $bytes)
    }
    catch {
        $global:Error.RemoveAt(0)
        New-OptionFailureRecord "-OutFile '$Path': $($_.Exception.GetBaseException().Message)" (
            'Give the path of a file that can be written. The call itself has succeeded.')
    }
}
