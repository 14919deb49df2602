function Show-ExchangeProgress {
    # What is going on, while it takes long.
    param($Queue)

    $now = [System.Environment]::TickCount
    if ($null -eq $Queue['ShownAt']) {
        # The first second needs no display.
        $Queue['ShownAt'] = $now + 800
    }
    if ($now - $Queue['ShownAt'] -lt 200) {
        return
    }
    $Queue['ShownAt'] = $now
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
        $record = [System.Management.Automation.ProgressRecord]::new(
            $script:ProgressId, 'Logging in to Cloud Director', 'done')
        $record.RecordType = 'Completed'
        $Queue['Cmdlet'].WriteProgress($record)
    }
}

# Any number that others will hardly use.
$script:ProgressId = 1997
