# The parameters that say how a site is reached: CACertificate, CertificateSha256, SkipCertificateCheck, TimeoutSec,
# MaximumRetryCount, Proxy, ProxyCredential, NoProxy.

function Resolve-ConnectionOption {
    # Checks the options of a connection and prepares them; returns an ErrorRecord where they contradict each other. Else
    #   Client            the client's fields for the native library
    #   ProxyPassword     SecureString, or nothing
    #   Kept              the session's properties, for later calls
    #   AsksSystem        whether the system's own settings may name a proxy
    #   MayBeUnchecked    whether the environment may turn off the certificate check for the site that it names
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Given)

    $kept = @{
        CACertificate        = $Given['CACertificate']
        CertificateSha256    = $Given['CertificateSha256']
        SkipCertificateCheck = [bool] $Given['SkipCertificateCheck']
        TimeoutSec           = [int] $Given['TimeoutSec']
        Proxy                = $Given['Proxy']
        NoProxy              = [bool] $Given['NoProxy']
    }
    $failure = Test-ConnectionOption $Given $kept
    if ($failure) {
        return $failure
    }
    if ($Given.ContainsKey('CACertificate')) {
        $path = Resolve-CertificatePath $Cmdlet $kept.CACertificate
        if ($path -is [System.Management.Automation.ErrorRecord]) {
            return $path
        }
        $kept.CACertificate = $path
    }

    $options = @{
        Client         = @{
            ca_file            = $kept.CACertificate
            certificate_sha256 = $kept.CertificateSha256
            max_retries        = $Given['MaximumRetryCount']
        }
        Kept           = $kept
        MayBeUnchecked = -not $kept.CACertificate -and -not $kept.CertificateSha256 -and
            'true', '1' -contains $env:VCD_ALLOW_UNVERIFIED_SSL
    }
    if ($kept.TimeoutSec) {
        $options.Client.timeout_ms = 1000 * $kept.TimeoutSec
    }
    Add-ProxyOption $options $Given
    if ($kept.SkipCertificateCheck) {
        return Get-UncheckedOption $options
    }
    $options
}

function Get-UncheckedOption {
    # The same options without the certificate check.
    param([hashtable] $Options)

    $unchecked = $Options.Clone()
    $unchecked.Client = $Options.Client + @{ skip_certificate_check = 'true' }
    $unchecked.MayBeUnchecked = $false
    $unchecked
}

function Write-UncheckedWarning {
    # To be called before anything is sent, each time.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        # Who asked for it.
        [string] $Reason
    )

    $Cmdlet.WriteWarning("The certificate of the server is not checked ($Reason): whoever stands in between can read " +
        'the token. Use -CertificateSha256 or -CACertificate instead.')
}

function Test-ConnectionOption {
    # The ErrorRecord for options that contradict each other or are out of range; nothing if all is well.
    param([hashtable] $Given, [hashtable] $Kept)

    if ($Kept.SkipCertificateCheck -and ($Kept.CertificateSha256 -or $Kept.CACertificate)) {
        return New-OptionFailureRecord '-SkipCertificateCheck contradicts -CertificateSha256 and -CACertificate.' (
            'Leave out -SkipCertificateCheck: the other two are the safe way to trust a certificate.')
    }
    if ($Kept.CertificateSha256 -and $Kept.CACertificate) {
        return New-OptionFailureRecord '-CertificateSha256 and -CACertificate cannot be used together.' (
            'Use the pin for a self-signed certificate, the CA file for one that your own authority issued.')
    }
    if ($Given.ContainsKey('Proxy') -and -not $Kept.Proxy.Trim()) {
        return New-OptionFailureRecord '-Proxy is empty.' 'Give an address like http://proxy.example.com:8080, or -NoProxy.'
    }
    if ($Kept.NoProxy -and ($Kept.Proxy -or $Given['ProxyCredential'])) {
        return New-OptionFailureRecord '-NoProxy contradicts -Proxy and -ProxyCredential.' 'Leave out one of them.'
    }
    if ($Given['ProxyCredential'] -and -not $Kept.Proxy) {
        return New-OptionFailureRecord '-ProxyCredential is given without -Proxy.' (
            'Add -Proxy; for the proxy of HTTPS_PROXY, user and password stand in that variable.')
    }
    if ($Given.ContainsKey('TimeoutSec')) {
        # A day: far beyond any answer, and far below the overflow of milliseconds.
        $failure = Test-Range $Given TimeoutSec 1 86400
        if ($failure) {
            return $failure
        }
    }
    if ($Given.ContainsKey('MaximumRetryCount')) {
        Test-Range $Given MaximumRetryCount 0 10
    }
}

function Test-Range {
    # The ErrorRecord for a number out of its range; nothing if all is well.
    param([hashtable] $Given, [string] $Name, [object] $Least, [object] $Most)

    $value = $Given[$Name]
    if ($value -lt $Least -or $value -gt $Most) {
        New-OptionFailureRecord "-$Name $value is not possible." "Give a whole number from $Least to $Most."
    }
}

function Resolve-CertificatePath {
    # The full path of a PEM file named relative to the caller's location; wildcards mean themselves.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [string] $Path)

    $action = 'Give the path of a file with certificates in PEM form.'
    if (-not $Path) {
        return New-OptionFailureRecord '-CACertificate is empty.' $action
    }
    try {
        $full = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    }
    catch {
        $global:Error.RemoveAt(0)
        return New-OptionFailureRecord "-CACertificate '$Path': $($_.Exception.GetBaseException().Message)" $action
    }
    if (-not [System.IO.File]::Exists($full)) {
        return New-OptionFailureRecord "-CACertificate: there is no file $full." $action
    }
    $full
}

function New-OptionFailureRecord {
    param([string] $Message, [string] $Action)

    New-FailureRecord @{ name = 'InvalidOption'; message = $Message; action = $Action }
}
