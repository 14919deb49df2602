function Resolve-FilePath {
    # The full path of the file that a parameter names relative to the caller's location; wildcards mean themselves. Or an
    # ErrorRecord.
    param($Cmdlet, $Path, $Parameter, $Action)

    if (-not $Path) {
        return New-OptionFailureRecord "-$Parameter is empty." $Action
    }
    try {
        $Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    }
    catch {
        $global:Error.RemoveAt(0)
        New-OptionFailureRecord "-$Parameter '$Path': $($_.Exception.GetBaseException().Message)" $Action
    }
}
