# Run when the module is imported: PowerShell compares DotNetFrameworkVersion of a manifest with versions up to 4.5 only.

function Test-Framework {
    # The ErrorRecord for a .NET Framework that is too old, by the number of its release; nothing if it is not.
    param($Release)

    if ($Release -ge 461808) {
        return
    }
    # https://learn.microsoft.com/dotnet/framework/install/how-to-determine-which-versions-are-installed
    $names = [ordered] @{
        '4.5.1' = 378675
        '4.5.2' = 379893
        '4.6'   = 393295
        '4.6.1' = 394254
        '4.6.2' = 394802
        '4.7'   = 460798
        '4.7.1' = 461308
    }
    $found = 'an older one'
    foreach ($name in $names.Keys) {
        if ($Release -ge $names[$name]) {
            $found = $name
        }
    }
    New-FailureRecord @{
        name    = 'FrameworkTooOld'
        message = "VcdBearer needs .NET Framework 4.7.2 or later; this machine has $found."
        action  = 'Install .NET Framework 4.7.2 or later and restart PowerShell, or use PowerShell 7 or the program vcd-bearer.'
    }
}

# Only here, behind New-FailureRecord in the order of names, are the functions there.
if ($PSVersionTable.PSEdition -eq 'Desktop') {
    $refusal = Test-Framework ([Microsoft.Win32.Registry]::GetValue(
            'HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full', 'Release', 0))
    if ($refusal) {
        throw $refusal
    }
}
