function Resolve-TrustOption {
    # Checks the options of a connection and prepares them: as the client's fields for the native library, and as the
    # session's properties for later calls. Returns an ErrorRecord where they contradict each other.
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        # CACertificate, CertificateSha256, SkipCertificateCheck, TimeoutSec, as far as given.
        [hashtable] $Given
    )

    $kept = @{
        CACertificate        = $Given['CACertificate']
        CertificateSha256    = $Given['CertificateSha256']
        SkipCertificateCheck = [bool] $Given['SkipCertificateCheck']
        TimeoutSec           = [int] $Given['TimeoutSec']
    }

    $problem = Test-TrustOption $Given $kept
    if ($null -ne $problem) {
        return $problem
    }
    if ($Given.ContainsKey('CACertificate')) {
        $path = Resolve-CertificatePath $Cmdlet $kept.CACertificate
        if ($path -is [System.Management.Automation.ErrorRecord]) {
            return $path
        }
        $kept.CACertificate = $path
    }

    $client = @{
        ca_file            = $kept.CACertificate
        certificate_sha256 = $kept.CertificateSha256
    }
    if ($kept.SkipCertificateCheck) {
        $client.skip_certificate_check = 'true'
        $Cmdlet.WriteWarning('The certificate of the server is not checked (-SkipCertificateCheck): whoever stands ' +
            'in between can read the token. Use -CertificateSha256 or -CACertificate instead.')
    }
    if ($kept.TimeoutSec) {
        $client.timeout_ms = 1000 * $kept.TimeoutSec
    }
    @{ Client = $client; Kept = $kept }
}

function Test-TrustOption {
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
    if ($Given.ContainsKey('TimeoutSec')) {
        if ($Kept.TimeoutSec -lt 1 -or $Kept.TimeoutSec -gt $script:MaximumTimeoutSec) {
            return New-OptionFailureRecord "-TimeoutSec $($Kept.TimeoutSec) is not possible." (
                "Give whole seconds from 1 to $script:MaximumTimeoutSec.")
        }
    }
}

# A day: far beyond any answer, and far below the overflow of milliseconds.
$script:MaximumTimeoutSec = 86400

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
