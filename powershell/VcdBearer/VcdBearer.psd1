@{
    RootModule             = 'VcdBearer.psm1'
    # Stamped with the workspace's version by `cargo xtask stage`.
    ModuleVersion = '0.0.0'
    GUID                   = '5c0b7e0e-6a44-4f0b-9d6e-1f6c2a8f3b57'
    Author                 = 'The VcdBearer authors'
    CompanyName            = 'VcdBearer'
    Copyright              = '(c) The VcdBearer authors. MIT OR Apache-2.0.'
    Description            = 'Logs in to VMware Cloud Director with an API token, for PowerCLI (Connect-CIServer) and REST calls.'

    PowerShellVersion      = '5.1'
    CompatiblePSEditions   = @('Desktop', 'Core')
    DotNetFrameworkVersion = '4.7.2'

    FormatsToProcess       = @('VcdBearer.format.ps1xml')

    FunctionsToExport      = @(
        'Connect-VcdServer', 'Disconnect-VcdServer', 'Get-VcdApiHeader', 'Get-VcdBearer', 'Get-VcdSession', 'Invoke-VcdRestMethod',
        'Remove-VcdBearer', 'Save-VcdApiToken', 'Test-VcdBearer'
    )
    CmdletsToExport        = @()
    VariablesToExport      = @()
    AliasesToExport        = @()

    PrivateData            = @{
        PSData = @{
            Tags         = @(
                'VMware', 'VCD', 'CloudDirector', 'PowerCLI', 'Token', 'Authentication',
                'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS'
            )
            LicenseUri   = 'https://github.com/vcdbearer/vcdbearer/blob/main/LICENSE'
            ProjectUri   = 'https://github.com/vcdbearer/vcdbearer'
            ReleaseNotes = 'https://github.com/vcdbearer/vcdbearer/blob/main/CHANGELOG.md'
        }
    }
}
