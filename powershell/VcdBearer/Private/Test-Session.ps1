function Test-Session {
    # Whether Cloud Director accepts a session from Resolve-Session; or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    $result = Invoke-SessionRequest $Cmdlet vcd_check $Session $Given
    if ($result -is [hashtable]) {
        $Cmdlet.WriteVerbose('Cloud Director accepts the session.')
        return $true
    }
    if ($result.FullyQualifiedErrorId -eq 'Vcd.SessionExpired') {
        $Cmdlet.WriteVerbose('Cloud Director does not know the session any more.')
        return $false
    }
    $result
}
