function Get-ProcessValue {
    # A value that exists once per process and copy of the module, however many runspaces import it: emitted types
    # cannot be unloaded, and two classes of one name would not be interchangeable.
    param([string] $Name, [scriptblock] $Create)

    $module = $MyInvocation.MyCommand.Module
    $slot = "VcdBearer $($module.Version) $($module.ModuleBase) $Name"
    $domain = [System.AppDomain]::CurrentDomain
    $value = $domain.GetData($slot)
    if ($null -ne $value) {
        return $value
    }

    # Interned, so that every runspace locks the same object.
    $lock = [string]::Intern('VcdBearer')
    [System.Threading.Monitor]::Enter($lock)
    try {
        $value = $domain.GetData($slot)
        if ($null -eq $value) {
            $value = & $Create
            $domain.SetData($slot, $value)
        }
        $value
    }
    finally {
        [System.Threading.Monitor]::Exit($lock)
    }
}
