# The native library, found and bound at the first call of this runspace.
$script:NativeLibrary = $null

# Where the library lies when not under native/<platform>/ of the module; only the development loader sets it.
$script:LibraryFolder = $null

function Get-NativeLibrary {
    # The emitted type of the library, or the ErrorRecord that says why there is none.
    if ($null -ne $script:NativeLibrary) {
        return $script:NativeLibrary
    }

    $path = Get-LibraryPath
    if ($path -is [System.Management.Automation.ErrorRecord]) {
        return $path
    }
    $native = Get-ProcessValue "Native $path" { New-NativeType $path }
    try {
        $version = $native::vcd_abi_version()
    }
    catch {
        $global:Error.RemoveAt(0)
        return New-LibraryFailureRecord $path $_.Exception.GetBaseException()
    }
    if ($version -shr 16 -ne 1) {
        return New-FailureRecord @{
            name    = 'NativeLibraryMissing'
            message = "The library $path is of another release than this module (interface $($version -shr 16), expected 1)."
            action  = 'Install the module again.'
        } $path
    }
    $script:NativeLibrary = $native
    $native
}

function Get-LibraryPath {
    # The absolute path of the library for this process, or an ErrorRecord.
    $file = 'vcd_auth.dll'
    $system = 'win'
    if ($PSVersionTable.PSEdition -eq 'Core' -and -not $IsWindows) {
        $file, $system = 'libvcd_auth.so', 'linux'
        if ($IsMacOS) {
            $file, $system = 'libvcd_auth.dylib', 'osx'
        }
    }
    # The process's own architecture: on Windows for ARM it may differ from the machine's.
    $architecture = [System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture
    if ($architecture -notin 'X64', 'Arm64') {
        return New-FailureRecord @{
            name    = 'NativeLibraryWrongArchitecture'
            message = "This PowerShell runs as a $architecture process; VcdBearer has libraries for x64 and arm64."
            action  = 'Use a 64-bit PowerShell (on Windows not the one marked x86).'
        } $file
    }

    $platform = $system
    if ($system -ne 'osx') {
        $platform = "$system-$architecture".ToLowerInvariant()
    }
    $folder = "$($MyInvocation.MyCommand.Module.ModuleBase)/native/$platform"
    if ($script:LibraryFolder) {
        $folder = $script:LibraryFolder
    }
    $path = [System.IO.Path]::GetFullPath("$folder/$file")
    if (-not [System.IO.File]::Exists($path)) {
        return New-FailureRecord @{
            name    = 'NativeLibraryMissing'
            message = "The module's library for this platform ($platform) is missing: $path does not exist."
            action  = 'Install the module again, for this platform; from a clone, run cargo xtask stage.'
        } $path
    }
    $path
}

function New-LibraryFailureRecord {
    # Why the operating system did not load a file that is there. .NET tells the reasons apart by type on Windows, and
    # elsewhere only in the words of the system's loader.
    param([string] $Path, [System.Exception] $Cause)

    $failure = @{
        name    = 'NativeLibraryBlocked'
        message = "The operating system did not load $Path`: $($Cause.Message)"
        action  = 'Unblock the files of the module (Unblock-File) and start a new session, ask who manages application ' +
                  'control here, or use the program vcd-bearer.'
    }
    $foreign = 'wrong ELF class|invalid ELF header|cannot open shared object file|file too short|incompatible architecture|not a mach-o'
    if ($Cause -is [System.EntryPointNotFoundException]) {
        $failure.name = 'NativeLibraryMissing'
        $failure.message = "The library $Path is of another release than this module."
        $failure.action = 'Install the module again.'
    }
    elseif ($Cause -is [System.BadImageFormatException] -or $Cause.Message -match $foreign) {
        $failure.name = 'NativeLibraryWrongArchitecture'
        $failure.message = "The library $Path is damaged, or made for another processor than this process."
        $failure.action = 'Install the module again, and use a 64-bit PowerShell.'
    }
    elseif ($Cause.Message -match 'GLIBC_|ld-musl|ld-linux') {
        $failure.action = 'VcdBearer needs a Linux with glibc 2.28 or later (Alpine has another C library).'
    }
    New-FailureRecord $failure $Path
}
