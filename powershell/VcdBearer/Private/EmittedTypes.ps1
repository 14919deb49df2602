# The two types that this module emits at its first call: the binding of the native library and the class of sessions.
# They exist once per process and copy of the module, however many runspaces import it, because emitted types cannot be
# unloaded, and two classes of one name would not be interchangeable. This is the runspace's reference to them.
$script:Emitted = $null

function Initialize-EmittedType {
    $module = $MyInvocation.MyCommand.Module
    $slot = "VcdBearer $($module.Version) $($module.ModuleBase)"
    $domain = [System.AppDomain]::CurrentDomain
    $types = $domain.GetData($slot)
    if ($null -eq $types) {
        $types = Use-TypeLock {
            if ($null -eq $domain.GetData($slot)) {
                $domain.SetData($slot, (New-EmittedType "$($module.ModuleBase)"))
            }
            $domain.GetData($slot)
        }
    }
    $script:Emitted = $types
}

function Use-TypeLock {
    # Runs a script block while no other runspace emits types.
    param([scriptblock] $Body)

    # A type object is the same in every runspace.
    [System.Threading.Monitor]::Enter([System.AppDomain])
    try {
        & $Body
    }
    finally {
        [System.Threading.Monitor]::Exit([System.AppDomain])
    }
}

function New-EmittedType {
    param([string] $ModuleBase)

    # Run and not RunAndCollect: .NET Framework cannot call native code from a collectible assembly.
    $assembly = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly(
        [System.Reflection.AssemblyName]::new('VcdBearer'), [System.Reflection.Emit.AssemblyBuilderAccess]::Run)
    $module = $assembly.DefineDynamicModule('VcdBearer')
    $library = Get-LibraryPath $ModuleBase
    @{
        Builder = $module
        Library = $library
        Native  = New-NativeType $module $library
        Session = New-SessionClass $module
    }
}

# Attributes as numbers: PowerShell converts their names at the cost of some milliseconds per type of attribute.
$script:TypeIsStatic = 0x181       # TypeAttributes Public, Abstract, Sealed
$script:TypeIsSealed = 0x101       # TypeAttributes Public, Sealed
$script:MethodIsNative = 0x2016    # MethodAttributes Public, Static, PinvokeImpl
$script:MethodIsOverride = 0xC6    # MethodAttributes Public, Virtual, HideBySig
$script:FieldIsReadOnly = 0x26     # FieldAttributes Public, InitOnly
$script:FieldIsPublic = 0x6        # FieldAttributes Public
$script:FieldIsStatic = 0x16       # FieldAttributes Public, Static
$script:CallStandard = 1           # CallingConventions Standard
$script:CallCdecl = 2              # CallingConvention Cdecl
$script:CharSetNone = 1            # CharSet None
$script:PreserveSignature = 0x80   # MethodImplAttributes PreserveSig
