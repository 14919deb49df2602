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
    if ($Given['OutFile']) {
        return Invoke-SavedCall $Cmdlet $resolved $Given
    }
    $fields = Invoke-RestCall $Cmdlet $resolved $Given $Given['Path']
    if ($fields -is [System.Management.Automation.ErrorRecord]) {
        return $fields
    }
    ConvertFrom-ResponseBody $fields $Given['Path']
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

function Invoke-SavedCall {
    # Writes the answer of a call to a file, as it came; returns nothing, or an ErrorRecord. The file is opened first: what changes
    # something must not be carried out where its answer would be lost.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    $action = 'Give the path of a file that can be written. Nothing was sent.'
    $path = Resolve-FilePath $Cmdlet $Given['OutFile'] 'OutFile' $action
    if ($path -is [System.Management.Automation.ErrorRecord]) {
        return $path
    }
    $isSaved = $false
    $stream = $null
    try {
        $isNew = -not [System.IO.File]::Exists($path)
        $stream = [System.IO.File]::Open($path, 'OpenOrCreate', 'Write')
    }
    catch {
        # One entry in $Error is enough, and it is the command's.
        $global:Error.RemoveAt(0)
        return New-OptionFailureRecord "-OutFile '$path': $($_.Exception.GetBaseException().Message)" $action
    }
    try {
        $fields = Invoke-RestCall $Cmdlet $Session $Given $Given['Path']
        if ($fields -is [System.Management.Automation.ErrorRecord]) {
            return $fields
        }
        $stream.SetLength(0)
        if ($fields['received']) {
            $stream.Write($fields['received'], 0, $fields['received'].Length)
        }
        $stream.Flush()
        $isSaved = $true
    }
    catch [System.IO.IOException] {
        $global:Error.RemoveAt(0)
        return New-OptionFailureRecord "-OutFile '$path': $($_.Exception.GetBaseException().Message)" (
            'Give the path of a file that can be written. The call itself has succeeded.')
    }
    finally {
        $stream.Dispose()
        if ($isNew -and -not $isSaved) {
            [System.IO.File]::Delete($path)
        }
    }
}
