function Resolve-FilePath {
    # The full path of the file that a parameter names relative to the caller's location; wildcards mean themselves. Or an
    # ErrorRecord.
    param($Cmdlet, $Path, $Parameter, $Action)

    if (-not $Path) {
        return New-OptionFailureRecord "-$Parameter is empty." $Action
    }
    $provider = $drive = $null
    try {
        $resolved = $Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path, [ref] $provider, [ref] $drive)
    }
    catch {
        $global:Error.RemoveAt(0)
        return New-OptionFailureRecord "-$Parameter '$Path': $($_.Exception.GetBaseException().Message)" $Action
    }
    if ($provider.Name -ne 'FileSystem') {
        # Where the current location is such a place too: the library would look in the folder of the process.
        return New-OptionFailureRecord "-$Parameter '$Path' is no file: it belongs to the provider $($provider.Name)." $Action
    }
    $resolved
}
