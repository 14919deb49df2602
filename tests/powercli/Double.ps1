# Compiles the shared source and exports its cmdlets. Each flavour's module file runs this with what is its own.
param(
    [Parameter(Mandatory)] [string] $ApiVersion,
    [Parameter(Mandatory)] [string] $SessionHeader,
    [switch] $QuotesServer
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Once per process: the list of connections is static, and types of two compilations are different types. The lock is for
# runspaces that load the module at the same time.
$lock = [System.Management.Automation.PSModuleInfo]
[System.Threading.Monitor]::Enter($lock)
try {
    $flavour = 'VMware.VimAutomation.Cloud.Impl.V1.Flavour' -as [type]
    if (-not $flavour) {
        Add-Type -Path "$PSScriptRoot/source/*.cs"
        $flavour = [VMware.VimAutomation.Cloud.Impl.V1.Flavour]
    }
} finally {
    [System.Threading.Monitor]::Exit($lock)
}
$flavour::ApiVersion = $ApiVersion
$flavour::SessionHeader = $SessionHeader
$flavour::QuotesServer = $QuotesServer.IsPresent

if (-not (Test-Path variable:global:DefaultCIServers)) { $global:DefaultCIServers = @() }
Import-Module -Assembly $flavour.Assembly
Export-ModuleMember -Cmdlet *
