# Why there is no connection of PowerCLI, in words that help.

function New-ConnectFailureRecord {
    # From what Connect-CIServer reported. (Its error id is the same for whatever went wrong.)
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [System.Management.Automation.ErrorRecord] $Record,
        [hashtable] $Request
    )

    $reasons = for ($cause = $Record.Exception; $cause; $cause = $cause.InnerException) { $cause.Message }
    $failure = @{
        name    = 'PowerCliFailed'
        message = "PowerCLI did not connect to $($Request.Server): $($reasons -join ' ')"
        action  = 'Look at what PowerCLI says: its proxy and certificates are its own settings (Get-PowerCLIConfiguration). ' +
                  'Test-VcdBearer tells whether the session itself works; without PowerCLI, Invoke-VcdRestMethod does.'
    }
    if ("$reasons" -match 'SSL|TLS|certificate') {
        $failure.name = 'PowerCliRefusedCertificate'
        $failure.action = 'PowerCLI trusts by its own setting: Set-PowerCLIConfiguration -InvalidCertificateAction Ignore ' +
            '-Scope Session accepts any certificate; an authority in the store of the operating system is safer.'
    }
    elseif ($Record.CategoryInfo.Category -eq 'PermissionDenied') {
        $failure.name = 'SessionExpired'
        $failure.action = 'Log in again with Get-VcdBearer -ForceRefresh. PowerCLI up to 13.0 needs the older kind of session ' +
            'id, and later ones the bearer: Connect-VcdServer chooses by the version that is loaded.'
    }
    else {
        $offered = Get-OfferedApiVersion $Cmdlet $Request
        if ("$reasons" -match '406|Not ?Acceptable|API version' -or (Test-OldApiVersionMissing $offered)) {
            $failure.name = 'ApiVersionUnsupported'
            $failure.message += " The site offers the API versions $($offered -join ', ')."
            $failure.action = 'This release of PowerCLI asks for an API version that the site does not offer' +
                ' (12.0 to 13.0 ask for 31.0): install a newer one.'
        }
    }
    New-FailureRecord $failure "$($Request.Server)/$($Request.Org)"
}

function Test-OldApiVersionMissing {
    # Whether the loaded PowerCLI asks for a version that a site does not offer. Its own error is a 406 without a word.
    param([string[]] $Offered)

    # 31.0 is measured for cloud module 12.0; what later ones ask for is not known.
    $Offered -and (Get-SessionIdKind) -eq 'Legacy' -and $Offered -notcontains '31.0'
}

function Get-OfferedApiVersion {
    # The API versions that the site of a request offers; nothing if it does not tell.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Request)

    $fields = Invoke-RestCall $Cmdlet $Request.Session @{} '/api/versions'
    $document = if ($fields -is [hashtable]) { ConvertFrom-ResponseBody $fields '/api/versions' }
    if ($document -is [xml]) {
        $document.SelectNodes('//*[local-name()="Version"]') | ForEach-Object { $_.InnerText }
    }
}

function New-ReplacementFailureRecord {
    # PowerCLI would hand out another connection than the one asked for.
    param([hashtable] $Request)

    New-FailureRecord @{
        name    = 'ConnectionNotReplaced'
        message = "PowerCLI is connected to $($Request.Server) as $($Request.User) of $($Request.Org) with a session of somebody " +
                  'else, which is not known to have ended, and would hand out that connection again.'
        action  = 'Use it as it is, or replace it with Connect-VcdServer -Force.'
    } "$($Request.Server)/$($Request.Org)"
}
