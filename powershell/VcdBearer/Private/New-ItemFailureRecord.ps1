function New-ItemFailureRecord {
    # The ErrorRecord of an item that failed, from the failure's own: with InputIndex and Label; in a pipeline its text says which
    # item it is about.
    param($Queue, $Item, $Index, $Record)

    $name = Get-ItemName $Queue $Item $Index
    $class = $Record.Exception.GetType()
    $exception = $class::new($name + $Record.Exception.Message)
    foreach ($detail in $Record.Exception.Data.Keys) {
        $exception.Data[$detail] = $Record.Exception.Data[$detail]
    }
    $exception.Data['InputIndex'] = $Index
    $target = $Record.TargetObject
    if ($Item['Label']) {
        $exception.Data['Label'] = $Item['Label']
        if (-not $target) { $target = $Item['Label'] }
    }

    $named = [System.Management.Automation.ErrorRecord]::new(
        $exception, $Record.FullyQualifiedErrorId, $Record.CategoryInfo.Category, $target)
    $named.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($name + $Record.ErrorDetails.Message)
    $named.ErrorDetails.RecommendedAction = $Record.ErrorDetails.RecommendedAction
    $named
}

function Get-ItemName {
    # The start of a text about one item of a pipeline; nothing where there is one item only.
    param($Queue, $Item, $Index)

    if (-not $Queue['Watched']) {
        return ''
    }
    if ($Item['Label']) {
        return "$($Item['Label']): "
    }
    "item $Index`: "
}
