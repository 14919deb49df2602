# The end of the process on Windows. Elsewhere the library itself waits when a process exits, for the answer to a token that was
# sent: it may carry the only one that still works. Windows ends all threads before it tells a library, so .NET has to.

function Register-ProcessExit {
    # class ProcessExit { public static void Wait(object sender, EventArgs e) { vcd_finish(10000); } }
    param($NativeType)

    $class = (New-TypeContainer).DefineType('VcdBearer.ProcessExit', $script:TypeIsStatic)
    $method = $class.DefineMethod('Wait', $script:MethodIsStatic, [void], [type[]] @([object], [System.EventArgs]))
    $body = $method.GetILGenerator()
    # As long as the library waits for an answer beyond the time limit of its caller. (.NET Framework cuts it to two seconds or so.)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldc_I4, 10000)
    $body.Emit([System.Reflection.Emit.OpCodes]::Call, $NativeType.GetMethod('vcd_finish'))
    $body.Emit([System.Reflection.Emit.OpCodes]::Pop)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ret)
    $wait = [System.Delegate]::CreateDelegate([System.EventHandler], $class.CreateType().GetMethod('Wait'))
    [System.AppDomain]::CurrentDomain.add_ProcessExit($wait)
}
