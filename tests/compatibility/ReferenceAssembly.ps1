# The types of .NET Framework 4.7.2 and Windows PowerShell 5.1, from reference assemblies: read, and never run.

function Open-ReferenceAssembly {
    param([string] $Source)

    $files = @(Get-ChildItem -LiteralPath $Source -Recurse -Force -Filter *.dll)
    $reader = $files | Where-Object FullName -match 'metadataloadcontext.*[/\\]net\d+\.0[/\\]' | Select-Object -Last 1
    Add-Type -LiteralPath $reader.FullName
    $framework = $files | Where-Object FullName -match '[/\\]v4\.7\.2[/\\](Facades[/\\])?[^/\\]+$'
    $powershell = $files | Where-Object FullName -match 'powershellstandard.*System\.Management\.Automation\.dll$'
    $resolver = [System.Reflection.PathAssemblyResolver]::new([string[]] @($framework.FullName; $powershell.FullName))
    $context = [System.Reflection.MetadataLoadContext]::new($resolver, 'mscorlib')
    # What a Windows PowerShell process has loaded.
    $script:Assemblies = foreach ($name in 'mscorlib', 'System', 'System.Core', 'System.Xml', 'System.Management.Automation') {
        $context.LoadFromAssemblyName($name)
    }
}

function Find-Type {
    param([string] $Name)

    foreach ($assembly in $script:Assemblies) {
        $type = $assembly.GetType($Name)
        if ($type -and $type.IsPublic) {
            return $type
        }
    }
    throw "${Name}: neither .NET Framework 4.7.2 nor Windows PowerShell 5.1 has this type"
}

function Find-Signature {
    # The members of a type with that name: methods that take as many arguments, or else properties and fields. Enumerations by name,
    # with their values, where an argument is such a value's name.
    param([type] $Type, [string] $Name, [object[]] $Arguments, [bool] $IsStatic)

    $flags = [System.Reflection.BindingFlags] 'Public, FlattenHierarchy, IgnoreCase'
    $flags = $flags -bor $(if ($IsStatic) { [System.Reflection.BindingFlags]::Static } else { [System.Reflection.BindingFlags]::Instance })
    if ($Name -eq 'new') {
        $members = $Type.GetConstructors()
    }
    else {
        $members = $Type.GetMember($Name, $flags)
    }
    foreach ($member in $members) {
        $isMethod = $member -is [System.Reflection.MethodBase]
        if ($isMethod -ne ($null -ne $Arguments)) {
            continue
        }
        $text = if ($Name -eq 'new') { 'new' } elseif ($IsStatic) { "static $($member.Name)" } else { $member.Name }
        if ($isMethod) {
            $parameters = @($member.GetParameters())
            $isOpen = $parameters.Count -and @($parameters[-1].CustomAttributes | ForEach-Object { $_.AttributeType.Name }) -contains 'ParamArrayAttribute'
            $hasRoom = $isOpen -and $Arguments.Count -ge $parameters.Count - 1
            if (-not $hasRoom -and $Arguments.Count -ne $parameters.Count) {
                continue
            }
            $types = foreach ($parameter in $parameters) { $parameter.ParameterType.Name }
            if ($isOpen) {
                $types = @($types)
                $types[-1] = "params $($types[-1])"
            }
            $text += "($($types -join ', '))"
        }
        $enumerations = @{}
        if ($isMethod) {
            for ($i = 0; $i -lt [System.Math]::Min($parameters.Count, $Arguments.Count); $i++) {
                $parameterType = $parameters[$i].ParameterType
                if ($parameterType.IsEnum -and $Arguments[$i] -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                    $enumerations[$parameterType.Name] = $parameterType.GetFields('Static, Public').Name
                }
            }
        }
        # A static member is used by the name of the type that inherits it.
        $owner = if ($IsStatic) { $Type } else { $member.DeclaringType }
        $owner = if ($owner.IsGenericType) { $owner.GetGenericTypeDefinition() } else { $owner }
        [pscustomobject] @{ Type = $owner.FullName; Text = $text; Enumerations = $enumerations }
    }
}
