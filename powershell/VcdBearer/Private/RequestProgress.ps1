# What is going on while a request takes long.

function New-RequestProgress {
    param($Cmdlet, $Target)

    @{ Cmdlet = $Cmdlet; Target = $Target; ShownAt = $null }
}

function Show-RequestProgress {
    param($Progress)

    if (-not (Test-ProgressTime $Progress)) {
        return
    }
    $Progress['Cmdlet'].WriteProgress([System.Management.Automation.ProgressRecord]::new(
            $script:ProgressId, 'Calling Cloud Director', "waiting for $($Progress['Target'])"))
}

function Hide-RequestProgress {
    param($Progress)

    if ($null -ne $Progress['ShownAt']) {
        Complete-Progress $Progress['Cmdlet'] 'Calling Cloud Director' 'done'
    }
}
