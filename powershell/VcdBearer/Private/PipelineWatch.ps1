# A command that is in the middle of a pipeline is not told when the pipeline fails or is stopped while another command runs:
# Windows PowerShell has no `clean` block. The runspace is told that it has become free, so its event closes what the command
# left open. The handlers are made of expressions, since a script block could not run at that moment.

function Add-PipelineWatch {
    # Closes a native client when the command's pipeline has ended, however that came about.
    param([object] $Client, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $sender = [System.Linq.Expressions.Expression]::Parameter([object], 'sender')
    $event = [System.Linq.Expressions.Expression]::Parameter(
        [System.Management.Automation.Runspaces.RunspaceAvailabilityEventArgs], 'event')
    # A runspace also calls itself free when a pipeline within the pipeline has ended. PowerShell takes the runtime away from a
    # command that is over.
    $isOver = [System.Linq.Expressions.Expression]::Equal(
        [System.Linq.Expressions.Expression]::Property(
            [System.Linq.Expressions.Expression]::Constant($Cmdlet), 'CommandRuntime'),
        [System.Linq.Expressions.Expression]::Constant($null))
    $close = [System.Linq.Expressions.Expression]::Call(
        $script:Emitted.Native.GetMethod('vcd_client_close'), [System.Linq.Expressions.Expression]::Constant([long] $Client))
    $handler = [System.Linq.Expressions.Expression]::Lambda(
        [System.EventHandler[System.Management.Automation.Runspaces.RunspaceAvailabilityEventArgs]],
        [System.Linq.Expressions.Expression]::IfThen($isOver, $close),
        [System.Linq.Expressions.ParameterExpression[]] ($sender, $event)).Compile()
    $runspace = [System.Management.Automation.Runspaces.Runspace]::DefaultRunspace
    $runspace.add_AvailabilityChanged($handler)
    @{ Runspace = $runspace; Handler = $handler; Cmdlet = $Cmdlet }
}

function Remove-PipelineWatch {
    param([hashtable] $Watch)

    $Watch.Runspace.remove_AvailabilityChanged($Watch.Handler)
}
