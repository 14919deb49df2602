# What PowerShell 7's parser accepts and that of Windows PowerShell 5.1 refuses, or reads as something else. A guard does not
# help here: a file is parsed as a whole.

using namespace System.Management.Automation.Language

# Operators by kind of token.
$script:NewOperators = 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket'

# 5.1: decimal or hexadecimal, d or l, and a multiplier.
$script:OldNumber = '^[-+]?(0x[0-9a-f]+l?|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?[dl]?)([kmgtp]b)?$'

function Find-NewSyntax {
    # Objects with Extent and Text.
    param([ScriptBlockAst] $Script, [Ast[]] $Nodes, [Token[]] $Tokens)

    Find-NewToken $Tokens
    foreach ($node in $Nodes) {
        $text = switch ($node.GetType().Name) {
            'TernaryExpressionAst' { 'the conditional operator ? :' }
            'PipelineChainAst' { if ($node.Operator -eq 'AndAnd') { 'the operator &&' } else { 'the operator ||' } }
            'PipelineAst' { if ($node.Background) { 'a background job by &' } }
            'ScriptBlockAst' { if ($node.CleanBlock) { 'a clean block' } }
            'UsingStatementAst' { 'a using statement: the one script that ships has no place for it' }
            'TypeDefinitionAst' { if ($node.IsEnum -and $node.BaseTypes.Count) { 'an enumeration with a type' } }
            'InvokeMemberExpressionAst' { if ($node.GenericTypeArguments) { 'type arguments of a method' } }
            'BinaryExpressionAst' {
                if ($node.Operator -in 'Ireplace', 'Creplace' -and (Test-ScriptBlockReplacement $node.Right)) {
                    '-replace with a script block'
                }
            }
        }
        if ($text) {
            [pscustomobject] @{ Extent = $node.Extent; Text = $text }
        }
    }
    Find-NewRequirement $Script
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
