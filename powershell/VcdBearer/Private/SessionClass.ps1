# The properties of a session, one per line: name = type, and whether only those who know the name see it. Hidden ones
# appear in no view, export or member list; jobs and Export-Clixml carry them all the same.
function Get-SessionProperty {
    [ordered] @{
        Server               = [string], 'shown'
        Port                 = [int], 'shown'
        Org                  = [string], 'shown'
        IsProvider           = [bool], 'shown'
        User                 = [string], 'shown'
        IssuedAt             = [Nullable[datetime]], 'shown'
        ExpiresAt            = [Nullable[datetime]], 'shown'
        TokenType            = [string], 'shown'
        InputIndex           = [int], 'shown'
        Label                = [string], 'shown'

        # The text for Connect-CIServer -SessionId; ToString() gives the same.
        SessionId            = [string], 'hidden'
        Authorization        = [string], 'hidden'
        AccessToken          = [string], 'hidden'
        # As the published recipes call it.
        access_token         = [string], 'hidden'
        NewApiToken          = [securestring], 'hidden'
        HandOutId            = [string], 'hidden'

        # How the server was reached and trusted, for later calls with this session.
        CACertificate        = [string], 'hidden'
        CertificateSha256    = [string], 'hidden'
        SkipCertificateCheck = [bool], 'hidden'
        TimeoutSec           = [int], 'hidden'
        Proxy                = [string], 'hidden'
        NoProxy              = [bool], 'hidden'
    }
}

function New-SessionClass {
    # A real class and not a PSCustomObject: those turn into "@{...}" texts in jobs and show everything they hold.
    # Public fields are to PowerShell what properties are, without the work of emitting accessors.
    param([object] $Module)

    $hidden = [System.Management.Automation.HiddenAttribute].GetConstructors()[0]
    $noArguments = [byte[]] (1, 0, 0, 0)
    $class = $Module.DefineType('VcdBearer.Session', $script:TypeIsSealed)
    $properties = Get-SessionProperty
    foreach ($property in $properties.Keys) {
        $type, $visibility = $properties[$property]
        $field = $class.DefineField($property, $type, $script:FieldIsReadOnly)
        if ($visibility -eq 'hidden') {
            $field.SetCustomAttribute($hidden, $noArguments)
        }
        if ($property -eq 'SessionId') {
            $text = $field
        }
    }

    # string ToString() { return SessionId; }
    $body = $class.DefineMethod('ToString', $script:MethodIsOverride, [string], [type[]] @()).GetILGenerator()
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ldfld, $text)
    $body.Emit([System.Reflection.Emit.OpCodes]::Ret)
    $class.CreateType()
}

function New-Session {
    # An object of the class VcdBearer.Session with the values of a hashtable.
    param([hashtable] $Values)

    $class = $script:Emitted.Session
    $session = $class::new()
    foreach ($property in $Values.Keys) {
        # For scripts they are read-only.
        $class.GetField($property).SetValue($session, $Values[$property])
    }
    $session
}
