# The types through which a session gets into the pipeline parameter of the stock Connect-CIServer, -PIDatacenter. That takes
# objects of an interface of PowerCLI with a method GetVCDSession, which hands out server and session id. The interface is taken
# from the parameter as the binder names it, whatever its name, version or assembly.

function Get-RelatedObjectClass {
    # The class that implements one interface of PowerCLI. Emitted once per interface.
    param([type] $Interface)

    Use-TypeLock {
        $name = $Interface.AssemblyQualifiedName
        if (-not $script:Emitted[$name]) {
            $script:Emitted[$name] = New-RelatedObjectClass (New-TypeContainer) $Interface
        }
        $script:Emitted[$name]
    }
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
