# All pages of a list.

function Invoke-PagedCall {
    # The records of all pages of a list; at the end an ErrorRecord, if not all of them could be had.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    $delivered = 0
    $path = $Given['Path']
    try {
        while ($path) {
            $fields = Invoke-RestCall $Cmdlet $Session $Given $path
            if ($fields -is [System.Management.Automation.ErrorRecord]) {
                return Add-DeliveredCount $fields $delivered
            }
            $page = ConvertFrom-ResponseBody $fields $path
            if ($page -is [System.Management.Automation.ErrorRecord]) {
                return Add-DeliveredCount $page $delivered
            }
            foreach ($item in @(Get-PageItem $page)) {
                $item
                $delivered++
            }
            $path = $fields['next_page']
            if ($path) {
                Show-PageProgress $Cmdlet $Session.Target $delivered (Get-PageTotal $page)
            }
        }
    }
    finally {
        # Also where fewer records are wanted, or no more can be had.
        Complete-Progress $Cmdlet "Listing from $($Session.Target)" "$delivered records"
    }
}

function Get-PageItem {
    # The records of one page of a list; what is none comes out as it is.
    param([object] $Page)

    if ($Page -is [xml]) {
        if ($Page.DocumentElement.LocalName -notmatch '(Records|References|List)$') {
            return , $Page
        }
        # Link elements say how to go on; everything else is a record.
        return $Page.DocumentElement.ChildNodes | Where-Object { $_.NodeType -eq 'Element' -and $_.LocalName -ne 'Link' }
    }
    foreach ($name in 'values', 'record', 'reference') {
        if ($null -ne $Page -and $Page.PSObject.Properties[$name]) {
            return $Page.$name | Where-Object { $null -ne $_ }
        }
    }
    $Page | Where-Object { $null -ne $_ }
}

function Get-PageTotal {
    # How many records a list has, if its page tells.
    param([object] $Page)

    if ($Page -is [xml]) {
        return $Page.DocumentElement.GetAttribute('total') -as [int]
    }
    foreach ($name in 'resultTotal', 'total') {
        if ($null -ne $Page -and $Page.PSObject.Properties[$name]) {
            return $Page.$name -as [int]
        }
    }
}

function Add-DeliveredCount {
    # A record that tells how many records of the list came out before it.
    param([System.Management.Automation.ErrorRecord] $Record, [object] $Delivered)

    $action = $Record.ErrorDetails.RecommendedAction
    $told = $Record.Exception.Message
    if ($told.EndsWith($action)) {
        $told = $told.Substring(0, $told.Length - $action.Length)
    }
    $text = "$($told.TrimEnd(' ', '.')). $Delivered records were delivered before."
    $counted = Copy-FailureRecord $Record "$text $action" $text $Record.TargetObject
    $counted.Exception.Data['Delivered'] = $Delivered
    $counted
}

function Show-PageProgress {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Target, [object] $Delivered, [object] $Total)

    $status = "$Delivered records"
    if ($Total) {
        $status = "$Delivered of $Total records"
    }
    $record = [System.Management.Automation.ProgressRecord]::new($script:ProgressId, "Listing from $Target", $status)
    if ($Total) {
        $record.PercentComplete = [System.Math]::Min(100, 100 * $Delivered / $Total)
    }
    $Cmdlet.WriteProgress($record)
}
