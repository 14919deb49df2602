<#
.SYNOPSIS
    Writes facts.psd1: what the shipped scripts use, as Windows PowerShell 5.1 on .NET Framework 4.7.2 has it.
.DESCRIPTION
    Looks each use up in reference assemblies and documentation, and fails where they do not have it. README.md tells where to get
    them.
.PARAMETER Source
    The folder that holds them, unpacked, at any depth.
.PARAMETER Path
    The scripts.
.PARAMETER Verify
    Writes nothing; fails when facts.psd1 is not what would be written.
.EXAMPLE
    ./Update-Facts.ps1 ../../target/compatibility-sources (Get-ChildItem ../../powershell/VcdBearer -Recurse -Filter *.ps1)
#>
param([string] $Source, [string[]] $Path, [switch] $Verify)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
. $PSScriptRoot/ScriptUse.ps1
. $PSScriptRoot/ReferenceAssembly.ps1
. $PSScriptRoot/Documentation.ps1
$choice = Import-PowerShellDataFile $PSScriptRoot/choice.psd1
$problems = [System.Collections.Generic.List[string]]::new()

function Get-TypeFact {
    # Signatures by type. Fills the table of enumerations.
    param([object[]] $Uses, [hashtable] $Own, [hashtable] $Enumerations)

    $facts = @{}
    foreach ($name in @(($Uses | Where-Object Kind -eq 'Type').Name) + $choice.Receivers | Sort-Object -Unique) {
        $facts[(Find-Type $name).FullName] = @()
    }
    foreach ($use in $Uses | Where-Object Kind -eq 'Member') {
        $isOwn = -not $use.Owner -and $null -eq $use.Arguments -and
            ($Own.Properties.ContainsKey($use.Name) -or $choice.Properties -contains $use.Name)
        if ($isOwn) {
            continue
        }
        $owners = if ($use.Owner) { $use.Owner } else { $choice.Receivers }
        $isStatic = $use.Owner -and $use.Ast -isnot [NamedAttributeArgumentAst]
        $found = $owners | ForEach-Object { Find-Signature (Find-Type $_) $use.Name $use.Arguments $isStatic }
        if (-not $found) {
            $problems.Add("$($use.Ast.Extent.Text): no type that is known has it (see Receivers in choice.psd1)")
        }
        foreach ($signature in $found) {
            foreach ($enumeration in $signature.Enumerations.Keys) {
                $Enumerations[$enumeration] = $signature.Enumerations[$enumeration] | Sort-Object
            }
            $facts[$signature.Type] = @($facts[$signature.Type]) + $signature.Text | Sort-Object -Unique
        }
    }
    $facts
}

function Get-CommandFact {
    # Parameters by command: those with a position, and those that are used.
    param([object[]] $Uses, [hashtable] $Own)

    $facts = @{}
    foreach ($use in $Uses | Where-Object Kind -eq 'Command') {
        if (-not $use.Name -or $Own.Functions.ContainsKey($use.Name) -or $choice.OtherCommands -contains $use.Name) {
            continue
        }
        $documented = Read-CommandParameter $use.Name
        $used = foreach ($element in $use.Ast.CommandElements) {
            if ($element -is [CommandParameterAst]) { $element.ParameterName }
            if ($element -is [VariableExpressionAst] -and $element.Splatted) { Get-SplattedName $element }
        }
        foreach ($name in $used) {
            if (-not $documented.ContainsKey($name) -and $choice.CommonParameters -notmatch "\b${name}:") {
                $problems.Add("$($use.Ast.Extent.Text): $($use.Name) has no parameter $name")
            }
        }
        $kept = $documented.Keys | Where-Object { $documented[$_] -match '^\d' -or $used -contains $_ }
        $facts[$use.Name] = @($facts[$use.Name]) + ($kept | ForEach-Object { "${_}:$($documented[$_])" }) | Sort-Object -Unique
    }
    $facts
}

function Get-NameFact {
    # The names of one kind that the scripts use and the documentation has.
    param([object[]] $Uses, [string] $Kind, [string[]] $Documented, [hashtable] $Own)

    $names = ($Uses | Where-Object Kind -eq $Kind).Name | Sort-Object -Unique
    foreach ($name in $names | Where-Object { -not $Own.ContainsKey($_) -and $_ -notlike 'env:*' }) {
        if ($Documented -notcontains $name) {
            $problems.Add("$Kind ${name}: the documentation of 5.1 does not have it")
        }
        $name
    }
}

function Format-Fact {
    # A table of lists, or a list, as text of a data file.
    param([string] $Name, [object] $Fact)

    if ($Fact -isnot [hashtable]) {
        return "    $Name = @($(($Fact | ForEach-Object { "'$_'" }) -join ', '))"
    }
    "    $Name = @{"
    foreach ($key in $Fact.Keys | Sort-Object) {
        "        '$key' = @($(($Fact[$key] | Where-Object { $_ } | ForEach-Object { "'$_'" }) -join ', '))"
    }
    '    }'
}

Open-ReferenceAssembly $Source
Open-Documentation $Source
$scripts = foreach ($file in $Path) { Read-Script (Resolve-Path -LiteralPath $file).ProviderPath }
$own = Get-OwnName $scripts.Nodes
$uses = foreach ($script in $scripts) { Get-ScriptUse $script.Nodes }
$enumerations = @{}
$text = @(
    '# Written by Update-Facts.ps1: what the shipped scripts use, as Windows PowerShell 5.1 on .NET Framework 4.7.2 has it. Members of'
    '# types as static Name(types of parameters); parameters of commands as Name:position, Name:named or Name:switch, and the'
    '# values that they accept.'
    '@{'
    Format-Fact Types (Get-TypeFact $uses $own $enumerations)
    Format-Fact Enumerations $enumerations
    Format-Fact Commands (Get-CommandFact $uses $own)
    Format-Fact Variables (Get-NameFact $uses Variable (Read-VariableName) $own.Variables)
    Format-Fact Accelerators (Get-NameFact $uses Accelerator (Read-AcceleratorName) @{})
    '}'
) -join "`n"
if ($problems) {
    # Sources and package have each twice.
    throw ($problems | Sort-Object -Unique) -join "`n"
}
$facts = "$PSScriptRoot/facts.psd1"
if (-not $Verify) {
    [System.IO.File]::WriteAllText($facts, "$text`n")
}
elseif ([System.IO.File]::ReadAllText($facts) -cne "$text`n") {
    throw 'facts.psd1 is not what Update-Facts.ps1 writes'
}
