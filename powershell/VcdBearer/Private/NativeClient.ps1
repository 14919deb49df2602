# Clients of the native library that pipelines of this runspace have open: handle = what watches over it.
$script:OpenClients = @{}

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
    Close-ForgottenClient
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
        $script:OpenClients[$arguments[4]] = Add-PipelineWatch $arguments[4] $Cmdlet
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
    if ($script:OpenClients[$Client]) {
        Remove-PipelineWatch $script:OpenClients[$Client]
        $script:OpenClients.Remove($Client)
    }
}

function Close-ForgottenClient {
    # Closes what pipelines left open that have failed before the end, while the runspace is still busy with the same script.
    foreach ($client in @($script:OpenClients.Keys)) {
        if ($null -eq $script:OpenClients[$client].Cmdlet.CommandRuntime) {
            Close-NativeClient $client
        }
    }
}

# Remove-Module: sessions that were never delivered are ended, the others are their owners' affair. A restricted language mode
# forbids to set this, and no client is ever open there: the one error about it is that of the command that is called.
if ($ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage') {
    $ExecutionContext.SessionState.Module.OnRemove = {
        foreach ($client in @($script:OpenClients.Keys)) {
            Close-NativeClient $client
        }
    }
}
