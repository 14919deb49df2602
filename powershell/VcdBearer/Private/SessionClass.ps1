# The properties of a session, one per line: name = type, and whether only those who know the name see it. Hidden ones
# appear in no view, export or member list; jobs and Export-Clixml carry them all the same.
$script:SessionProperties = [ordered] @{
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

    # How the server was trusted, for later calls with this session.
    CACertificate        = [string], 'hidden'
    CertificateSha256    = [string], 'hidden'
    SkipCertificateCheck = [bool], 'hidden'
    TimeoutSec           = [int], 'hidden'
}

function New-Session {
    # An object of the class VcdBearer.Session, its properties taken from a hashtable by name.
    param([hashtable] $Values)

    $class = Get-ProcessValue 'Session' { New-SessionClass }
    $class::new([object[]] $(foreach ($name in $script:SessionProperties.Keys) { , $Values[$name] }))
}

function New-SessionClass {
    # A real class and not a PSCustomObject: those turn into "@{...}" texts in jobs and show everything they hold.
    # Read-only public fields are to PowerShell what properties are, without the work of emitting accessors.
    $opcodes = [System.Reflection.Emit.OpCodes]
    $hidden = [System.Reflection.Emit.CustomAttributeBuilder]::new(
        [System.Management.Automation.HiddenAttribute].GetConstructor([type]::EmptyTypes), [object[]] @())

    $name = [System.Reflection.AssemblyName] 'VcdBearer.Session'
    $assembly = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly($name, 'Run')
    $class = $assembly.DefineDynamicModule('VcdBearer.Session').DefineType('VcdBearer.Session', 'Public, Sealed')

    # VcdBearer.Session(object[] values): each field = (its type) values[its index]
    $constructor = $class.DefineConstructor('Public', 'Standard', [type[]] @([object[]])).GetILGenerator()
    $index = 0
    foreach ($property in $script:SessionProperties.Keys) {
        $type, $visibility = $script:SessionProperties[$property]
        $field = $class.DefineField($property, $type, 'Public, InitOnly')
        if ($visibility -eq 'hidden') {
            $field.SetCustomAttribute($hidden)
        }
        if ($property -eq 'SessionId') {
            $text = $field
        }
        $constructor.Emit($opcodes::Ldarg_0)
        $constructor.Emit($opcodes::Ldarg_1)
        $constructor.Emit($opcodes::Ldc_I4, $index)
        $constructor.Emit($opcodes::Ldelem_Ref)
        $constructor.Emit($opcodes::Unbox_Any, $type)
        $constructor.Emit($opcodes::Stfld, $field)
        $index++
    }
    $constructor.Emit($opcodes::Ret)

    # string ToString(): SessionId
    $method = $class.DefineMethod('ToString', 'Public, Virtual, HideBySig', [string], [type]::EmptyTypes).GetILGenerator()
    $method.Emit($opcodes::Ldarg_0)
    $method.Emit($opcodes::Ldfld, $text)
    $method.Emit($opcodes::Ret)
    $class.CreateType()
}
