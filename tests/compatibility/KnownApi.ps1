# Whether a use (ScriptUse.ps1) is among the facts about Windows PowerShell 5.1 (facts.psd1).

using namespace System.Management.Automation.Language

$script:Facts = Import-PowerShellDataFile $PSScriptRoot/facts.psd1
$script:Choice = Import-PowerShellDataFile $PSScriptRoot/choice.psd1

# Signatures by member name, of all types: whether a value has the member cannot be seen in a script, but that no type has it.
$script:Instance = @{}
# The same of static members and constructors, by "type::name".
$script:Static = @{}
foreach ($type in $script:Facts.Types.Keys) {
    foreach ($signature in $script:Facts.Types[$type]) {
        $null = $signature -match '^(?<static>static )?(?<name>\w+)(\((?<parameters>.*)\))?$'
        $table, $key = $script:Instance, $Matches['name']
        if ($Matches['static'] -or $key -eq 'new') {
            $table, $key = $script:Static, "${type}::$key"
        }
        # A property has no list of parameters.
        $table[$key] = @($table[$key]) + [pscustomobject] @{ Type = $type; Parameters = $Matches['parameters'] } | Where-Object { $_ }
    }
}

function Test-Use {
    # What is wrong with a use; nothing if it is known.
    param([object] $Use, [hashtable] $Own)

    switch ($Use.Kind) {
        'Type' {
            if (-not $script:Facts.Types.ContainsKey($Use.Name)) {
                "the type $($Use.Name)"
            }
            elseif ($script:Choice.Shadowed -contains $Use.Name -and $Use.Ast.Extent.Text -notmatch ",") {
                "the type $($Use.Name) without its assembly"
            }
        }
        'Accelerator' {
            if ($script:Facts.Accelerators -notcontains $Use.Name) { "the short type name [$($Use.Name)]" }
        }
        'Variable' {
            if ($Use.Name -notlike 'env:*' -and -not $Own.Variables.ContainsKey($Use.Name) -and $script:Facts.Variables -notcontains $Use.Name) {
                "the variable `$$($Use.Name)"
            }
        }
        'Command' { Test-Command $Use.Ast $Own }
        'Member' { Test-Member $Use $Own }
    }
}

function Test-Member {
    param([object] $Use, [hashtable] $Own)

    $key, $table = $Use.Name, $script:Instance
    if ($Use.Owner -and -not $script:Facts.Types.ContainsKey($Use.Owner)) {
        # Its type is a finding.
        return
    }
    if ($Use.Owner -and $Use.Ast -isnot [NamedAttributeArgumentAst]) {
        $key, $table = "$($Use.Owner)::$($Use.Name)", $script:Static
    }
    elseif (-not $Use.Owner -and $null -eq $Use.Arguments -and ($Own.Properties.ContainsKey($key) -or $script:Choice.Properties -contains $key)) {
        return
    }
    # The one type whose methods are called on literals.
    $isOfText = -not $Use.Owner -and $Use.Ast.Expression.StaticType -eq [string]
    $signatures = @($table[$key] | Where-Object { $_ -and (-not $isOfText -or $_.Type -eq 'System.String') })
    if ($null -eq $Use.Arguments) {
        if (-not ($signatures | Where-Object { $null -eq $_.Parameters })) {
            "the property $key"
        }
        return
    }
    if (-not ($signatures | Where-Object { $null -ne $_.Parameters -and (Test-Argument $_.Parameters $Use.Arguments) })) {
        "the method $key with these $($Use.Arguments.Count) arguments"
    }
}

function Test-Argument {
    # Whether arguments fit a list of parameters, as far as a script shows it: by their number, by what characters would mean, and by
    # the names of an enumeration's values.
    # (PowerShell converts between text and characters, so that "ab" for char[] means a or b, and ab for text.)
    param([string] $Parameters, [Ast[]] $Arguments)

    $types = @($Parameters -split ', ' | Where-Object { $_ })
    $isOpen = $types.Count -and $types[-1] -like 'params *'
    if ($Arguments.Count -ne $types.Count -and -not ($isOpen -and $Arguments.Count -ge $types.Count - 1)) {
        return $false
    }
    for ($i = 0; $i -lt $Arguments.Count; $i++) {
        $type = $types[[System.Math]::Min($i, $types.Count - 1)] -replace '^params '
        $isConstant = $Arguments[$i] -is [StringConstantExpressionAst]
        if ($isConstant -and $type -in 'Char', 'Char[]' -and $Arguments[$i].Value.Length -ne 1) {
            return $false
        }
        if ($isConstant -and $type -match '^U?Int\d+$' -and $Arguments[$i].Value -notmatch '^\d+$') {
            return $false
        }
        if ($isConstant -and $script:Facts.Enumerations.ContainsKey($type) -and
            -not (Test-Value $Arguments[$i] $script:Facts.Enumerations[$type])) {
            return $false
        }
        if ($Arguments[$i].StaticType -eq [char] -and $type -eq 'String') {
            return $false
        }
    }
    $true
}

function Test-Command {
    param([CommandAst] $Call, [hashtable] $Own)

    $name = $Call.GetCommandName()
    if (-not $name -or $Own.Functions.ContainsKey($name) -or $script:Choice.OtherCommands -contains $name) {
        return
    }
    $fact = $script:Facts.Commands[$name]
    if ($null -eq $fact) {
        return "the command $name"
    }
    # name = position, 'switch' or 'named'
    $known, $values = @{}, @{}
    foreach ($parameter in @($fact) + $script:Choice.CommonParameters.Split(' ')) {
        $parameterName, $known[$parameterName], $accepted = $parameter.Split(':')
        $values[$parameterName] = @("$accepted" -split ' ' -ne '')
    }
    foreach ($choice in $script:Choice.Values.Keys) {
        if ($choice -match "^($name )?-(\w+)$") {
            $values[$Matches[2]] = $script:Choice.Values[$choice]
        }
    }
    $positional = 0
    $given, $splatted = @(), @()
    for ($i = 1; $i -lt $Call.CommandElements.Count; $i++) {
        $element = $Call.CommandElements[$i]
        if ($element -is [VariableExpressionAst] -and $element.Splatted) {
            $splatted += Get-SplattedName $element
        }
        elseif ($element -isnot [CommandParameterAst]) {
            $positional++
        }
        elseif (-not $known.ContainsKey($element.ParameterName)) {
            # Whether it takes a value, and so what follows means, is not known either.
            return "the parameter -$($element.ParameterName) of $name"
        }
        else {
            $given += $element.ParameterName
            $value = $element.Argument
            if (-not $value -and $known[$element.ParameterName] -ne 'switch') {
                $i++
                $value = $Call.CommandElements[$i]
            }
            if ($values[$element.ParameterName] -and -not (Test-Value $value $values[$element.ParameterName])) {
                "the value $($value.Extent.Text.Trim("'")) for -$($element.ParameterName)"
            }
        }
    }
    foreach ($key in $splatted) {
        if (-not $known.ContainsKey($key)) { "the parameter $key of $name" }
        # The named one wins in PowerShell 7.
        if ($given -contains $key) { "the parameter $key of $name twice" }
    }
    foreach ($key in $script:Choice.Together.Keys) {
        if ($key -like "$name -*" -and $given -contains $key.Split('-')[-1] -and ($given + $splatted) -notcontains $script:Choice.Together[$key]) {
            "the parameter -$($key.Split('-')[-1]) of $name without -$($script:Choice.Together[$key])"
        }
    }
    if ($positional -gt @($known.Values -match '^\d' | Sort-Object -Unique).Count) {
        "$positional values without a name for $name"
    }
}

function Test-Value {
    # Whether a value is one of those that are known, as far as a script shows it; of flags, each.
    param([Ast] $Value, [string[]] $Known)

    if ($Value -isnot [ConstantExpressionAst]) {
        return $true
    }
    $texts = if ($Value -is [StringConstantExpressionAst]) { $Value.Value -split ', *' } else { $Value.Extent.Text }
    @($texts | Where-Object { $Known -notcontains $_ }).Count -eq 0
}
