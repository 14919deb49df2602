# Secrets cross to native code as pointer and length of UTF-16 units, and their unmanaged copies are wiped. A managed
# string exists only where the caller passed or asked for one.

function Copy-SecretToNative {
    # Unmanaged copy of a SecureString or string. Clear-NativeSecret frees it.
    param($Secret)

    if ($Secret -is [securestring]) {
        return [System.Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($Secret)
    }
    [System.Runtime.InteropServices.Marshal]::StringToHGlobalUni($Secret)
}

function Clear-NativeSecret {
    param($Pointer, $Units)

    $null = Invoke-NativeFunction vcd_wipe $Pointer, ($Units * 2)
    [System.Runtime.InteropServices.Marshal]::FreeHGlobal($Pointer)
}

function Receive-Secret {
    # Takes a secret out of a settled request: a string, or a SecureString that never was one; or an ErrorRecord. Each
    # secret can be taken once.
    param($Request, $Which, $AsSecureString)

    $units = 4096
    do {
        $capacity = $units
        $pointer = [System.Runtime.InteropServices.Marshal]::AllocHGlobal($capacity * 2)
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
    param($Pointer, $Units)

    $text = [securestring]::new()
    for ($offset = 0; $offset -lt $Units * 2; $offset += 2) {
        $text.AppendChar([char] ([System.Runtime.InteropServices.Marshal]::ReadInt16($Pointer, $offset) -band 65535))
    }
    $text.MakeReadOnly()
    $text
}
