# How a session becomes what the pipeline parameter of Connect-CIServer takes: the class of sessions implements IConvertible, which
# PowerShell asks where no other conversion fits. Nothing has to be registered for that, so it works in each runspace, imported into
# or not, and whether session or PowerCLI came first.

function Add-Conversion {
    # Texts are converted to by the field SessionId, interfaces with a method GetVCDSession by a script, other types not at all.
    param($Class, $TextField)

    $Class.AddInterfaceImplementation([System.IConvertible])
    foreach ($method in [System.IConvertible].GetMethods()) {
        Add-ConversionMethod $Class $method $TextField
    }
}

function Add-ConversionMethod {
    # Not in the loop: PowerShell compiles what it finds in a loop that takes 16 turns.
    param($Class, $Method, $TextField)

    $name = $Method.Name
    $parameters = switch ($name) {
        'GetTypeCode' { @() }
        'ToType' { [type], [System.IFormatProvider] }
        default { [System.IFormatProvider] }
    }
    # Private, as explicit implementations are: the class itself has no such methods.
    $conversion = $Class.DefineMethod($name, $script:MethodIsExplicit, $Method.ReturnType, [type[]] @($parameters))
    $Class.DefineMethodOverride($conversion, $Method)
    $body = $conversion.GetILGenerator()
    if ($name -eq 'ToType') {
        return Add-InterfaceConversion $Class $body
    }
    if ($name -eq 'ToString') {
        $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
        $body.Emit([System.Reflection.Emit.OpCodes]::Ldfld, $TextField)
    }
    elseif ($name -eq 'GetTypeCode') {
        # TypeCode.Object
        $body.Emit([System.Reflection.Emit.OpCodes]::Ldc_I4_1)
    }
    else {
        return Add-InvalidCast $body
    }
    $body.Emit([System.Reflection.Emit.OpCodes]::Ret)
}

function Add-InvalidCast {
    # throw new InvalidCastException();
    param($Body)

    $Body.Emit([System.Reflection.Emit.OpCodes]::Newobj, [System.InvalidCastException].GetConstructor([type[]] @()))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Throw)
}

function Add-InterfaceConversion {
    # if (!target.IsInterface || target.GetMethod("GetVCDSession") == null) throw new InvalidCastException();
    # return PSObject.AsPSObject(Conversion.GetScriptBlock().InvokeReturnAsIs(this, target, module)).BaseObject;
    param($Class, $Body)

    # Of the syntax and not of a script block, which would run in its own runspace only.
    $ast = [System.Management.Automation.Language.ScriptBlockAst]
    $conversion = $Class.DefineField('Conversion', $ast, $script:FieldIsPrivate)
    $no = $Body.DefineLabel()
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_1)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, [type].GetMethod('get_IsInterface'))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Brfalse, $no)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_1)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ldstr, 'GetVCDSession')
    $Body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, [type].GetMethod('GetMethod', [type[]] @([string])))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Brfalse, $no)

    $Body.Emit([System.Reflection.Emit.OpCodes]::Ldsfld, $conversion)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, $ast.GetMethod('GetScriptBlock'))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ldc_I4_3)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Newarr, [object])
    Add-ArrayItem $Body ([System.Reflection.Emit.OpCodes]::Ldc_I4_0) ([System.Reflection.Emit.OpCodes]::Ldarg_0)
    Add-ArrayItem $Body ([System.Reflection.Emit.OpCodes]::Ldc_I4_1) ([System.Reflection.Emit.OpCodes]::Ldarg_1)
    Add-ArrayItem $Body ([System.Reflection.Emit.OpCodes]::Ldc_I4_2) ([System.Reflection.Emit.OpCodes]::Ldstr) $script:Emitted['Manifest']
    $Body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, [scriptblock].GetMethod('InvokeReturnAsIs'))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Call, [psobject].GetMethod('AsPSObject', [type[]] @([object])))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, [psobject].GetMethod('get_BaseObject'))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ret)
    $Body.MarkLabel($no)
    Add-InvalidCast $Body
}

function Add-ArrayItem {
    # Puts into the array on top of the stack what one instruction loads, at the place that another one loads.
    param($Body, $Place, $Load, $Operand)

    $Body.Emit([System.Reflection.Emit.OpCodes]::Dup)
    $Body.Emit($Place)
    if ($Operand) {
        $Body.Emit($Load, $Operand)
    }
    else {
        $Body.Emit($Load)
    }
    $Body.Emit([System.Reflection.Emit.OpCodes]::Stelem_Ref)
}

function Set-SessionConversion {
    # Gives the finished class its script.
    param($Class)

    $field = $Class.GetField('Conversion', [System.Reflection.BindingFlags] 'NonPublic, Static')
    $field.SetValue($null, $script:SessionConversion.Ast)
}

# Runs in whichever runspace converts, which need not have the module yet.
$script:SessionConversion = {
    param($Session, $Interface, $Manifest)

    & (Import-Module $Manifest -Global -PassThru -Verbose:$false) { ConvertTo-RelatedObject @args } $Session $Interface
}
