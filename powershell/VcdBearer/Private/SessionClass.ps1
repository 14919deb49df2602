# The properties of a session, one per line: type and name.
$script:ShownProperties = @(
    'string Server'
    'int Port'
    'string Org'
    'bool IsProvider'
    'string User'
    'datetime? IssuedAt'
    'datetime? ExpiresAt'
    'string TokenType'
    'int InputIndex'
    'string Label'
)

# Only those who know the name see it: in no view, export or member list. Jobs and Export-Clixml carry them all the same.
$script:HiddenProperties = @(
    # The text for Connect-CIServer -SessionId; ToString() gives the same. Not a bearer with -SessionIdKind Legacy.
    'string SessionId'
    'string Authorization'
    'string AccessToken'
    # As the published recipes call it.
    'string access_token'
    'securestring NewApiToken'
    'string HandOutId'

    # How the server was reached and trusted, for later calls with this session.
    'string CACertificate'
    'string CertificateSha256'
    'bool SkipCertificateCheck'
    'int TimeoutSec'
    'string Proxy'
    'bool NoProxy'
)

function New-SessionClass {
    # A real class and not a PSCustomObject: those turn into "@{...}" texts in jobs and show everything they hold.
    # Public fields are to PowerShell what properties are, without the work of emitting accessors.
    param(
        $Builder,
        # Whether it converts to what PowerCLI's pipeline takes.
        $Converts
    )

    $types = @{
        'string'       = [string]
        'int'          = [int]
        'bool'         = [bool]
        'datetime?'    = [Nullable[datetime]]
        'securestring' = [securestring]
    }
    $hidden = [System.Management.Automation.HiddenAttribute].GetConstructors()[0]
    $noArguments = [byte[]] (1, 0, 0, 0)
    $class = $Builder.DefineType('VcdBearer.Session', $script:TypeIsSealed)
    foreach ($line in $script:ShownProperties) {
        $type, $name = $line.Split(' ')
        $null = $class.DefineField($name, $types[$type], $script:FieldIsReadOnly)
    }
    foreach ($line in $script:HiddenProperties) {
        $type, $name = $line.Split(' ')
        $field = $class.DefineField($name, $types[$type], $script:FieldIsReadOnly)
        $field.SetCustomAttribute($hidden, $noArguments)
        if ($name -eq 'SessionId') {
            Add-TextMethod $class $field
            if ($Converts) {
                Add-Conversion $class $field
            }
        }
    }
    $type = $class.CreateType()
    if ($Converts) {
        Set-SessionConversion $type
    }
    $type
}

function Add-TextMethod {
    # string ToString() { return field; }
    param($Class, $Field)

    $method = $Class.DefineMethod('ToString', $script:MethodIsOverride, [string], $null)
    $body = $method.GetILGenerator()
    # In variables for the same reason as the attributes.
    $loadThis = [System.Reflection.Emit.OpCodes]::Ldarg_0
    $loadField = [System.Reflection.Emit.OpCodes]::Ldfld
    $return = [System.Reflection.Emit.OpCodes]::Ret
    $body.Emit($loadThis)
    $body.Emit($loadField, $Field)
    $body.Emit($return)
}

function New-Session {
    # An object of the class VcdBearer.Session with the values of a hashtable.
    param($Values)

    $class = $script:Emitted['Session']
    $session = $class::new()
    foreach ($property in $Values.Keys) {
        # For scripts they are read-only.
        $class.GetField($property).SetValue($session, $Values[$property])
    }
    $session
}
