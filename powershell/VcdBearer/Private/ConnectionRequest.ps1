# What it takes to connect PowerCLI with a session.

function New-ConnectionRequest {
    # Server, Port, Org, User, SessionId, and Session as Resolve-Session gives it; or an ErrorRecord.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [object] $Session,
        # 'Bearer' or 'Legacy'.
        [string] $Kind,
        [hashtable] $Given
    )

    $resolved = Resolve-Session $Session $Given $true
    if ($resolved -is [System.Management.Automation.ErrorRecord]) {
        return $resolved
    }
    $id = $Session.Authorization
    if ($Kind -eq 'Legacy') {
        $id = Get-LegacyId $Cmdlet $resolved $Given
        if ($id -is [System.Management.Automation.ErrorRecord]) {
            return $id
        }
    }
    @{
        Server    = $Session.Server
        Port      = $Session.Port
        Org       = $Session.Org
        User      = $Session.User
        SessionId = $id
        Session   = $resolved
    }
}

function Get-LegacyId {
    # The session id of the older kind, for PowerCLI up to 13.0; or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given)

    $result = Invoke-SessionRequest $Cmdlet vcd_check $Session $Given @{ legacy_id = 'true' } {
        param($Request)
        Receive-Secret $Request $script:SecretLegacyId $false
    }
    if ($result -is [hashtable]) {
        return $result['received']
    }
    $result
}
