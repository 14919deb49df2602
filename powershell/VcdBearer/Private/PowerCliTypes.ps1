# The types through which a session gets into the pipeline parameter of the stock Connect-CIServer, -PIDatacenter. That takes
# objects of an interface of PowerCLI with a method GetVCDSession, which hands out server and session id. The interface is taken
# from the parameter as the binder names it, whatever its name, version or assembly.

function Get-SessionConverterClass {
    # VcdBearer.SessionConverter: converts a session to such an interface by calling the delegate that the current runspace has
    # entered in its table. Emitted once per process and copy of the module.
    Use-TypeLock {
        if (-not $script:Emitted['Converter']) {
            $class = New-SessionConverterClass $script:Emitted.Builder
            # A delegate made of a script block can run in its own runspace only.
            $class.GetField('Converters').SetValue($null, [hashtable]::Synchronized(@{}))
            $script:Emitted['Converter'] = $class
        }
        $script:Emitted['Converter']
    }
}

function Get-RelatedObjectClass {
    # The class that implements one interface of PowerCLI. Emitted once per interface.
    param([type] $Interface)

    Use-TypeLock {
        $name = $Interface.AssemblyQualifiedName
        if (-not $script:Emitted[$name]) {
            $script:Emitted[$name] = New-RelatedObjectClass $script:Emitted.Builder $Interface
        }
        $script:Emitted[$name]
    }
}

function New-SessionConverterClass {
    param([object] $Builder)

    $base = [System.Management.Automation.PSTypeConverter]
    $class = $Builder.DefineType('VcdBearer.SessionConverter', $script:TypeIsSealed, $base)
    $converters = $class.DefineField('Converters', [hashtable], $script:FieldIsStatic)
    $null = $class.DefineDefaultConstructor('Public')
    $types = @{ Type = [object], [type]; Format = [object], [type], [System.IFormatProvider], [bool] }

    # bool CanConvertFrom(...) { return false; }   object ConvertFrom(...) { throw new NotSupportedException(); }
    $body = Add-Override $class CanConvertFrom ([bool]) $types.Type
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldc_I4_0)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ret)
    Add-NotSupported (Add-Override $class ConvertFrom ([object]) $types.Format)

    # bool CanConvertTo(object source, Type target) { return target.IsInterface && target.GetMethod("GetVCDSession") != null; }
    $body = Add-Override $class CanConvertTo ([bool]) $types.Type
    $no = $body.DefineLabel()
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_2)
    $body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, [type].GetProperty('IsInterface').GetGetMethod())
    $body.Emit([System.Reflection.Emit.OpCodes]::Brfalse, $no)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_2)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldstr, 'GetVCDSession')
    $body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, [type].GetMethod('GetMethod', [type[]] @([string])))
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldnull)
    $body.Emit([System.Reflection.Emit.OpCodes]::Cgt_Un)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ret)
    $body.MarkLabel($no)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldc_I4_0)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ret)

    Add-ConvertTo (Add-Override $class ConvertTo ([object]) $types.Format) $converters
    $class.CreateType()
}

function Add-ConvertTo {
    # object ConvertTo(object source, Type target, ...) {
    #     return ((Func<object, Type, object>) Converters[Runspace.DefaultRunspace.InstanceId]).Invoke(source, target); }
    param([object] $Body, [object] $Converters)

    $delegate = [System.Func[object, type, object]]
    $runspace = [System.Management.Automation.Runspaces.Runspace]
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ldsfld, $Converters)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Call, $runspace.GetProperty('DefaultRunspace').GetGetMethod())
    $Body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, $runspace.GetProperty('InstanceId').GetGetMethod())
    $Body.Emit([System.Reflection.Emit.OpCodes]::Box, [guid])
    $Body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, [hashtable].GetMethod('get_Item', [type[]] @([object])))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Castclass, $delegate)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_1)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_2)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, $delegate.GetMethod('Invoke'))
    $Body.Emit([System.Reflection.Emit.OpCodes]::Ret)
}

function New-RelatedObjectClass {
    # Fields: NameText; State, and Resolve, a Func that makes of it what GetVCDSession returns.
    param([object] $Builder, [type] $Interface)

    $result = $Interface.GetMethod('GetVCDSession').ReturnType
    $resolve = [System.Func`2].MakeGenericType([object], $result)
    $class = $Builder.DefineType("VcdBearer.RelatedObject$($script:Emitted.Count)", $script:TypeIsSealed)
    $nameText = $class.DefineField('NameText', [string], $script:FieldIsPublic)
    $state = $class.DefineField('State', [object], $script:FieldIsPublic)
    $resolver = $class.DefineField('Resolve', $resolve, $script:FieldIsPublic)
    foreach ($part in @($Interface) + $Interface.GetInterfaces()) {
        $class.AddInterfaceImplementation($part)
        foreach ($method in $part.GetMethods()) {
            $parameters = [type[]] @($method.GetParameters() | ForEach-Object { $_.ParameterType })
            $body = Add-Override $class $method.Name $method.ReturnType $parameters
            if ($method.Name -eq 'GetVCDSession') {
                $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
                $body.Emit([System.Reflection.Emit.OpCodes]::Ldfld, $resolver)
                $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
                $body.Emit([System.Reflection.Emit.OpCodes]::Ldfld, $state)
                $body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, $resolve.GetMethod('Invoke'))
                $body.Emit([System.Reflection.Emit.OpCodes]::Ret)
            }
            elseif ($method.ReturnType -eq [string] -and -not $parameters) {
                $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
                $body.Emit([System.Reflection.Emit.OpCodes]::Ldfld, $nameText)
                $body.Emit([System.Reflection.Emit.OpCodes]::Ret)
            }
            else {
                # Nothing that is known of asks for more.
                Add-NotSupported $body
            }
        }
    }
    $class.CreateType()
}

function Add-Override {
    # A method that overrides or implements one of the same name; returns the generator of its body.
    param([object] $Class, [string] $Name, [type] $Result, [type[]] $Parameters)

    $Class.DefineMethod($Name, $script:MethodIsOverride, $Result, $Parameters).GetILGenerator()
}

function Add-NotSupported {
    # { throw new NotSupportedException(); }
    param([object] $Body)

    $constructor = [System.NotSupportedException].GetConstructor([type[]] @())
    $Body.Emit([System.Reflection.Emit.OpCodes]::Newobj, $constructor)
    $Body.Emit([System.Reflection.Emit.OpCodes]::Throw)
}
