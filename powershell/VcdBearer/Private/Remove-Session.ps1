function Remove-Session {
    # Releases a session from Resolve-Session, which ends it with its last holder; returns nothing, or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    $request = @{}
    if ($Given['Force']) {
        $request.force = 'true'
    }
    $result = Invoke-SessionRequest $Cmdlet vcd_end $Session $Given $request
    if ($result -is [System.Management.Automation.ErrorRecord]) {
        return $result
    }
    if ($result['ended'] -eq 'true') {
        $Cmdlet.WriteVerbose('The session has ended.')
    }
    elseif ([int] $result['held_by_others']) {
        $Cmdlet.WriteVerbose("The session stays open for $($result.held_by_others) more that hold it. (-Force ends it.)")
    }
    else {
        $Cmdlet.WriteVerbose('It was removed before; nothing was sent.')
    }
}
