function Invoke-NativeRequest {
    # One operation of the native library (vcd_exchange, vcd_check, vcd_end) from submission to its settled fields.
    # Returns the fields, with the secrets of a success added as 'bearer' and 'new_token'; or an ErrorRecord.
    param(
        [string] $Operation,
        [hashtable] $ClientFields,
        [hashtable] $RequestFields,
        # SecureString or string.
        [object] $Secret,
        # The bearer as a SecureString, never as a string.
        [switch] $AsSecureString,
        # Leaves a new API token where it is, so that the native side writes it to the recovery folder.
        [switch] $LeaveNewApiToken
    )

    $ErrorActionPreference = 'Stop'
    $native = Get-NativeLibrary
    if ($native -is [System.Management.Automation.ErrorRecord]) {
        return $native
    }

    [uint64] $client = 0
    [uint64] $request = 0
    try {
        $bytes = ConvertTo-FieldBytes $ClientFields
        $buffer = [byte[]]::new(8192)
        [uint32] $needed = 0
        $status = $native::vcd_client_open(
            $bytes, $bytes.Length, [System.IntPtr]::Zero, 0, [ref] $client, $buffer, $buffer.Length, [ref] $needed)
        if ($status -ne 0 -and $needed -gt 0) {
            return New-FailureRecord (ConvertFrom-FieldBytes $buffer $needed)
        }
        if ($status -ne 0) {
            return New-CallFailureRecord 'vcd_client_open' $status
        }

        $request, $status = Send-NativeRequest $native $Operation $client $RequestFields $Secret
        if ($status -ne 0) {
            return New-CallFailureRecord $Operation $status
        }

        # Ctrl+C is seen between two native calls, so none may last.
        do {
            $status = $native::vcd_wait($client, 100, [ref] $request)
        } while ($status -eq $script:StatusPending)

        $fields = Read-SettledFields $native $request
        if ($Operation -eq 'vcd_exchange' -and $fields.status -eq '0') {
            $fields.bearer = Receive-Secret $native $request $script:SecretBearer -AsSecureString:$AsSecureString
            if ($fields['new_api_token'] -eq 'true' -and -not $LeaveNewApiToken) {
                $fields.new_token = Receive-Secret $native $request $script:SecretNewApiToken -AsSecureString
            }
        }
        $fields
    }
    finally {
        # First of all: after Ctrl+C the first statement that writes anything would be the last to run. A session that
        # nobody received is ended by the native side, a new API token is saved by it.
        if ($request -ne 0) {
            $null = $native::vcd_request_cancel($request)
            $null = $native::vcd_request_close($request)
        }
        if ($client -ne 0) {
            $null = $native::vcd_client_close($client)
        }
    }
}

# What vcd_wait returns while nothing has settled, and which secret vcd_request_take_secret hands out.
$script:StatusPending = 1
$script:SecretBearer = 1
$script:SecretNewApiToken = 2

function Send-NativeRequest {
    # The handle of a new request, and the status of the call that made it.
    param([type] $Native, [string] $Operation, [uint64] $Client, [hashtable] $Fields, [object] $Secret)

    $bytes = ConvertTo-FieldBytes $Fields
    [uint64] $request = 0
    $pointer = [System.IntPtr]::Zero
    $units = 0
    try {
        $pointer, $units = Copy-SecretToNative $Secret
        $status = $Native::$Operation($Client, $bytes, $bytes.Length, $pointer, $units, [ref] $request)
    }
    finally {
        Clear-NativeSecret $Native $pointer $units
    }
    $request
    $status
}

function Read-SettledFields {
    param([type] $Native, [uint64] $Request)

    [uint32] $needed = 8192
    do {
        $buffer = [byte[]]::new($needed)
        $status = $Native::vcd_request_describe($Request, $buffer, $buffer.Length, [ref] $needed)
    } while ($status -eq $script:FailureTable.BufferTooSmall[0])
    ConvertFrom-FieldBytes $buffer $needed
}
