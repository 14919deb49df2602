function New-ItemFailureRecord {
    # The ErrorRecord of an item that failed, from the failure's own: with InputIndex and Label; in a pipeline its text says which
    # item it is about.
    param($Queue, $Item, $Index, $Record)

    $name = Get-ItemName $Queue $Item $Index
    $target = $Record.TargetObject
    if (-not $target -and $Item['Label']) { $target = $Item['Label'] }
    $named = Copy-FailureRecord $Record ($name + $Record.Exception.Message) ($name + $Record.ErrorDetails.Message) $target
    $named.Exception.Data['InputIndex'] = $Index
    if ($Item['Label']) {
        $named.Exception.Data['Label'] = $Item['Label']
    }
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
