<#
.SYNOPSIS
    Finds what Windows PowerShell 5.1 on .NET Framework 4.7.2 would not understand, or not have.
.DESCRIPTION
    Runs in PowerShell 7, on its parser, and puts out one line for each finding. A script may use what facts.psd1 lists, and nothing
    else; see README.md beside this file.
.PARAMETER Path
    The scripts. A function of one of them may be called from all.
.EXAMPLE
    ./Find-Incompatibility.ps1 ../../build.ps1
#>
param([string[]] $Path)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
. $PSScriptRoot/NewSyntax.ps1
. $PSScriptRoot/ScriptUse.ps1
. $PSScriptRoot/KnownApi.ps1

function Find-ForeignByte {
    # Windows PowerShell reads a file without a byte order mark in the system's code page.
    param([string] $Path)

    $line = 1
    foreach ($byte in [System.IO.File]::ReadAllBytes($Path)) {
        if ($byte -gt 127) {
            return "${Path}:${line}: a character outside of ASCII"
        }
        if ($byte -eq 10) {
            $line++
        }
    }
}

$scripts = foreach ($file in $Path) { Read-Script (Resolve-Path -LiteralPath $file).ProviderPath }
$own = Get-OwnName $scripts.Nodes
foreach ($script in $scripts) {
    Find-ForeignByte $script.Path
    foreach ($problem in $script.Errors) {
        "$($script.Path):$($problem.Extent.StartLineNumber): $($problem.Message)"
    }
    foreach ($found in Find-NewSyntax $script.Ast $script.Nodes $script.Tokens) {
        "$($script.Path):$($found.Extent.StartLineNumber): $($found.Text)"
    }
    foreach ($use in Get-ScriptUse $script.Nodes) {
        foreach ($problem in Test-Use $use $own) {
            "$($script.Path):$($use.Ast.Extent.StartLineNumber): $problem"
        }
    }
}
