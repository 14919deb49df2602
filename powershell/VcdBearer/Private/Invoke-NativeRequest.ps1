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
        $Operation,
        # From Resolve-ConnectionOption.
        $Options,
        $RequestFields,
        # SecureString or string.
        $Secret,
        # What is to be taken out of the request when it has succeeded; its result stands among the fields as `received`.
        $Receive,
        # The bytes of a call.
        $Body,
        # What to show while it takes long, from New-RequestProgress; nothing for no display.
        $Progress
    )

    $client = Open-NativeClient $Options
    if ($client -is [System.Management.Automation.ErrorRecord]) {
        return $client
    }
    try {
        $request = Send-NativeRequest $Operation $client $RequestFields $Secret $Body
        if ($request -is [System.Management.Automation.ErrorRecord]) {
            return $request
        }
        while ($null -eq ($fields = Read-SettledRequest $client $request 100)) {
            if ($Progress) {
                Show-RequestProgress $Progress
            }
        }
        if ($Progress) {
            Hide-RequestProgress $Progress
        }
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
    # Submits a request: its handle, or an ErrorRecord.
    param($Operation, $Client, $Fields, $Secret, $Body)

    $bytes = ConvertTo-FieldBytes $Fields
    $pointer = [System.IntPtr]::Zero
    try {
        $pointer = Copy-SecretToNative $Secret
        $arguments = $Client, $bytes, $bytes.Length, $pointer, $Secret.Length, $null
        if ($null -ne $Body) {
            $arguments = $Client, $bytes, $bytes.Length, $pointer, $Secret.Length, $Body, $Body.Length, $null
        }
        $status = Invoke-NativeFunction $Operation $arguments
    }
    finally {
        Clear-NativeSecret $pointer $Secret.Length
    }
    if ($status -ne 0) {
        return New-CallFailureRecord $Operation $status
    }
    $arguments[-1]
}

function Read-SettledRequest {
    # The fields of a request that has settled; nothing if it has not, within some milliseconds; or an ErrorRecord. Ctrl+C is seen
    # between two native calls, so none may last longer than a tenth of a second.
    param($Client, $Request, $Milliseconds)

    $fields = Read-RequestDescription $Request
    if ($null -eq $fields -and $Milliseconds) {
        # Whichever request it is that settles: the description tells whether it was this one.
        $status = Invoke-NativeFunction vcd_wait ($Client, $Milliseconds, $null)
        if ($status -gt $script:StatusNone) {
            return New-CallFailureRecord vcd_wait $status
        }
        $fields = Read-RequestDescription $Request
    }
    $fields
}

function Read-RequestDescription {
    # The fields of a request; nothing if it has not settled; or an ErrorRecord.
    param($Request)

    $needed = 0
    do {
        $buffer = [byte[]]::new($needed)
        $arguments = $Request, $buffer, $needed, $null
        $status = Invoke-NativeFunction vcd_request_describe $arguments
        $needed = $arguments[3]
    } while ($status -eq $script:StatusTooSmall)
    if ($status -eq 0) {
        return ConvertFrom-FieldBytes $buffer
    }
    if ($status -ne $script:StatusPending) {
        New-CallFailureRecord vcd_request_describe $status
    }
}
