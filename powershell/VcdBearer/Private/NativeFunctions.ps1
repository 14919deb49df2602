# The native library's functions, one per line: name = result, then the parameters in order. This is the whole binding;
# a test compares it with vcd_auth.h.
#   bytes     uint8_t * that a managed array backs       pointer   any other pointer, to unmanaged memory
#   uint32*   a number the function writes               uint64*   a handle the function writes
$script:NativeFunctions = @{
    vcd_abi_version         = 'uint32'
    vcd_client_open         = 'int32 bytes uint32 pointer uint32 uint64* bytes uint32 uint32*'
    vcd_client_close        = 'int32 uint64'
    vcd_connect             = 'int32 uint64 bytes uint32 pointer uint32 uint64*'
    vcd_exchange            = 'int32 uint64 bytes uint32 pointer uint32 uint64*'
    vcd_check               = 'int32 uint64 bytes uint32 pointer uint32 uint64*'
    vcd_end                 = 'int32 uint64 bytes uint32 pointer uint32 uint64*'
    vcd_token_save          = 'int32 uint64 bytes uint32 pointer uint32 uint64*'
    vcd_call                = 'int32 uint64 bytes uint32 pointer uint32 bytes uint32 uint64*'
    vcd_wait                = 'int32 uint64 uint32 uint64*'
    vcd_request_describe    = 'int32 uint64 bytes uint32 uint32*'
    vcd_request_take_secret = 'int32 uint64 uint32 pointer uint32 uint32*'
    vcd_request_take_body   = 'int32 uint64 bytes uint32 uint32*'
    vcd_request_cancel      = 'int32 uint64'
    vcd_request_close       = 'int32 uint64'
    vcd_finish              = 'int32 uint32'
    vcd_sessions_describe   = 'int32 bytes uint32 uint32*'
    vcd_wipe                = 'void pointer uint32'
}

function New-NativeType {
    # A type whose static methods are the native functions of one library file, bound by its absolute path.
    param($Builder, $Library)

    # Signed numbers for unsigned ones: the bits are the same, and PowerShell's own numbers fit without conversion.
    $types = @{
        'void'    = [void]
        'int32'   = [int]
        'uint32'  = [int]
        'uint64'  = [long]
        'bytes'   = [byte[]]
        'pointer' = [System.IntPtr]
        'uint32*' = [int].MakeByRefType()
        'uint64*' = [long].MakeByRefType()
    }
    $type = $Builder.DefineType('VcdBearer.Native', $script:TypeIsStatic)
    foreach ($function in $script:NativeFunctions.Keys) {
        Add-NativeMethod $type $types $function $Library
    }
    $type.CreateType()
}

function Add-NativeMethod {
    # Not in the loop: PowerShell compiles what it finds in a loop that takes 16 turns.
    param($Type, $Types, $Function, $Library)

    $result, $words = $script:NativeFunctions[$Function].Split(' ', 2)
    $parameters = if ($words) { $Types[$words.Split(' ')] }
    $method = $Type.DefinePInvokeMethod(
        $Function, $Library, $script:MethodIsNative, $script:CallStandard, $Types[$result], ($parameters -as [type[]]),
        $script:CallCdecl, $script:CharSetNone)
    $method.SetImplementationFlags($script:PreserveSignature)
}

function Invoke-NativeFunction {
    # Calls a native function. What it writes through a pointer to a number stands in $Arguments afterwards, where $null
    # stood. By reflection, because one call site for all functions is compiled much faster than one for each.
    param($Name, [object[]] $Arguments)

    $script:Emitted['Native'].GetMethod($Name).Invoke($null, $Arguments)
}
