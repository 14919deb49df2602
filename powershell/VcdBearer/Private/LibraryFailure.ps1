# Why the native library could not be used. .NET tells the reasons apart by type on Windows, and elsewhere only in the
# words of the system's loader.

function New-LibraryFailureRecord {
    param([string] $Path, [System.Exception] $Cause)

    $refusal = Get-PlatformRefusal (Get-SystemName) (Get-ProcessArchitecture) (Get-RuntimeIdentifier)
    if ($refusal) {
        return New-FailureRecord $refusal $Path
    }
    if (-not [System.IO.File]::Exists($Path)) {
        return New-FailureRecord @{
            name    = 'NativeLibraryMissing'
            message = "The module's library for this platform is missing: $Path does not exist."
            action  = 'Install the module again, for this platform; from a clone, run cargo xtask stage.'
        } $Path
    }
    if ($Cause -is [System.EntryPointNotFoundException]) {
        return New-ReleaseFailureRecord $Path
    }
    if ($Cause -is [System.BadImageFormatException] -or $Cause.Message -match $script:ForeignLibrary) {
        return New-FailureRecord @{
            name    = 'NativeLibraryWrongArchitecture'
            message = "The library $Path is damaged, or made for another processor than this process."
            action  = 'Install the module again, and use a 64-bit PowerShell.'
        } $Path
    }

    # .NET on Linux and macOS puts advice for programmers before what the loader said.
    $reason = $Cause.Message.Trim().Split("`n")[-1]
    New-FailureRecord @{
        name    = 'NativeLibraryBlocked'
        message = "The operating system did not load $Path`: $reason"
        action  = Get-BlockedAction $reason
    } $Path
}

function Get-BlockedAction {
    # What to do about a library that the system did not load, by the words of its loader.
    param([string] $Reason)

    switch -Regex ($Reason) {
        'GLIBC_' {
            return 'VcdBearer needs a Linux with glibc 2.28 or later.'
        }
        'Permission denied' {
            return 'Let this account read the files of the module: whoever installed it kept them from others (umask).'
        }
        'failed to map segment' {
            return 'Install the module in a folder whose file system allows programs (this one may be mounted noexec).'
        }
    }
    'Unblock the files of the module (Unblock-File) and start a new session, ask who manages application control here, ' +
        'or use the program vcd-bearer.'
}

function Get-PlatformRefusal {
    # The failure that says that there is no library for a platform; nothing if there should be one.
    param([string] $System, [string] $Architecture, [string] $RuntimeIdentifier)

    if ($Architecture -ne 'x64' -and $Architecture -ne 'arm64') {
        $action = 'Use a 64-bit PowerShell.'
        if ($System -eq 'win') {
            $action = 'Use a 64-bit PowerShell: not the one marked x86, and in a 32-bit program the one in C:\Windows\Sysnative.'
        }
        return @{
            name    = 'NativeLibraryWrongArchitecture'
            message = "This PowerShell runs as a process for $Architecture; VcdBearer has libraries for x64 and arm64."
            action  = $action
        }
    }
    if ($System -eq 'linux' -and $RuntimeIdentifier -match 'musl|alpine') {
        @{
            name    = 'NativeLibraryMissing'
            message = "This system ($RuntimeIdentifier) has the C library musl; VcdBearer's libraries for Linux need glibc."
            action  = 'Use a system or container image with glibc 2.28 or later: Debian, Ubuntu, Fedora, Red Hat, SUSE and others.'
        }
    }
}

function Get-RuntimeIdentifier {
    # What .NET calls the platform that it was made for; nothing in Windows PowerShell.
    if ($PSVersionTable.PSEdition -eq 'Core') {
        [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
    }
}

# What the loaders of Linux and macOS say of a file that is no library for this processor.
$script:ForeignLibrary = 'wrong ELF class|invalid ELF header|file too short|' +
    'cannot open shared object file: No such file|incompatible architecture|not a mach-o'

function New-ReleaseFailureRecord {
    # The file is a library, but not the one that belongs to this module.
    param([string] $Path)

    New-FailureRecord @{
        name    = 'NativeLibraryMissing'
        message = "The library $Path is of another release than this module."
        action  = 'Install the module again.'
    } $Path
}

function Get-LoadFailure {
    # PowerShell 7 hides the reason of a failed load behind a failure of its own; loading the file once more, without a
    # P/Invoke method, gives it.
    param([string] $Path, [System.Exception] $Cause)

    if ($PSVersionTable.PSEdition -eq 'Core' -and $Cause -isnot [System.EntryPointNotFoundException]) {
        try {
            $null = [System.Runtime.InteropServices.NativeLibrary]::Load($Path)
        }
        catch {
            $global:Error.RemoveAt(0)
            $Cause = $_.Exception.GetBaseException()
        }
    }
    $Cause
}
