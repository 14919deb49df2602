<#
.SYNOPSIS
    A nightly job: writes the vApps and virtual machines of an organization to a table, and logs what it did.
.DESCRIPTION
    For a scheduled task (register-nightly-inventory.ps1 makes one) or cron. The API token comes from a file that the job's account
    alone can read (Save-VcdApiToken makes it); a service account's new token is put into it. Needs PowerCLI (VCF.PowerCLI or
    VMware.PowerCLI) and VcdBearer, both installed for all users. Asks nobody anything.

    Exit code 0, or 1 with one line on the error stream that says what failed and what to do. The same line is in the log, which
    is one file a month and never holds a token or session.
.EXAMPLE
    pwsh -NoProfile -NonInteractive -File nightly-inventory.ps1 -Server vcd.example.com -Org acme -TokenFile acme.xml -Folder D:\Reports
#>
param(
    [string] $Server,
    [string] $Org,
    [string] $TokenFile,
    # Where the tables and logs go.
    [string] $Folder = $PSScriptRoot,
    # A PEM file with the authority that issued the site's certificate, or the fingerprint of that certificate, if this machine
    # does not trust it. PowerCLI has a setting of its own:
    # Set-PowerCLIConfiguration -InvalidCertificateAction Ignore -Scope AllUsers
    [string] $CACertificate,
    [string] $CertificateSha256
)

# Any error ends the job: half a table would look like a whole one.
$ErrorActionPreference = 'Stop'

function Write-Log([string] $Text) {
    $line = "$(Get-Date -Format s) $PID $Text"
    Add-Content -LiteralPath (Join-Path $Folder "nightly-inventory-$(Get-Date -Format yyyy-MM).log") -Value $line -Encoding UTF8
}

function Export-Inventory($Connection) {
    $found = @(Get-CIVApp -Server $Connection) + @(Get-CIVM -Server $Connection)
    $table = Join-Path $Folder "inventory-$(Get-Date -Format yyyy-MM-dd).csv"
    $found | Select-Object @{ Name = 'Type'; Expression = { $_.GetType().Name -replace 'Impl$' } }, Name, Status |
        Export-Csv -LiteralPath $table -NoTypeInformation -Encoding UTF8
    Write-Log "$($found.Count) vApps and virtual machines are in $table"
}

$connection = $null
$warnings = @()
$exitCode = 0
try {
    # First of all: a job that cannot log does not use the token.
    Write-Log "Begins for $Org at $Server"
    Import-Module VcdBearer
    $login = @{ Server = $Server; Org = $Org; TokenFile = $TokenFile }
    foreach ($trust in 'CACertificate', 'CertificateSha256') {
        if ($PSBoundParameters[$trust]) {
            $login[$trust] = $PSBoundParameters[$trust]
        }
    }
    $connection = Connect-VcdServer @login -WarningAction SilentlyContinue -WarningVariable warnings
    Write-Log "Connected to $($connection.Name) as $($connection.User) of $($connection.Org)"
    Export-Inventory $connection
}
catch {
    $exitCode = 1
    # The message of an error of VcdBearer says what to do as well.
    $failure = "Failed ($($_.FullyQualifiedErrorId)): $($_.Exception.Message)"
    [System.Console]::Error.WriteLine($failure)
    try { Write-Log $failure } catch { Write-Verbose 'It is the log that failed.' }
}
finally {
    # Warnings say what became of the token (others can read its file, a new one could not be saved): also of a job that failed.
    foreach ($warning in $warnings) {
        Write-Log "Warning: $warning"
    }
    # Disconnect-CIServer would leave the session open at Cloud Director.
    if ($connection) {
        Disconnect-VcdServer $connection -ErrorAction Continue
    }
}
exit $exitCode
