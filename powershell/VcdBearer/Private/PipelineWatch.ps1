# A command that is in the middle of a pipeline is not told when the pipeline is stopped while another command runs: Windows
# PowerShell has no `clean` block. The runspace is told, so its event closes what the command left open. The handlers are made of
# expressions, since a script block could not run at that moment.

function Add-PipelineWatch {
    # Closes a native client when the current pipeline of this runspace has ended, however that came about.
    param([object] $Client)

    $sender = [System.Linq.Expressions.Expression]::Parameter([object], 'sender')
    $event = [System.Linq.Expressions.Expression]::Parameter(
        [System.Management.Automation.Runspaces.RunspaceAvailabilityEventArgs], 'event')
    $availability = [System.Linq.Expressions.Expression]::Convert(
        [System.Linq.Expressions.Expression]::Property($event, 'RunspaceAvailability'), [int])
    # None and Available: nothing is running.
    $idle = [System.Linq.Expressions.Expression]::LessThanOrEqual(
        $availability, [System.Linq.Expressions.Expression]::Constant(1))
    $close = [System.Linq.Expressions.Expression]::Call(
        $script:Emitted.Native.GetMethod('vcd_client_close'), [System.Linq.Expressions.Expression]::Constant([long] $Client))
    $handler = [System.Linq.Expressions.Expression]::Lambda(
        [System.EventHandler[System.Management.Automation.Runspaces.RunspaceAvailabilityEventArgs]],
        [System.Linq.Expressions.Expression]::IfThen($idle, $close),
        [System.Linq.Expressions.ParameterExpression[]] ($sender, $event)).Compile()
    $runspace = [System.Management.Automation.Runspaces.Runspace]::DefaultRunspace
    $runspace.add_AvailabilityChanged($handler)
    @{ Runspace = $runspace; Handler = $handler }
}

function Remove-PipelineWatch {
    param([hashtable] $Watch)

    $Watch.Runspace.remove_AvailabilityChanged($Watch.Handler)
}
