# Which proxy leads to a site. In order: -NoProxy and -Proxy; HTTPS_PROXY and NO_PROXY; the user's settings, as .NET resolves
# them; the machine's, which the native library reads by itself.

function Add-ProxyOption {
    # Adds what the parameters and the environment say to the options of a connection.
    param([hashtable] $Options, [hashtable] $Given)

    $Options.ProxyPassword = $null
    $Options.AsksSystem = $false
    $client = $Options.Client
    if ($Given['NoProxy']) {
        $client.no_proxy = '*'
    }
    elseif ($Given['Proxy']) {
        $client.proxy = $Given['Proxy']
        if ($Given['ProxyCredential']) {
            $client.proxy_user = $Given['ProxyCredential'].UserName
            $Options.ProxyPassword = $Given['ProxyCredential'].Password
        }
    }
    elseif ($PSVersionTable.PSEdition -eq 'Core' -and -not $IsWindows) {
        # Outside of Windows, what a script writes to $env: does not reach the environment that native code reads.
        Add-EnvironmentProxy $Options
    }
    else {
        $Options.AsksSystem = -not $env:HTTPS_PROXY
    }
}

function Add-EnvironmentProxy {
    # What HTTPS_PROXY and NO_PROXY say, in capitals or not.
    param([hashtable] $Options)

    $proxy, $exceptions = $env:HTTPS_PROXY, $env:NO_PROXY
    if (-not $proxy) { $proxy = $env:https_proxy }
    if (-not $exceptions) { $exceptions = $env:no_proxy }
    # Scheme, user, password, address.
    if ($proxy -match '^\s*(\w+://)?(?:([^@:/]*)(?::([^@/]*))?@)?(.+)$') {
        $Options.Client.proxy = $Matches[1] + $Matches[4]
        $Options.Client.proxy_source = 'environment'
        $Options.Client.no_proxy = $exceptions
        if ($Matches[2]) {
            $Options.Client.proxy_user = [uri]::UnescapeDataString($Matches[2])
            $Options.ProxyPassword = [uri]::UnescapeDataString([string] $Matches[3])
        }
    }
    elseif ($IsLinux) {
        # It may stand in the environment that the process started with, and have been removed since.
        $Options.Client.no_proxy = '*'
    }
    else {
        $Options.AsksSystem = $true
    }
}

function Resolve-SystemProxy {
    # The proxy that the user's settings name for a server, scripts for automatic configuration included; nothing if there is
    # none or it is not known within two seconds. Asked on another thread, since the answer may take long.
    param([hashtable] $Options, [string] $Server)

    $name = Get-SiteName $Server
    if (-not $Options.AsksSystem -or -not $name) {
        return
    }
    $site = [uri] "https://$name/"
    $settings = [System.Net.WebRequest]::GetSystemWebProxy()
    $question = [System.Linq.Expressions.Expression]::Call(
        [System.Linq.Expressions.Expression]::Constant($settings, [System.Net.IWebProxy]), 'GetProxy', $null,
        [System.Linq.Expressions.Expression]::Constant($site))
    $ask = [System.Linq.Expressions.Expression]::Lambda([System.Func[uri]], $question, $null).Compile()
    $answer = [System.Threading.Tasks.Task[uri]]::Run($ask)
    for ($i = 0; $i -lt 20; $i++) {
        # Ctrl+C is seen between two calls.
        if ($answer.Wait(100)) {
            if ($answer.Result -and $answer.Result -ne $site) {
                $answer.Result.AbsoluteUri
            }
            return
        }
    }
}
