# Clients of the native library, which requests are sent with.

function Open-NativeClient {
    # The handle of a client, or an ErrorRecord.
    param(
        # From Resolve-ConnectionOption.
        $Options,
        # The command during whose whole pipeline the client stays open, if it does.
        $Cmdlet
    )

    $failure = Initialize-NativeLibrary
    if ($failure) {
        return $failure
    }
    $bytes = ConvertTo-FieldBytes $Options['Client']
    $password = $Options['ProxyPassword']
    if (-not $password) { $password = '' }
    $pointer = [System.IntPtr]::Zero
    try {
        $pointer = Copy-SecretToNative $password
        $arguments = $bytes, $bytes.Length, $pointer, $password.Length, $null, [byte[]]::new(8192), 8192, $null
        $status = Invoke-NativeFunction vcd_client_open $arguments
    }
    finally {
        Clear-NativeSecret $pointer $password.Length
    }
    if ($status -ne 0) {
        return New-OpenFailureRecord $status $arguments[5] $arguments[7]
    }
    if ($Cmdlet) {
        Add-PipelineWatch $arguments[4] $Cmdlet
    }
    $arguments[4]
}

function New-OpenFailureRecord {
    # Why vcd_client_open has failed: it has written that into a buffer, if it did not refuse the call as such.
    param($Status, $Message, $Length)

    if ($Length -gt 0 -and $Length -le $Message.Length) {
        return New-FailureRecord (ConvertFrom-FieldBytes $Message[0..($Length - 1)])
    }
    New-CallFailureRecord 'vcd_client_open' $Status
}

function Close-NativeClient {
    # Cancels what the client has under way: the native side ends sessions that nobody received, and saves new API tokens.
    param($Client)

    $null = Invoke-NativeFunction vcd_client_close $Client
}
