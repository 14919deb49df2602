function Get-SessionDetail {
    # What Cloud Director says about a session from Resolve-Session; or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    $result = Invoke-SessionRequest $Cmdlet vcd_check $Session $Given
    if ($result -is [System.Management.Automation.ErrorRecord]) {
        return $result
    }
    $minutes = $null
    if ($result.ContainsKey('idle_timeout_minutes')) {
        $minutes = [int] $result.idle_timeout_minutes
    }
    [pscustomobject] @{
        PSTypeName         = 'VcdBearer.SessionDetail'
        Server             = $result.server
        Port               = [int] $result.port
        Org                = $result['org']
        User               = $result['user']
        Roles              = [string[]] @($result['role'] | Where-Object { $_ })
        IdleTimeoutMinutes = $minutes
        ExpiresAt          = $Session.ExpiresAt
    }
}
