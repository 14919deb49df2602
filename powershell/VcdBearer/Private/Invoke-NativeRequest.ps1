# Parameters of these functions have no number types: each would make PowerShell compile classes of its own for the
# variables of the function.

# What vcd_wait returns while nothing has settled (1) and where nothing is outstanding (2), what any function does when a buffer
# is too small (1003), and which secret vcd_request_take_secret hands out.
$script:StatusPending = 1
$script:StatusNone = 2
$script:StatusTooSmall = 1003
$script:SecretBearer = 1
$script:SecretNewApiToken = 2
$script:SecretLegacyId = 3

function Invoke-NativeRequest {
    # One operation of the native library (vcd_check, vcd_end, vcd_call) from submission to its settled fields, or an ErrorRecord.
    param(
        [string] $Operation,
        # From Resolve-ConnectionOption.
        [hashtable] $Options,
        [hashtable] $RequestFields,
        # SecureString or string.
        [object] $Secret,
        # What is to be taken out of the request when it has succeeded; its result stands among the fields as `received`.
        [scriptblock] $Receive,
        # Of a call.
        [byte[]] $Body
    )

    $client = 0
    try {
        $failure, $client = Open-NativeClient $Options
        if ($failure) {
            return $failure
        }
        $status, $request = Send-NativeRequest $Operation $client $RequestFields $Secret $Body
        if ($status -ne 0) {
            return New-CallFailureRecord $Operation $status
        }
        while ($null -eq ($fields = Read-SettledRequest $client $request 100)) { }
        if ($Receive -and $fields -is [hashtable] -and $fields['status'] -eq '0') {
            $fields['received'] = & $Receive $request $fields
            if ($fields['received'] -is [System.Management.Automation.ErrorRecord]) {
                return $fields['received']
            }
        }
        $fields
    }
    finally {
        # First of all: after Ctrl+C the first statement that writes anything would be the last to run.
        Close-NativeClient $client
    }
}

function Send-NativeRequest {
    # Submits a request: the status of the call, and the handle.
    param([string] $Operation, [object] $Client, [hashtable] $Fields, [object] $Secret, [byte[]] $Body)

    $bytes = ConvertTo-FieldBytes $Fields
    $pointer = [System.IntPtr]::Zero
    $units = 0
    try {
        $pointer, $units = Copy-SecretToNative $Secret
        $arguments = $Client, $bytes, $bytes.Length, $pointer, $units, $null
        if ($Operation -eq 'vcd_call') {
            $arguments = $Client, $bytes, $bytes.Length, $pointer, $units, $Body, $Body.Length, $null
        }
        Invoke-NativeFunction $Operation $arguments
        $arguments[-1]
    }
    finally {
        Clear-NativeSecret $pointer $units
    }
}

function Read-SettledRequest {
    # The fields of a request that has settled; nothing if it has not, within some milliseconds; or an ErrorRecord. Ctrl+C is seen
    # between two native calls, so none may last longer than a tenth of a second.
    param([object] $Client, [object] $Request, [object] $Milliseconds)

    $status, $fields = Read-RequestDescription $Request
    if ($status -eq $script:StatusPending -and $Milliseconds) {
        # Whichever request it is that settles: the description tells whether it was this one.
        $status = Invoke-NativeFunction vcd_wait ($Client, $Milliseconds, $null)
        if ($status -gt $script:StatusNone) {
            return New-CallFailureRecord vcd_wait $status
        }
        $status, $fields = Read-RequestDescription $Request
    }
    if ($status -eq 0) {
        return $fields
    }
    if ($status -ne $script:StatusPending) {
        New-CallFailureRecord vcd_request_describe $status
    }
}

function Read-RequestDescription {
    # The status of vcd_request_describe, and the fields where it is 0.
    param([object] $Request)

    $needed = 8192
    do {
        $buffer = [byte[]]::new($needed)
        $arguments = $Request, $buffer, $buffer.Length, $null
        $status = Invoke-NativeFunction vcd_request_describe $arguments
        $needed = $arguments[3]
    } while ($status -eq $script:StatusTooSmall)
    $status
    if ($status -eq 0) {
        ConvertFrom-FieldBytes $buffer $needed
    }
}
