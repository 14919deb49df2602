# Clients of the native library that this runspace has open: handle = what watches over it, if anything does.
$script:OpenClients = @{}

function Open-NativeClient {
    # The ErrorRecord that says why not ($null if all is well), and the handle of a client.
    param(
        # From Resolve-ConnectionOption.
        [hashtable] $Options,
        # The command during whose whole pipeline the client stays open, if it does.
        [System.Management.Automation.PSCmdlet] $Cmdlet
    )

    $failure = Initialize-NativeLibrary
    if ($failure) {
        return $failure, 0
    }
    Close-ForgottenClient
    $bytes = ConvertTo-FieldBytes $Options.Client
    $buffer = [byte[]]::new(8192)
    $pointer = [System.IntPtr]::Zero
    $units = 0
    try {
        if ($Options.ProxyPassword) {
            $pointer, $units = Copy-SecretToNative $Options.ProxyPassword
        }
        $arguments = $bytes, $bytes.Length, $pointer, $units, $null, $buffer, $buffer.Length, $null
        $status = Invoke-NativeFunction vcd_client_open $arguments
    }
    finally {
        if ($units) {
            Clear-NativeSecret $pointer $units
        }
    }
    if ($status -eq 0) {
        $client = $arguments[4]
        $script:OpenClients[$client] = $null
        if ($Cmdlet) {
            $script:OpenClients[$client] = Add-PipelineWatch $client $Cmdlet
        }
        return $null, $client
    }
    if ($arguments[7] -gt 0 -and $arguments[7] -le $buffer.Length) {
        return (New-FailureRecord (ConvertFrom-FieldBytes $buffer $arguments[7])), 0
    }
    (New-CallFailureRecord 'vcd_client_open' $status), 0
}

function Close-NativeClient {
    # Cancels what the client has under way: the native side ends sessions that nobody received, and saves new API tokens.
    param([object] $Client)

    $null = Invoke-NativeFunction vcd_client_close $Client
    if ($script:OpenClients[$Client]) {
        Remove-PipelineWatch $script:OpenClients[$Client]
    }
    $script:OpenClients.Remove($Client)
}

function Close-ForgottenClient {
    # Closes what pipelines left open that have failed before the end, while the runspace is still busy with the same script.
    foreach ($client in @($script:OpenClients.Keys)) {
        $watch = $script:OpenClients[$client]
        if ($watch -and $null -eq $watch.Cmdlet.CommandRuntime) {
            Close-NativeClient $client
        }
    }
}

# Remove-Module: sessions that were never delivered are ended, the others are their owners' affair.
$ExecutionContext.SessionState.Module.OnRemove = {
    foreach ($client in @($script:OpenClients.Keys)) {
        Close-NativeClient $client
    }
}
