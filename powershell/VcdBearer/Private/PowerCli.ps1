# PowerCLI on this machine: VMware.VimAutomation.Cloud, the module with Connect-CIServer. Looking for it never imports it.
$script:CloudModule = 'VMware.VimAutomation.Cloud'

function Test-PowerCli {
    # Whether PowerCLI is loaded, or could be loaded by its name.
    if (Get-Module $script:CloudModule) {
        return $true
    }
    foreach ($folder in "$env:PSModulePath".Split("$([System.IO.Path]::PathSeparator)")) {
        if ($folder -and [System.IO.Directory]::Exists("$folder/$script:CloudModule")) {
            return $true
        }
    }
    $false
}

function Get-SessionIdKind {
    # What the loaded PowerCLI wants as session id: 'Legacy' up to 13.0, else 'Bearer'; nothing if none is loaded.
    $module = Get-Module $script:CloudModule
    if ($module) {
        $version = ($module | Sort-Object Version | Select-Object -Last 1).Version
        # VCF.PowerCLI came later than 13.0 and counts its versions anew, from 9; PowerCLI below 12 is too old for API tokens.
        if ($version.Major -ge 12 -and $version -lt [version] '13.1') {
            return 'Legacy'
        }
        'Bearer'
    }
}

function Initialize-PowerCli {
    # Loads PowerCLI; returns the ErrorRecord that says that there is none.
    if (-not (Get-Command Connect-CIServer -ErrorAction Ignore)) {
        New-FailureRecord @{
            name    = 'PowerCliMissing'
            message = 'The command Connect-CIServer is not there: PowerCLI is not installed for this account.'
            action  = 'Install it (Install-Module VCF.PowerCLI, or VMware.PowerCLI for older sites). Without it, ' +
                      'Get-VcdBearer and Invoke-VcdRestMethod work all the same.'
        }
    }
}

function Write-KindWarning {
    # Says when the session that goes into a variable is not of the kind that the loaded PowerCLI wants as -SessionId. (What is piped
    # on chooses by itself.)
    param($Cmdlet, $Given)

    # Looked for once already, at the log-in.
    if (-not $script:Emitted['Converts'] -or (Test-BareToken $Given)) {
        return
    }
    if ($Cmdlet.MyInvocation.PipelinePosition -ne $Cmdlet.MyInvocation.PipelineLength) {
        return
    }
    $kind = if ($Given['SessionIdKind']) { $Given['SessionIdKind'] } else { 'Bearer' }
    $wanted = Get-SessionIdKind
    if ($wanted -and $wanted -ne $kind) {
        $Cmdlet.WriteWarning("The PowerCLI that is loaded wants another kind of session id as -SessionId: use " +
            "-SessionIdKind $wanted, pipe the session into Connect-CIServer, or use Connect-VcdServer.")
    }
}
