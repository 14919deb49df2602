# Parameters of these functions have no number types: each would make PowerShell compile classes of its own for the
# variables of the function.

# What vcd_wait returns while nothing has settled, what any function does when a buffer is too small (1003), and which
# secret vcd_request_take_secret hands out.
$script:StatusPending = 1
$script:StatusTooSmall = 1003
$script:SecretBearer = 1
$script:SecretNewApiToken = 2

function Invoke-NativeRequest {
    # One operation of the native library (vcd_exchange, vcd_check, vcd_end) from submission to its settled fields.
    # Returns the fields, or what $OnSettled makes of them, or an ErrorRecord.
    param(
        [string] $Operation,
        [hashtable] $ClientFields,
        [hashtable] $RequestFields,
        # SecureString or string.
        [object] $Secret,
        # Gets the request's handle and fields before the request is closed: the time to take secrets out.
        [scriptblock] $OnSettled
    )

    $failure = Initialize-NativeLibrary
    if ($failure) {
        return $failure
    }

    $client = $request = 0
    try {
        $failure, $client = Open-NativeClient $ClientFields
        if ($failure) {
            return $failure
        }
        $status, $request = Send-NativeRequest $Operation $client $RequestFields $Secret
        if ($status -ne 0) {
            return New-CallFailureRecord $Operation $status
        }
        $fields = Wait-NativeRequest $client $request
        if (-not $OnSettled -or $fields -is [System.Management.Automation.ErrorRecord]) {
            return $fields
        }
        & $OnSettled $request $fields
    }
    finally {
        # First of all: after Ctrl+C the first statement that writes anything would be the last to run. The native side
        # ends a session that nobody received, and saves a new API token.
        $null = Invoke-NativeFunction vcd_request_cancel $request
        $null = Invoke-NativeFunction vcd_request_close $request
        $null = Invoke-NativeFunction vcd_client_close $client
    }
}

function Open-NativeClient {
    # The ErrorRecord that says why not ($null if all is well), and the handle of a client.
    param([hashtable] $Fields)

    $bytes = ConvertTo-FieldBytes $Fields
    $buffer = [byte[]]::new(8192)
    $arguments = $bytes, $bytes.Length, [System.IntPtr]::Zero, 0, $null, $buffer, $buffer.Length, $null
    $status = Invoke-NativeFunction vcd_client_open $arguments
    if ($status -eq 0) {
        return $null, $arguments[4]
    }
    if ($arguments[7] -gt 0 -and $arguments[7] -le $buffer.Length) {
        return (New-FailureRecord (ConvertFrom-FieldBytes $buffer $arguments[7])), 0
    }
    (New-CallFailureRecord 'vcd_client_open' $status), 0
}

function Send-NativeRequest {
    # Submits a request: the status of the call, and the handle.
    param([string] $Operation, [object] $Client, [hashtable] $Fields, [object] $Secret)

    $bytes = ConvertTo-FieldBytes $Fields
    $pointer = [System.IntPtr]::Zero
    $units = 0
    try {
        $pointer, $units = Copy-SecretToNative $Secret
        $arguments = $Client, $bytes, $bytes.Length, $pointer, $units, $null
        Invoke-NativeFunction $Operation $arguments
        $arguments[5]
    }
    finally {
        Clear-NativeSecret $pointer $units
    }
}

function Wait-NativeRequest {
    # The fields of the client's one request when it has settled; or an ErrorRecord.
    param([object] $Client, [object] $Request)

    # Ctrl+C is seen between two native calls, so none may last.
    $arguments = $Client, 100, $null
    do {
        $status = Invoke-NativeFunction vcd_wait $arguments
    } while ($status -eq $script:StatusPending)
    if ($status -ne 0) {
        return New-CallFailureRecord 'vcd_wait' $status
    }

    $needed = 8192
    do {
        $buffer = [byte[]]::new($needed)
        $arguments = $Request, $buffer, $buffer.Length, $null
        $status = Invoke-NativeFunction vcd_request_describe $arguments
        $needed = $arguments[3]
    } while ($status -eq $script:StatusTooSmall)
    if ($status -ne 0) {
        return New-CallFailureRecord 'vcd_request_describe' $status
    }
    ConvertFrom-FieldBytes $buffer $needed
}
