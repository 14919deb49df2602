@{
    RootModule        = 'VMware.VimAutomation.Cloud.psm1'
    ModuleVersion     = '13.1.0.21611174'
    GUID              = '8d3f1a52-6f0c-4c57-9a5e-2b7d1f4c6a13'
    Author            = 'The VcdBearer authors'
    Description       = 'A test double of the module of this name; not made by VMware.'
    PowerShellVersion = '7.4'
    CmdletsToExport   = @(
        'Connect-CIServer', 'Disconnect-CIServer', 'Get-CIVApp', 'Get-CIVM', 'Get-Org',
        'Get-PowerCLIConfiguration', 'Set-PowerCLIConfiguration'
    )
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
