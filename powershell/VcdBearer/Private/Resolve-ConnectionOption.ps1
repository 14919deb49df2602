# The parameters that say how a site is reached: CACertificate, CertificateSha256, SkipCertificateCheck, TimeoutSec,
# MaximumRetryCount, Proxy, ProxyCredential, NoProxy.

function Resolve-ConnectionOption {
    # Checks the options of a connection and prepares them; returns an ErrorRecord where they contradict each other. Else
    #   Client            the client's fields for the native library
    #   ProxyPassword     SecureString or string, or nothing
    #   Kept              the session's properties, for later calls
    #   AsksSystem        whether the system's own settings may name a proxy
    #   MayBeUnchecked    whether the environment may turn off the certificate check for the site that it names
    param($Cmdlet, $Given)

    $failure = Test-ConnectionOption $Given
    if ($failure) {
        return $failure
    }
    $authorities = $null
    if ($Given['CACertificate']) {
        $action = 'Give the path of a file with certificates in PEM form.'
        $authorities = Resolve-FilePath $Cmdlet $Given['CACertificate'] 'CACertificate' $action
        if ($authorities -is [System.Management.Automation.ErrorRecord]) {
            return $authorities
        }
    }

    $proxy = Resolve-ProxyOption $Given
    $options = @{
        Client         = $proxy['Client'] + @{
            ca_file            = $authorities
            certificate_sha256 = if ($Given['CertificateSha256']) { $Given['CertificateSha256'] } else { $null }
            timeout_ms         = if ($Given['TimeoutSec']) { $Given['TimeoutSec'] * 1000 } else { $null }
            max_retries        = $Given['MaximumRetryCount']
            max_in_flight      = $Given['ThrottleLimit']
        }
        ProxyPassword  = $proxy['ProxyPassword']
        AsksSystem     = $proxy['AsksSystem']
        Kept           = @{
            CACertificate        = $authorities
            CertificateSha256    = $Given['CertificateSha256']
            SkipCertificateCheck = [bool] $Given['SkipCertificateCheck']
            TimeoutSec           = $Given['TimeoutSec'] -as [int]
            Proxy                = $Given['Proxy']
            NoProxy              = [bool] $Given['NoProxy']
        }
        MayBeUnchecked = -not $authorities -and -not $Given['CertificateSha256'] -and
            ($env:VCD_ALLOW_UNVERIFIED_SSL -eq 'true' -or $env:VCD_ALLOW_UNVERIFIED_SSL -eq '1')
    }
    if ($Given['SkipCertificateCheck']) {
        return Get-UncheckedOption $options
    }
    $options
}

function Get-UncheckedOption {
    # The same options without the certificate check.
    param($Options)

    $unchecked = $Options.Clone()
    $unchecked['Client'] = $Options['Client'] + @{ skip_certificate_check = 'true' }
    $unchecked['MayBeUnchecked'] = $false
    $unchecked
}

function Write-UncheckedWarning {
    # To be called before anything is sent, each time.
    param(
        $Cmdlet,
        # Who asked for it.
        $Reason
    )

    $Cmdlet.WriteWarning("The certificate of the server is not checked ($Reason): whoever stands in between can read " +
        'the token. Use -CertificateSha256 or -CACertificate instead.')
}

function Test-ConnectionOption {
    # The ErrorRecord for options that contradict each other or are out of range; nothing if all is well. Empty ones count as not
    # given: so a call takes back what $PSDefaultParameterValues gives.
    param($Given)

    if ($Given['SkipCertificateCheck'] -and ($Given['CertificateSha256'] -or $Given['CACertificate'])) {
        return New-OptionFailureRecord '-SkipCertificateCheck contradicts -CertificateSha256 and -CACertificate.' (
            'Leave out -SkipCertificateCheck: the other two are the safe way to trust a certificate. ' +
            "$script:DefaultAdvice -CACertificate `$null -CertificateSha256 `$null.")
    }
    if ($Given['CertificateSha256'] -and $Given['CACertificate']) {
        return New-OptionFailureRecord '-CertificateSha256 and -CACertificate cannot be used together.' (
            'Use the pin for a self-signed certificate, the CA file for one that your own authority issued. ' +
            "$script:DefaultAdvice -CACertificate `$null.")
    }
    if ($Given.ContainsKey('CertificateSha256') -and -not $Given['CertificateSha256'] -and
        -not $Given['SkipCertificateCheck'] -and -not $Given.ContainsKey('CACertificate')) {
        # A variable that was never set must not turn the pin off.
        return New-OptionFailureRecord '-CertificateSha256 is empty.' (
            'Give the fingerprint, or say whom to trust instead (-CACertificate).')
    }
    if ($Given['NoProxy'] -and ($Given['Proxy'] -or $Given['ProxyCredential'])) {
        return New-OptionFailureRecord '-NoProxy contradicts -Proxy and -ProxyCredential.' (
            "Leave out one of them. $script:DefaultAdvice -Proxy `$null -ProxyCredential `$null.")
    }
    if ($Given['ProxyCredential'] -and -not $Given['Proxy']) {
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
    param($Given, $Name, $Least, $Most)

    $value = $Given[$Name]
    if ($value -lt $Least -or $value -gt $Most) {
        New-OptionFailureRecord "-$Name $value is not possible." "Give a whole number from $Least to $Most."
    }
}

$script:DefaultAdvice = 'What $PSDefaultParameterValues gives is taken back by an empty value:'

function New-OptionFailureRecord {
    param($Message, $Action)

    New-FailureRecord @{ name = 'InvalidOption'; message = $Message; action = $Action }
}
