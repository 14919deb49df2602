function Show-ExchangeProgress {
    # What is going on, while it takes long.
    param($Queue)

    if (-not (Test-ProgressTime $Queue)) {
        return
    }
    $waiting = $Queue['Items'].Count
    $status = "waiting for $(Get-SiteName $Queue['Items'].Peek()['Server'])"
    if ($Queue['Added'] -gt 1) {
        $status = "$($Queue['Added'] - $waiting) done ($($Queue['Failed']) failed), $waiting under way"
    }
    $Queue['Cmdlet'].WriteProgress([System.Management.Automation.ProgressRecord]::new(
            $script:ProgressId, 'Logging in to Cloud Director', $status))
}

function Hide-ExchangeProgress {
    param($Queue)

    if ($null -ne $Queue['ShownAt']) {
        Complete-Progress $Queue['Cmdlet'] 'Logging in to Cloud Director' 'done'
    }
}
