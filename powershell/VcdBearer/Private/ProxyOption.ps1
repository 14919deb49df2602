# Which proxy leads to a site. In order: -NoProxy and -Proxy; HTTPS_PROXY and NO_PROXY; the user's settings, as .NET resolves
# them; the machine's, which the native library reads by itself.

function Resolve-ProxyOption {
    # What the parameters and the environment say:
    #   Client            fields for the native library
    #   ProxyPassword     SecureString or string, or nothing
    #   AsksSystem        whether the system's own settings may name a proxy
    param($Given)

    if ($Given['NoProxy']) {
        return @{ Client = @{ no_proxy = '*' } }
    }
    if ($Given['Proxy']) {
        $credential = $Given['ProxyCredential']
        if (-not $credential) {
            return @{ Client = @{ proxy = $Given['Proxy'] } }
        }
        return @{
            Client        = @{ proxy = $Given['Proxy']; proxy_user = $credential.UserName }
            ProxyPassword = $credential.Password
        }
    }
    if ($PSVersionTable['PSEdition'] -eq 'Core' -and -not $IsWindows) {
        # Outside of Windows, what a script writes to $env: does not reach the environment that native code reads.
        return Resolve-EnvironmentProxy
    }
    @{ Client = @{}; AsksSystem = -not $env:HTTPS_PROXY }
}

function Resolve-EnvironmentProxy {
    # What HTTPS_PROXY and NO_PROXY say, in capitals or not, as for Resolve-ProxyOption.
    $proxy = $env:HTTPS_PROXY
    if (-not $proxy) { $proxy = $env:https_proxy }
    if (-not $proxy -and $PSVersionTable['PSEdition'] -eq 'Core' -and $IsLinux) {
        # It may stand in the environment that the process started with, and have been removed since.
        return @{ Client = @{ no_proxy = '*' } }
    }
    if (-not $proxy) {
        return @{ Client = @{}; AsksSystem = $true }
    }

    $exceptions = $env:NO_PROXY
    if (-not $exceptions) { $exceptions = $env:no_proxy }
    Split-EnvironmentProxy $proxy $exceptions
}

function Split-EnvironmentProxy {
    param($Proxy, $Exceptions)

    # Scheme, user, password, address. A password that is written as it is may contain @ and /. This matches any text: what is no
    # address the native library refuses.
    $null = $Proxy -match '(?s)^\s*(\w+://)?(?:([^:]*)(?::(.*))?@)?([^@]*)$'
    $client = @{ proxy = $Matches[1] + $Matches[4]; proxy_source = 'environment'; no_proxy = $Exceptions }
    if (-not $Matches[2]) {
        return @{ Client = $client }
    }
    $client['proxy_user'] = [uri]::UnescapeDataString($Matches[2])
    @{ Client = $client; ProxyPassword = [uri]::UnescapeDataString([string] $Matches[3]) }
}

function Resolve-SystemProxy {
    # The proxy that the user's settings name for a server, if these options let them.
    param($Options, $Server)

    if ($Options['AsksSystem']) {
        Find-SystemProxy $Server
    }
}

function Find-SystemProxy {
    # Scripts for automatic configuration are heeded; nothing if there is no proxy or it is not known within two seconds. Asked on
    # another thread, since the answer may take long.
    param($Server)

    $name = Get-SiteName $Server
    if (-not $name) {
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
