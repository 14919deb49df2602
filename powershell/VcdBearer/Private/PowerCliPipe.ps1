# Get-VcdBearer ... | Connect-CIServer: a session becomes what -PIDatacenter takes at the moment when the binder wants it, in
# whichever order session and PowerCLI came to be.

function ConvertTo-RelatedObject {
    # The object of PowerCLI's interface that stands for a session.
    param([object] $Session, [type] $Interface)

    # The first that this runspace needs of the module, where it has not made the session.
    $failure = Initialize-NativeLibrary
    if ($failure) {
        throw $failure.Exception
    }
    $class = Get-RelatedObjectClass $Interface
    $object = $class::new()
    $object.NameText = $Session.Server
    $object.State = @{ Session = $Session; Details = $Interface.GetMethod('GetVCDSession').ReturnType }
    $resolve = $class.GetField('Resolve')
    $resolve.SetValue($object, [System.Management.Automation.LanguagePrimitives]::ConvertTo(
            $script:ResolvePipedSession, $resolve.FieldType))
    , $object
}

# What GetVCDSession does: called by Connect-CIServer, within its pipeline. An exception is what the user gets to see.
$script:ResolvePipedSession = {
    param($State)

    $ErrorActionPreference = 'Stop'
    $connection = Get-PipedConnection $State.Session
    if ($connection -is [System.Management.Automation.ErrorRecord]) {
        throw $connection.Exception
    }
    $State.Details::new($connection.Server, $connection.SessionId)
}

function Get-PipedConnection {
    # Server and session id for Connect-CIServer, with the way free for them; or an ErrorRecord. Whether Connect-CIServer was called
    # with -WhatIf cannot be known here.
    [CmdletBinding()]
    param([object] $Session)

    if ($Session.Port -ne 443) {
        return New-OptionFailureRecord (
            "Connect-CIServer takes sessions from the pipeline for port 443 only, and this one is at port $($Session.Port).") (
            'Use Connect-VcdServer in its place: ... | Connect-VcdServer.')
    }
    $request = New-ConnectionRequest $PSCmdlet $Session (Get-SessionIdKind) @{}
    if ($request -is [System.Management.Automation.ErrorRecord]) {
        return $request
    }
    if (Remove-StaleConnection $PSCmdlet $request $false) {
        $PSCmdlet.WriteWarning("PowerCLI is connected to $($request.Server) as the same user already, and hands out that " +
            'connection in place of the new session. Connect-VcdServer -Force replaces it.')
    }
    $null = Add-PowerCliSession $request $false
    $request
}
