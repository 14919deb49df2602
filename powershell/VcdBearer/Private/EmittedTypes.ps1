# The types that this module emits at its first call, or later: the binding of the native library and the class of sessions.
# They exist once per process and copy of the module, however many runspaces import it, because emitted types cannot be
# unloaded, and two classes of one name would not be interchangeable. This is the runspace's reference to them.
$script:Emitted = $null

function Initialize-EmittedType {
    $module = $ExecutionContext.SessionState.Module
    $slot = "VcdBearer $($module.Version) $($module.ModuleBase)"
    $domain = [System.AppDomain]::CurrentDomain
    $types = $domain.GetData($slot)
    if ($null -eq $types) {
        $types = Use-TypeLock {
            if ($null -eq $domain.GetData($slot)) {
                $domain.SetData($slot, (New-EmittedType $module.ModuleBase))
            }
            $domain.GetData($slot)
        }
    }
    $script:Emitted = $types
}

function Initialize-SessionClass {
    # Emits the class after a log-in has been sent, while it is under way: at the first one, and once more at the first one that
    # finds PowerCLI, since what PowerCLI's pipeline needs of the class takes long to emit.
    if ($script:Emitted['Converts'] -or ($script:Emitted['Session'] -and -not (Test-PowerCli))) {
        return
    }
    Use-TypeLock {
        # Another runspace may have done it meanwhile.
        $converts = $script:Emitted['Converts'] -or (Test-PowerCli)
        if (-not $script:Emitted['Session'] -or $converts -ne $script:Emitted['Converts']) {
            $script:Emitted['Session'] = New-SessionClass (New-TypeContainer) $converts
            $script:Emitted['Converts'] = $converts
        }
    }
}

function Use-TypeLock {
    # Runs a script block while no other runspace emits types.
    param($Body)

    # A type object is the same in every runspace.
    Use-Lock ([System.AppDomain]) $Body
}

function New-EmittedType {
    param($ModuleBase)

    $system = Get-SystemName
    $library = Get-LibraryPath $ModuleBase $system (Get-ProcessArchitecture)
    $native = New-NativeType (New-TypeContainer) $library
    if ($system -eq 'win') {
        Register-ProcessExit $native
    }
    @{
        Manifest = "$ModuleBase/VcdBearer.psd1"
        Library  = $library
        Native   = $native
        Session  = $null
        # Whether sessions convert to what PowerCLI's pipeline takes.
        Converts = $false
    }
}

function New-TypeContainer {
    # A dynamic module of its own for each type: where Ctrl+C stops the emission of a type, its name is taken for good.
    $assembly = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly(
        [System.Reflection.AssemblyName]::new('VcdBearer'), $script:AssemblyIsRun)
    $assembly.DefineDynamicModule('VcdBearer')
}

# Attributes as numbers: PowerShell converts their names at the cost of some milliseconds per type of attribute. In variables,
# because it compiles a call anew for each type of constant. And decimal: the first hexadecimal number that it reads in a process
# makes it load and compile the code for big integers.
# AssemblyBuilderAccess Run and not RunAndCollect: .NET Framework cannot call native code from a collectible assembly.
$script:AssemblyIsRun = 1
$script:TypeIsStatic = 385         # TypeAttributes Public (1), Abstract (128), Sealed (256)
$script:TypeIsSealed = 257         # TypeAttributes Public (1), Sealed (256)
$script:MethodIsNative = 8214      # MethodAttributes Public (6), Static (16), PinvokeImpl (8192)
$script:MethodIsStatic = 22        # MethodAttributes Public (6), Static (16)
$script:MethodIsOverride = 198     # MethodAttributes Public (6), Virtual (64), HideBySig (128)
$script:MethodIsExplicit = 481     # MethodAttributes Private (1), Final (32), Virtual (64), HideBySig (128), NewSlot (256)
$script:FieldIsReadOnly = 38       # FieldAttributes Public (6), InitOnly (32)
$script:FieldIsPublic = 6          # FieldAttributes Public (6)
$script:FieldIsPrivate = 17        # FieldAttributes Private (1), Static (16)
$script:CallStandard = 1           # CallingConventions Standard
$script:CallCdecl = 2              # CallingConvention Cdecl
$script:CharSetNone = 1            # CharSet None
$script:PreserveSignature = 128    # MethodImplAttributes PreserveSig
