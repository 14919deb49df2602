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
    param([object] $Pointer, [object] $Units)

    $null = Invoke-NativeFunction vcd_wipe $Pointer, (2 * $Units)
    [System.Runtime.InteropServices.Marshal]::FreeHGlobal($Pointer)
}

function Receive-Secret {
    # Takes a secret out of a settled request: a string, or a SecureString that never was one; or an ErrorRecord. Each
    # secret can be taken once.
    param([object] $Request, [object] $Which, [object] $AsSecureString)

    $units = 4096
    do {
        $capacity = $units
        $pointer = [System.Runtime.InteropServices.Marshal]::AllocHGlobal(2 * $capacity)
        try {
            $arguments = $Request, $Which, $pointer, $capacity, $null
            $status = Invoke-NativeFunction vcd_request_take_secret $arguments
            $units = $arguments[4]
            if ($status -eq 0 -and $AsSecureString) {
                ConvertTo-SecureText $pointer $units
            }
            elseif ($status -eq 0) {
                [System.Runtime.InteropServices.Marshal]::PtrToStringUni($pointer, $units)
            }
            elseif ($status -ne $script:StatusTooSmall) {
                New-CallFailureRecord 'vcd_request_take_secret' $status
            }
        }
        finally {
            Clear-NativeSecret $pointer $capacity
        }
    } while ($status -eq $script:StatusTooSmall)
}

function ConvertTo-SecureText {
    # A read-only SecureString from UTF-16 units in unmanaged memory, without a managed string in between.
    param([object] $Pointer, [object] $Units)

    $text = [securestring]::new()
    for ($offset = 0; $offset -lt 2 * $Units; $offset += 2) {
        $text.AppendChar([char] ([System.Runtime.InteropServices.Marshal]::ReadInt16($Pointer, $offset) -band 0xFFFF))
    }
    $text.MakeReadOnly()
    $text
}
