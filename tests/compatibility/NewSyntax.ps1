# What PowerShell 7's parser accepts and that of Windows PowerShell 5.1 refuses, or reads as something else. A guard does not
# help here: a file is parsed as a whole.

using namespace System.Management.Automation.Language

# Operators by kind of token.
$script:NewOperators = 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket'

# What 5.1 does not take for the name of a method.
$script:Keywords = foreach ($field in [TokenKind].GetFields('Static, Public')) {
    if ([TokenTraits]::HasTrait($field.GetValue($null), 'Keyword')) { $field.Name }
}

# 5.1: decimal or hexadecimal, d or l, and a multiplier.
$script:OldNumber = '^[-+]?(0x[0-9a-f]+l?|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?[dl]?)([kmgtp]b)?$'

function Find-NewSyntax {
    # Objects with Extent and Text.
    param([ScriptBlockAst] $Script, [Ast[]] $Nodes, [Token[]] $Tokens)

    Find-NewToken $Tokens
    foreach ($node in $Nodes) {
        $text = switch ($node.GetType().Name) {
            { $_ -in 'TypeExpressionAst', 'TypeConstraintAst', 'AttributeAst' } {
                if (Test-ArrayArgument $node.TypeName) { 'an array among the type arguments of a type' }
            }
            'TernaryExpressionAst' { 'the conditional operator ? :' }
            'PipelineChainAst' { if ($node.Operator -eq 'AndAnd') { 'the operator &&' } else { 'the operator ||' } }
            'PipelineAst' { if ($node.Background) { 'a background job by &' } }
            'ScriptBlockAst' { if ($node.CleanBlock) { 'a clean block' } }
            'UsingStatementAst' { 'a using statement: the one script that ships has no place for it' }
            'TypeDefinitionAst' { if ($node.IsEnum -and $node.BaseTypes.Count) { 'an enumeration with a type' } }
            'FunctionMemberAst' { if ($script:Keywords -contains $node.Name) { "a method with the name $($node.Name)" } }
            'InvokeMemberExpressionAst' { if ($node.GenericTypeArguments) { 'type arguments of a method' } }
            'IndexExpressionAst' { if (Test-BareIndexList $node) { 'several indexes where a comma separates arguments' } }
            'IfStatementAst' { if (Test-LostLine $node $Tokens) { 'an if without else before another line of a table' } }
            'BreakStatementAst' { if (Test-FinallySwitch $node) { 'break in a switch of a finally block' } }
            'ContinueStatementAst' { if (Test-FinallySwitch $node) { 'continue in a switch of a finally block' } }
            'CommandAst' { if (Test-JoinedWord $node) { 'a word of a variable and what follows its =' } }
            'BinaryExpressionAst' {
                if ($node.Operator -in 'Ireplace', 'Creplace' -and (Test-ScriptBlockReplacement $node.Right)) {
                    '-replace with a script block'
                }
                elseif ($node.Operator -eq 'DotDot' -and (Test-CharacterRange $node)) {
                    'a range of characters'
                }
            }
        }
        if ($text) {
            [pscustomobject] @{ Extent = $node.Extent; Text = $text }
        }
    }
    Find-NewRequirement $Script
}

function Test-LostLine {
    # Whether 5.1 takes the line after an if for a part of it: it looks for an else beyond the line's end, and does not come back. Only
    # between the entries of a table does the end of a line mean anything there.
    param([IfStatementAst] $Node, [Token[]] $Tokens)

    $value = $Node
    while ($value.Parent -is [AssignmentStatementAst]) {
        $value = $value.Parent
    }
    if ($Node.ElseClause -or $value.Parent -isnot [HashtableAst] -or $value.Parent.KeyValuePairs[-1].Item2 -eq $value) {
        return $false
    }
    foreach ($token in $Tokens) {
        if ($token.Extent.StartOffset -ge $Node.Extent.EndOffset -and $token.Kind -notin 'NewLine', 'Comment') {
            return $token.Kind -ne 'Semi'
        }
    }
}

function Test-BareIndexList {
    # $a[1, 2] as an argument of a method or an attribute, or as the default of a parameter.
    param([IndexExpressionAst] $Node)

    if ($Node.Index -isnot [ArrayLiteralAst]) {
        return $false
    }
    for ($inner = $Node; $inner.Parent; $inner = $inner.Parent) {
        switch ($inner.Parent.GetType().Name) {
            # Brackets around it help.
            { $_ -in 'ParenExpressionAst', 'SubExpressionAst', 'ArrayExpressionAst', 'ScriptBlockAst' } { return $false }
            'InvokeMemberExpressionAst' {
                if ($inner.Parent.Arguments -contains $inner) { return $true }
            }
            { $_ -in 'AttributeAst', 'NamedAttributeArgumentAst', 'ParameterAst' } { return $true }
        }
    }
    $false
}

function Test-FinallySwitch {
    # Whether break or continue leaves a switch, and no loop, in a finally block: 5.1 takes it for leaving that block.
    param([StatementAst] $Node)

    for ($inner = $Node; $inner.Parent -and $inner -isnot [LoopStatementAst] -and $inner -isnot [ScriptBlockAst]; $inner = $inner.Parent) {
        if ($inner.Parent -is [TryStatementAst] -and $inner.Parent.Finally -eq $inner) {
            return $true
        }
    }
    $false
}

function Test-JoinedWord {
    # Whether a command has $a=b among its arguments: one word for 5.1, two for 7.
    param([CommandAst] $Node)

    for ($i = 1; $i -lt $Node.CommandElements.Count; $i++) {
        $before, $element = $Node.CommandElements[$i - 1], $Node.CommandElements[$i]
        if ($before -is [VariableExpressionAst] -and $before.Extent.EndOffset -eq $element.Extent.StartOffset -and
            $element.Extent.Text[0] -eq '=') {
            return $true
        }
    }
    $false
}

function Test-CharacterRange {
    # 'a'..'f', which 5.1 reads as numbers.
    param([BinaryExpressionAst] $Node)

    foreach ($side in $Node.Left, $Node.Right) {
        if ($side.StaticType -eq [char] -or ($side -is [StringConstantExpressionAst] -and $side.Value -notmatch '^\d+$')) {
            return $true
        }
    }
    $false
}

function Test-ArrayArgument {
    # [Dictionary[string[], int]]: what follows the array's comma is an assembly's name to 5.1. [Dictionary[[string[]], [int]]] is not.
    param([ITypeName] $TypeName)

    if ($TypeName -is [ArrayTypeName]) {
        return Test-ArrayArgument $TypeName.ElementType
    }
    if ($TypeName -isnot [GenericTypeName]) {
        return $false
    }
    foreach ($argument in $TypeName.GenericArguments) {
        $rest = $TypeName.Extent.Text.Substring($argument.Extent.EndOffset - $TypeName.Extent.StartOffset)
        if (($argument -is [ArrayTypeName] -and $rest -match '^\s*,') -or (Test-ArrayArgument $argument)) {
            return $true
        }
    }
    $false
}

function Test-ScriptBlockReplacement {
    param([Ast] $Right)

    $Right -is [ScriptBlockExpressionAst] -or
        $Right -is [ArrayLiteralAst] -and ($Right.Elements | Where-Object { $_ -is [ScriptBlockExpressionAst] })
}

function Find-NewToken {
    param([Token[]] $Tokens)

    $startsLine = $false
    foreach ($token in $Tokens) {
        $text = $null
        if ($token.Kind -in $script:NewOperators) {
            $text = "the operator $($token.Text)"
        }
        elseif ($token.Kind -eq 'Pipe' -and $startsLine) {
            $text = 'a line that begins with |'
        }
        elseif ($token.Kind -eq 'Number' -and $token.Text -notmatch $script:OldNumber) {
            $text = "the number $($token.Text)"
        }
        elseif ($token.Kind -in 'StringExpandable', 'HereStringExpandable', 'Generic', 'Identifier' -and
            $token.Text -match '(?<!`)(``)*`(u\{|e)') {
            $text = 'the escape `e or `u{}'
        }
        if ($text) {
            [pscustomobject] @{ Extent = $token.Extent; Text = $text }
        }
        if ($token.Kind -ne 'Comment') {
            $startsLine = $token.Kind -eq 'NewLine'
        }
    }
}

function Find-NewRequirement {
    param([ScriptBlockAst] $Script)

    $requirements = $Script.ScriptRequirements
    if ($requirements -and ($requirements.RequiredPSVersion -gt [version] '5.1' -or
            ($requirements.RequiredPSEditions -and $requirements.RequiredPSEditions -notcontains 'Desktop'))) {
        [pscustomobject] @{ Extent = $Script.Extent; Text = 'a #Requires that Windows PowerShell does not meet' }
    }
}
