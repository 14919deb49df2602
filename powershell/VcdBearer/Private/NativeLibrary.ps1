# Where the library lies when not under native/<platform>/ of the module; only the development loader sets it.
$script:LibraryFolder = $null

# The major version of the native interface that this module is written for.
$script:NativeInterface = 1

function Initialize-NativeLibrary {
    # Makes the native functions callable in this runspace: returns nothing, or the ErrorRecord that says why not.
    if ($null -ne $script:Emitted) {
        return
    }

    Initialize-EmittedType
    try {
        $version = Invoke-NativeFunction vcd_abi_version
    }
    catch {
        # One entry in $Error is enough, and it is the command's.
        $global:Error.RemoveAt(0)
        $library = $script:Emitted['Library']
        $script:Emitted = $null
        return New-LibraryFailureRecord $library (Get-LoadFailure $library $_.Exception.GetBaseException())
    }
    if ($version -shr 16 -ne $script:NativeInterface) {
        $library = $script:Emitted['Library']
        $script:Emitted = $null
        return New-ReleaseFailureRecord $library
    }
}

function Get-LibraryPath {
    # The absolute path of the library for a system (win, linux, osx) and an architecture.
    param($ModuleBase, $System, $Architecture)

    $folder = "$ModuleBase/native/$System-$Architecture"
    if ($System -eq 'osx') {
        # One library for both architectures.
        $folder = "$ModuleBase/native/$System"
    }
    if ($script:LibraryFolder) {
        $folder = $script:LibraryFolder
    }
    if ($System -eq 'win') {
        # The loader of Windows wants backslashes in an absolute path.
        return "$folder/vcd_auth.dll".Replace('/', '\')
    }
    $extension = if ($System -eq 'osx') { 'dylib' } else { 'so' }
    "$folder/libvcd_auth.$extension"
}

function Get-SystemName {
    # win, linux or osx. Windows PowerShell does not have the variables.
    if ($PSVersionTable.PSEdition -eq 'Core' -and $IsLinux) {
        return 'linux'
    }
    if ($PSVersionTable.PSEdition -eq 'Core' -and $IsMacOS) {
        return 'osx'
    }
    'win'
}

function Get-ProcessArchitecture {
    # x64, arm64, x86 or arm: the process's own; on Windows for ARM the machine's may be another.
    if ($PSVersionTable.PSEdition -eq 'Core') {
        return "$([System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)".ToLowerInvariant()
    }
    # From the core library: PSReadLine brings another type of this name into Windows PowerShell, and that has no such property.
    "$([System.Runtime.InteropServices.RuntimeInformation, mscorlib]::ProcessArchitecture)".ToLowerInvariant()
}
