# The native library's functions, one per line: name = result, then the parameters in order. This is the whole binding;
# a test compares it with vcd_auth.h.
#   bytes     uint8_t * that a managed array backs       pointer   any other pointer, to unmanaged memory
#   uint32*   a number the function writes               uint64*   a handle the function writes
$script:NativeFunctions = @{
    vcd_abi_version         = 'uint32'
    vcd_client_open         = 'int32 bytes uint32 pointer uint32 uint64* bytes uint32 uint32*'
    vcd_client_close        = 'int32 uint64'
    vcd_exchange            = 'int32 uint64 bytes uint32 pointer uint32 uint64*'
    vcd_check               = 'int32 uint64 bytes uint32 pointer uint32 uint64*'
    vcd_end                 = 'int32 uint64 bytes uint32 pointer uint32 uint64*'
    vcd_wait                = 'int32 uint64 uint32 uint64*'
    vcd_request_describe    = 'int32 uint64 bytes uint32 uint32*'
    vcd_request_take_secret = 'int32 uint64 uint32 pointer uint32 uint32*'
    vcd_request_cancel      = 'int32 uint64'
    vcd_request_close       = 'int32 uint64'
    vcd_wipe                = 'void pointer uint32'
}

function New-NativeType {
    # A type whose static methods are the native functions of one library file, bound by its absolute path.
    param([string] $Library)

    $types = @{
        'void'    = [void]
        'int32'   = [int]
        'uint32'  = [uint32]
        'uint64'  = [uint64]
        'bytes'   = [byte[]]
        'pointer' = [System.IntPtr]
        'uint32*' = [uint32].MakeByRefType()
        'uint64*' = [uint64].MakeByRefType()
    }
    # Run and not RunAndCollect: .NET Framework cannot call native code from a collectible assembly.
    $name = [System.Reflection.AssemblyName] 'VcdBearer.Native'
    $assembly = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly($name, 'Run')
    $builder = $assembly.DefineDynamicModule('VcdBearer.Native').DefineType('VcdBearer.Native', 'Public, Abstract, Sealed')
    foreach ($function in $script:NativeFunctions.Keys) {
        $result, $parameters = foreach ($word in -split $script:NativeFunctions[$function]) { $types[$word] }
        $builder.DefinePInvokeMethod(
            $function, $Library, 'Public, Static, PinvokeImpl', 'Standard', $result, [type[]] $parameters, 'Cdecl', 'None'
        ).SetImplementationFlags('PreserveSig')
    }
    $builder.CreateType()
}
