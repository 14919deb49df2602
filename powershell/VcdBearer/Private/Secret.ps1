# Secrets cross to native code as pointer and length of UTF-16 units, and their unmanaged copies are wiped. A managed
# string exists only where the caller passed or asked for one.

function Copy-SecretToNative {
    # Unmanaged copy of a SecureString or string: pointer and number of units. Clear-NativeSecret frees it.
    param([object] $Secret)

    if ($Secret -is [securestring]) {
        [System.Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($Secret)
    }
    else {
        [System.Runtime.InteropServices.Marshal]::StringToHGlobalUni($Secret)
    }
    $Secret.Length
}

function Clear-NativeSecret {
    param([type] $Native, [System.IntPtr] $Pointer, [uint32] $Units)

    $Native::vcd_wipe($Pointer, 2 * $Units)
    [System.Runtime.InteropServices.Marshal]::FreeHGlobal($Pointer)
}

function Receive-Secret {
    # Takes a secret out of a settled request; $null if it has none. Each can be taken once.
    param([type] $Native, [uint64] $Request, [uint32] $Which, [switch] $AsSecureString)

    [uint32] $units = 0
    $status = $Native::vcd_request_take_secret($Request, $Which, [System.IntPtr]::Zero, 0, [ref] $units)
    if ($status -ne $script:FailureTable.BufferTooSmall[0]) {
        return
    }
    $pointer = [System.Runtime.InteropServices.Marshal]::AllocHGlobal([int] (2 * $units))
    try {
        $status = $Native::vcd_request_take_secret($Request, $Which, $pointer, $units, [ref] $units)
        if ($status -eq 0 -and $AsSecureString) {
            ConvertTo-SecureText $pointer $units
        }
        elseif ($status -eq 0) {
            [System.Runtime.InteropServices.Marshal]::PtrToStringUni($pointer, $units)
        }
    }
    finally {
        Clear-NativeSecret $Native $pointer $units
    }
}

function ConvertTo-SecureText {
    # A read-only SecureString from UTF-16 units in unmanaged memory, without a managed string in between.
    param([System.IntPtr] $Pointer, [int] $Units)

    $text = [securestring]::new()
    for ($offset = 0; $offset -lt 2 * $Units; $offset += 2) {
        $text.AppendChar([char] ([System.Runtime.InteropServices.Marshal]::ReadInt16($Pointer, $offset) -band 0xFFFF))
    }
    $text.MakeReadOnly()
    $text
}
