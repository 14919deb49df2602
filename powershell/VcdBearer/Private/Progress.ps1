# What all displays of progress share.

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

function Complete-Progress {
    # Takes a display away.
    param($Cmdlet, $Activity, $Status)

    $record = [System.Management.Automation.ProgressRecord]::new($script:ProgressId, $Activity, $Status)
    $record.RecordType = 'Completed'
    $Cmdlet.WriteProgress($record)
}

# Any number that others will hardly use.
$script:ProgressId = 1997
