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
        $record = [System.Management.Automation.ProgressRecord]::new(
            $script:ProgressId, 'Logging in to Cloud Director', 'done')
        $record.RecordType = 'Completed'
        $Queue['Cmdlet'].WriteProgress($record)
    }
}

function Test-ProgressTime {
    # Whether it is time to show how things stand; ShownAt tells when they were shown last.
    param($State)

    $now = [System.Environment]::TickCount
    if ($null -eq $State['ShownAt']) {
        # The first second needs no display.
        $State['ShownAt'] = $now + 800
    }
    if ($now - $State['ShownAt'] -lt 200) {
        return $false
    }
    $State['ShownAt'] = $now
    $true
}

# Any number that others will hardly use.
$script:ProgressId = 1997
