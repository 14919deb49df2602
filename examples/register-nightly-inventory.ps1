#Requires -RunAsAdministrator
<#
.SYNOPSIS
    Registers nightly-inventory.ps1 as a scheduled task of Windows, with a token file that its account alone can use.
.DESCRIPTION
    Run it once, as an administrator. It makes the folder C:\ProgramData\VcdJobs, private to administrators and the account; puts
    the job and the token file into it, and registers the task. The token is encrypted for this machine and its file protected by
    its access list, since nobody can log on as SYSTEM or as a group managed service account to encrypt for the account alone.

    Run it again with another token when the token was revoked.
.EXAMPLE
    ./register-nightly-inventory.ps1 -Server vcd.example.com -Org acme -Account 'CONTOSO\svc-vcd$'

    A group managed service account: Windows keeps its password, and the account reaches other servers by its own name.
.EXAMPLE
    ./register-nightly-inventory.ps1 -Server vcd.example.com -Org acme -Account SYSTEM

    The machine itself.
.EXAMPLE
    ./register-nightly-inventory.ps1 -Server vcd.example.com -Org acme -Account 'CONTOSO\backup' -WithoutPassword

    An account whose password is not stored (S4U): enough for Cloud Director, but a proxy or share that wants the account's own
    name refuses it. Without -WithoutPassword the password is asked for.
#>
param(
    [Parameter(Mandatory)]
    [string] $Server,
    [Parameter(Mandatory)]
    [string] $Org,
    [Parameter(Mandatory)]
    [string] $Account,
    [switch] $WithoutPassword,
    [datetime] $At = '02:30',
    # How the job is to trust the site's certificate, if the machine does not; see nightly-inventory.ps1.
    [string] $CACertificate,
    [string] $CertificateSha256
)

$ErrorActionPreference = 'Stop'
Import-Module VcdBearer

$folder = Join-Path $env:ProgramData 'VcdJobs'
$tokenFile = Join-Path $folder "$Org.xml"
$token = Read-Host -Prompt "API token of $Org" -AsSecureString
# Makes the folder too, for the account, administrators and the system.
$null = Save-VcdApiToken $tokenFile $token -Scope LocalMachine -Account $Account -Force
# What others could change would run with the account's rights, so the job lies there as well.
Copy-Item -LiteralPath (Join-Path $PSScriptRoot 'nightly-inventory.ps1') -Destination $folder -Force

$job = Join-Path $folder 'nightly-inventory.ps1'
# A copy of what came from the internet is marked as such, and RemoteSigned refuses that.
Unblock-File -LiteralPath $job
# Not the program that runs this: it may be the ISE or the host of a remote session.
$program = if ($PSVersionTable.PSEdition -eq 'Core') { 'pwsh.exe' } else { 'powershell.exe' }
$shell = Join-Path $PSHOME $program
$arguments = "-NoProfile -NonInteractive -ExecutionPolicy RemoteSigned -File `"$job`" -Server $Server -Org `"$Org`" -TokenFile `"$tokenFile`" -Folder `"$folder`""
if ($CACertificate) {
    $arguments += " -CACertificate `"$(Convert-Path -LiteralPath $CACertificate)`""
}
if ($CertificateSha256) {
    $arguments += " -CertificateSha256 $CertificateSha256"
}
$task = @{
    TaskName = "VcdBearer inventory of $Org"
    Action   = New-ScheduledTaskAction -Execute $shell -Argument $arguments -WorkingDirectory $folder
    Trigger  = New-ScheduledTaskTrigger -Daily -At $At
    # One run at a time; a hung one is ended.
    Settings = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 1) -StartWhenAvailable
    Force    = $true
}
if ($Account -match '^(NT AUTHORITY\\)?SYSTEM$') {
    $task['Principal'] = New-ScheduledTaskPrincipal -UserId $Account -LogonType ServiceAccount
}
elseif ($Account.EndsWith('$')) {
    # Windows itself has the password of a group managed service account.
    $task['Principal'] = New-ScheduledTaskPrincipal -UserId $Account -LogonType Password
}
elseif ($WithoutPassword) {
    $task['Principal'] = New-ScheduledTaskPrincipal -UserId $Account -LogonType S4U
}
else {
    $credential = Get-Credential -UserName $Account -Message 'The password that the task logs on with'
    $task['User'] = $credential.UserName
    $task['Password'] = $credential.GetNetworkCredential().Password
}
Register-ScheduledTask @task
