# A command that is in the middle of a pipeline is not told when the pipeline fails or is stopped while another command runs:
# Windows PowerShell has no `clean` block. But PowerShell disposes its commands however a pipeline ended, and with a command the
# adapter that is bound to it (CmdletAdapter is what commands made from CDXML are built on). So a class that closes a native
# client when it is disposed is emitted: no script block could run at that moment.

# The watches over what pipelines of this runspace have open. A watch that is disposed leaves by itself.
$script:PipelineWatches = @{}

function Add-PipelineWatch {
    # Closes a native client when the command's pipeline has ended, however that came about.
    param($Client, $Cmdlet)

    $class = Get-PipelineWatchClass
    $watch = $class::new()
    $class.GetField('Client').SetValue($watch, [long] $Client)
    $class.GetField('Watches').SetValue($watch, $script:PipelineWatches)
    $script:PipelineWatches[$watch] = $true
    $nothing = [System.Collections.Generic.Dictionary[string, string]]::new()
    $watch.Initialize($Cmdlet, 'VcdBearer', '', [version] '1.0', $nothing)
}

function Get-PipelineWatchClass {
    if (-not $script:Emitted['PipelineWatch']) {
        Use-TypeLock {
            if (-not $script:Emitted['PipelineWatch']) {
                $script:Emitted['PipelineWatch'] = New-PipelineWatchClass (New-TypeContainer)
            }
        }
    }
    $script:Emitted['PipelineWatch']
}

function New-PipelineWatchClass {
    # class PipelineWatch : CmdletAdapter<object>, IDisposable
    # {
    #     public long Client;
    #     public IDictionary Watches;
    #     public void Dispose() { Watches.Remove(this); vcd_client_close(Client); }
    # }
    param($Builder)

    $adapter = [Microsoft.PowerShell.Cmdletization.CmdletAdapter[object]]
    $class = $Builder.DefineType('VcdBearer.PipelineWatch', $script:TypeIsSealed, $adapter, [type[]] @([System.IDisposable]))
    $client = $class.DefineField('Client', [long], $script:FieldIsPublic)
    $watches = $class.DefineField('Watches', [System.Collections.IDictionary], $script:FieldIsPublic)
    $method = $class.DefineMethod('Dispose', $script:MethodIsOverride, [void], $null)
    $body = $method.GetILGenerator()
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldfld, $watches)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
    $body.Emit([System.Reflection.Emit.OpCodes]::Callvirt, [System.Collections.IDictionary].GetMethod('Remove'))
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldfld, $client)
    $body.Emit([System.Reflection.Emit.OpCodes]::Call, $script:Emitted['Native'].GetMethod('vcd_client_close'))
    $body.Emit([System.Reflection.Emit.OpCodes]::Pop)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ret)
    $class.CreateType()
}

# Remove-Module: sessions that were never delivered are ended, the others are their owners' affair. A restricted language mode
# forbids to set this, and no client is ever open there: the one error about it is that of the command that is called.
if ($ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage') {
    $ExecutionContext.SessionState.Module.OnRemove = {
        foreach ($watch in @($script:PipelineWatches.Keys)) {
            $watch.Dispose()
        }
    }
}
