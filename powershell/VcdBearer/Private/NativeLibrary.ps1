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
    # The absolute path of the library for this process.
    param($ModuleBase)

    $system, $file = 'win', 'vcd_auth.dll'
    if ($PSVersionTable.PSEdition -eq 'Core' -and $IsLinux) {
        $system, $file = 'linux', 'libvcd_auth.so'
    }
    elseif ($PSVersionTable.PSEdition -eq 'Core' -and $IsMacOS) {
        # One library for both architectures.
        $system, $file = 'osx', 'libvcd_auth.dylib'
    }
    if ($script:LibraryFolder) {
        return "$script:LibraryFolder/$file"
    }
    if ($system -eq 'osx') {
        return "$ModuleBase/native/$system/$file"
    }
    # The process's own architecture: on Windows for ARM it may differ from the machine's.
    $architecture = "$([System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)"
    "$ModuleBase/native/$system-$($architecture.ToLowerInvariant())/$file"
}
