function Show-ExchangeProgress {
    # What is going on, while it takes long.
    param([hashtable] $Queue)

    $now = [System.Environment]::TickCount
    if ($null -eq $Queue.ShownAt) {
        # The first second needs no display.
        $Queue.ShownAt = $now + 800
    }
    if ($now - $Queue.ShownAt -lt 200) {
        return
    }
    $Queue.ShownAt = $now
    $status = "waiting for $(Get-SiteName $Queue.Items[$Queue.Delivered].Server)"
    if ($Queue.Added -gt 1) {
        $status = "$($Queue.Delivered) done ($($Queue.Failed) failed), $($Queue.Added - $Queue.Delivered) under way"
    }
    $Queue.Cmdlet.WriteProgress([System.Management.Automation.ProgressRecord]::new(
            $script:ProgressId, 'Logging in to Cloud Director', $status))
}

function Hide-ExchangeProgress {
    param([hashtable] $Queue)

    if ($null -ne $Queue.ShownAt) {
        $record = [System.Management.Automation.ProgressRecord]::new(
            $script:ProgressId, 'Logging in to Cloud Director', 'done')
        $record.RecordType = 'Completed'
        $Queue.Cmdlet.WriteProgress($record)
    }
}

# Any number that others will hardly use.
$script:ProgressId = 0x7CD
