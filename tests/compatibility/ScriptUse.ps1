# What a script uses of PowerShell and .NET, and what it defines itself, read from its syntax tree. One object for each use:
#   Kind          Type, Accelerator (a type's short name), Member, Command or Variable
#   Name          of the type, member, command or variable
#   Owner         of a static member and of an attribute's named argument: the full name of the type
#   Arguments     of a method: the syntax trees of its arguments
#   Ast           where it stands
# What only PowerShell 7 reaches is left out: the right side and the body of
#     if ($PSVersionTable.PSEdition -eq 'Core' -and ...) { ... }

using namespace System.Management.Automation.Language

$script:UsingNodes = 'TypeExpressionAst', 'TypeConstraintAst', 'AttributeAst', 'MemberExpressionAst', 'InvokeMemberExpressionAst',
    'CommandAst', 'VariableExpressionAst', 'StringConstantExpressionAst'

function Get-ScriptUse {
    param([Ast[]] $Nodes)

    $guarded = @(Get-GuardedRange $Nodes)
    $variables = @{}
    foreach ($node in $Nodes) {
        $kind = $node.GetType().Name
        if ($script:UsingNodes -notcontains $kind -or ($guarded -and (Test-Within $node $guarded))) {
            continue
        }
        switch ($kind) {
            'TypeExpressionAst' { Get-TypeUse $node $node.TypeName }
            'TypeConstraintAst' { Get-TypeUse $node $node.TypeName }
            'AttributeAst' { Get-AttributeUse $node }
            'MemberExpressionAst' { Get-MemberUse $node }
            'InvokeMemberExpressionAst' { Get-MemberUse $node }
            'CommandAst' { New-Use Command $node.GetCommandName() $node }
            'VariableExpressionAst' {
                # Where it is used first: there are thousands.
                $name = $node.VariablePath.UserPath -replace '^(global|using):'
                if (-not $variables.ContainsKey($name)) {
                    $variables[$name] = $true
                    New-Use Variable $name $node
                }
            }
            'StringConstantExpressionAst' {
                # The name of a type as text, to be cast later.
                if ($node.Value -match '^System\.(\w+\.)*\w+$') { New-Use Type $node.Value $node }
            }
        }
    }
}

function Read-Script {
    # A script's syntax tree, all nodes of it, its tokens (those within texts too), and the errors of PowerShell 7's own parser.
    param([string] $Path)

    $tokens = $errors = $null
    $ast = [Parser]::ParseFile($Path, [ref] $tokens, [ref] $errors)
    @{ Path = $Path; Ast = $ast; Nodes = @($ast.FindAll({ $true }, $true)); Tokens = @(Get-NestedToken $tokens); Errors = $errors }
}

function Get-NestedToken {
    # The tokens, and after each text those of the expressions within.
    param([Token[]] $Tokens)

    foreach ($token in $Tokens) {
        $token
        if ($token -is [StringExpandableToken] -and $token.NestedTokens) {
            Get-NestedToken $token.NestedTokens
        }
    }
}

function Test-Within {
    param([Ast] $Node, [object[]] $Extents)

    foreach ($extent in $Extents) {
        if ($Node.Extent.StartOffset -ge $extent.StartOffset -and $Node.Extent.EndOffset -le $extent.EndOffset) {
            return $true
        }
    }
    $false
}

function New-Use {
    param([string] $Kind, [string] $Name, [Ast] $Ast, [string] $Owner, [Ast[]] $Arguments)

    [pscustomobject] @{ Kind = $Kind; Name = $Name; Owner = $Owner; Arguments = $Arguments; Ast = $Ast }
}

function Get-GuardedRange {
    # The extents that Windows PowerShell parses and never runs.
    param([Ast[]] $Nodes)

    foreach ($node in $Nodes) {
        if ($node -is [BinaryExpressionAst] -and $node.Operator -eq 'And' -and (Test-Guard $node.Left)) {
            $node.Right.Extent
        }
        elseif ($node -is [IfStatementAst]) {
            foreach ($clause in $node.Clauses) {
                if (Test-Guard $clause.Item1) {
                    $clause.Item2.Extent
                }
            }
        }
    }
}

function Test-Guard {
    # Whether a condition holds in PowerShell 7 only: the comparison itself, or -and with it.
    param([Ast] $Condition)

    if ($Condition -is [PipelineAst]) {
        $Condition = $Condition.GetPureExpression()
    }
    if ($Condition -isnot [BinaryExpressionAst]) {
        return $false
    }
    if ($Condition.Operator -eq 'And') {
        return (Test-Guard $Condition.Left) -or (Test-Guard $Condition.Right)
    }
    $Condition.Operator -eq 'Ieq' -and $Condition.Right.Extent.Text -eq "'Core'" -and
        $Condition.Left.Extent.Text -in '$PSVersionTable.PSEdition', "`$PSVersionTable['PSEdition']"
}

function Get-TypeName {
    # The full name of a type that PowerShell 7 knows; else the name as it is written.
    param([ITypeName] $TypeName)

    $type = $TypeName.GetReflectionType()
    if (-not $type) {
        $type = $TypeName.GetReflectionAttributeType()
    }
    if ($type) { $type.FullName } else { $TypeName.Name }
}

function Get-TypeUse {
    # A type and what it is made of.
    param([Ast] $Node, [ITypeName] $TypeName)

    if ($TypeName -is [ArrayTypeName]) {
        return Get-TypeUse $Node $TypeName.ElementType
    }
    if ($TypeName -is [GenericTypeName]) {
        foreach ($argument in $TypeName.GenericArguments) {
            Get-TypeUse $Node $argument
        }
        $definition = $TypeName.GetReflectionType()
        $name = if ($definition) { $definition.GetGenericTypeDefinition().FullName } else { $TypeName.TypeName.Name }
        return New-Use Type $name $Node
    }
    $isLiteral = $Node.Parent -is [ConvertExpressionAst] -and $Node.Parent.Child -is [HashtableAst]
    if ($TypeName.Name -in 'ordered', 'pscustomobject' -and $isLiteral) {
        # No types but marks of a literal.
        return
    }
    $name = Get-TypeName $TypeName
    # PowerShell finds a type of the namespace System without its name.
    if ($TypeName.Name -notmatch '\.' -and $name -ne "System.$($TypeName.Name)") {
        New-Use Accelerator $TypeName.Name $Node
    }
    New-Use Type $name $Node
}

function Get-AttributeUse {
    param([AttributeAst] $Node)

    $name = Get-TypeName $Node.TypeName
    New-Use Type $name $Node
    foreach ($argument in $Node.NamedArguments) {
        New-Use Member $argument.ArgumentName $argument $name
    }
}

function Get-MemberUse {
    param([MemberExpressionAst] $Node)

    $arguments = $null
    if ($Node -is [InvokeMemberExpressionAst]) {
        $arguments = @($Node.Arguments | Where-Object { $_ })
    }
    if ($Node.Member -isnot [StringConstantExpressionAst]) {
        # $row.$name: whatever it is, the value of $name tells.
        return
    }
    $owner = $null
    if ($Node.Static) {
        if ($Node.Expression -isnot [TypeExpressionAst]) {
            # $class::new(): a type of this module's own.
            return
        }
        $type = $Node.Expression.TypeName.GetReflectionType()
        if ($type -and $type.IsGenericType) {
            $type = $type.GetGenericTypeDefinition()
        }
        $owner = if ($type) { $type.FullName } else { $Node.Expression.TypeName.Name }
    }
    $use = New-Use Member $Node.Member.Value $Node $owner
    $use.Arguments = $arguments
    $use
}

function Get-OwnName {
    # What scripts define themselves: functions, variables, keys that can be read as properties.
    param([Ast[]] $Nodes)

    $own = @{ Functions = @{}; Variables = @{}; Properties = @{} }
    foreach ($node in $Nodes) {
        switch ($node.GetType().Name) {
            'FunctionDefinitionAst' { $own.Functions[$node.Name] = $true }
            'ParameterAst' { $own.Variables[$node.Name.VariablePath.UserPath] = $true }
            'ForEachStatementAst' { $own.Variables[$node.Variable.VariablePath.UserPath] = $true }
            'CommandAst' {
                # -WarningVariable warnings
                $elements = $node.CommandElements
                for ($i = 1; $i -lt $elements.Count - 1; $i++) {
                    if ($elements[$i] -is [CommandParameterAst] -and $elements[$i].ParameterName -like '*?Variable') {
                        $own.Variables[$elements[$i + 1].Extent.Text] = $true
                    }
                }
            }
            'HashtableAst' { foreach ($pair in $node.KeyValuePairs) { $own.Properties[$pair.Item1.Extent.Text] = $true } }
            'AssignmentStatementAst' {
                foreach ($target in Get-AssignedVariable $node.Left) {
                    $own.Variables[$target.VariablePath.UserPath] = $true
                }
            }
        }
    }
    $own
}

function Get-AssignedVariable {
    # Not what has an element or a property assigned: that must be there. Nor $null, which nobody makes.
    param([Ast] $Left)

    if ($Left -is [ConvertExpressionAst]) {
        $Left = $Left.Child
    }
    $targets = if ($Left -is [ArrayLiteralAst]) { $Left.Elements } else { $Left }
    $targets | Where-Object { $_ -is [VariableExpressionAst] -and $_.VariablePath.UserPath -ne 'null' }
}

function Get-SplattedName {
    # The names of parameters in the hashtable that was assigned to a splatted variable in the same function, or put into it there.
    param([VariableExpressionAst] $Variable)

    $name = $Variable.VariablePath.UserPath
    $scope = $Variable
    while ($scope.Parent -and $scope -isnot [FunctionDefinitionAst]) {
        $scope = $scope.Parent
    }
    $assignments = $scope.FindAll({ param($node) $node -is [AssignmentStatementAst] }, $true)
    $isKnown = $false
    foreach ($assignment in $assignments) {
        $left, $right = $assignment.Left, $assignment.Right
        if ($left.Extent.Text -eq "`$$name" -and $right -is [CommandExpressionAst] -and $right.Expression -is [HashtableAst]) {
            $isKnown = $true
            $right.Expression.KeyValuePairs | ForEach-Object { $_.Item1.Extent.Text }
        }
        elseif ($left -is [IndexExpressionAst] -and $left.Target.Extent.Text -eq "`$$name") {
            $left.Index.Extent.Text.Trim("'")
        }
        elseif ($left -is [MemberExpressionAst] -and $left.Expression.Extent.Text -eq "`$$name") {
            $left.Member.Extent.Text
        }
    }
    if (-not $isKnown) {
        "@$name (from nowhere)"
    }
}
