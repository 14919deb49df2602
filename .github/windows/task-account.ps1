<#
.SYNOPSIS
    Runs a scheduled task of another account: the module that is installed for all users, a token that the account protected.
.DESCRIPTION
    The account makes its token file itself (Export-Clixml, which is DPAPI), logs in with it, and logs out. Nobody else can
    read the file, not even an administrator; and a file that others can change is refused.

    It runs in Windows PowerShell, whichever the task runs in: the commands that make accounts are Windows PowerShell's.
#>
param([string] $Shell, [string] $Modules)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
. $PSScriptRoot/Simulator.ps1

function New-TaskAccount {
    # With a password that nobody knows but this process.
    $random = [byte[]]::new(24)
    [System.Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($random)
    $plain = "Aa1!$([Convert]::ToBase64String($random))"
    $secure = ConvertTo-SecureString $plain -AsPlainText -Force
    $null = New-LocalUser vcdtask -Password $secure -PasswordNeverExpires -UserMayNotChangePassword
    # A group that may log on as a batch job.
    Add-LocalGroupMember 'Performance Log Users' -Member vcdtask
    $plain
}

function Invoke-AsTask([string] $Script, [string] $Password) {
    # Runs a script as the account, to its end, and gives what it wrote.
    $path = "$folder/$([guid]::NewGuid()).ps1"
    Set-Content $path "`$ErrorActionPreference = 'Stop'`ntry { `$result = & {`n$Script`n} }`ncatch { `$result = `"failed: `$_`" }`n[System.IO.File]::WriteAllLines('$path.txt', [string[]] @(`$result))"
    $action = New-ScheduledTaskAction -Execute $Shell -Argument "-NoProfile -NonInteractive -ExecutionPolicy RemoteSigned -File `"$path`""
    $null = Register-ScheduledTask -TaskName vcdtask -Action $action -User "$env:COMPUTERNAME\vcdtask" -Password $Password -Force
    Start-ScheduledTask vcdtask
    try { Wait-Until 'The end of the task' { (Test-Path "$path.txt") -and (Get-ScheduledTask vcdtask).State -ne 'Running' } }
    catch {
        # A task that was never started, or whose shell ended before the script began, has its reason there.
        $result = (Get-ScheduledTaskInfo vcdtask).LastTaskResult
        throw '{0}: its state is {1}, its last result 0x{2:X8}' -f $_, (Get-ScheduledTask vcdtask).State, $result
    }
    Get-Content "$path.txt"
}

function Assert-Same($Actual, $Expected, [string] $What) {
    if ("$Actual" -ne "$Expected") { throw "$What`: $Actual instead of $Expected" }
}

$folder = (New-Item -ItemType Directory "$env:ProgramData\vcd-$([guid]::NewGuid())").FullName
# The account may write there; it makes its token file in a folder of its own.
icacls $folder /grant '*S-1-5-32-545:(OI)(CI)M' | Out-Null
Expand-Archive (Get-ChildItem "$env:VCD_TEST_PACKAGES/VcdBearer-*.zip").FullName $Modules -Force
$simulator = Start-Simulator @() "$folder/state"
try {
    $password = New-TaskAccount
    $token = ($simulator.logins | Where-Object kind -eq tenant).api_token
    $made = Invoke-AsTask @"
`$mine = Join-Path ([System.Environment]::GetFolderPath('LocalApplicationData')) token.xml
ConvertTo-SecureString '$token' -AsPlainText -Force | Export-Clixml `$mine
`$mine
"@ $password
    $used = Invoke-AsTask @"
Import-Module VcdBearer
(Get-Module VcdBearer).ModuleBase -like '$Modules*'
`$session = Get-VcdBearer '$($simulator.url)' acme -CACertificate '$($simulator.ca_file)' -ApiToken (Import-Clixml '$made')
Test-VcdBearer -Session `$session
Remove-VcdBearer -Session `$session
Test-VcdBearer -Session `$session
"@ $password
    Assert-Same ($used -join ' ') 'True True False' 'The task'
    Assert-Same @(Get-OpenSession $simulator).Count 0 'Open sessions'

    # DPAPI across accounts: an administrator can copy the file, and read nothing in it.
    Copy-Item $made "$folder/copied.xml"
    $read = try { $null = Import-Clixml "$folder/copied.xml"; 'read' } catch { 'refused' }
    Assert-Same $read 'refused' 'Another account'
    $private = (New-Item -ItemType Directory "$folder/private").FullName
    icacls $private /inheritance:r /grant "${env:USERNAME}:(OI)(CI)F" '*S-1-5-32-544:(OI)(CI)F' | Out-Null
    Copy-Item $made "$private\foreign.xml"
    $get = 'get', '--server', $simulator.url, '--org', 'acme', '--ca-certificate', $simulator.ca_file, '--token-file'
    & $env:VCD_TEST_CLI @get "$private\foreign.xml"
    Assert-Same $LASTEXITCODE 7 'A file that another account protected'

    # Access lists: the same token is taken from a private file, and not from one that everyone can change.
    Set-Content "$private\token.txt" $token
    $null = & $env:VCD_TEST_CLI @get "$private\token.txt"
    Assert-Same $LASTEXITCODE 0 'A private file'
    icacls "$private\token.txt" /grant '*S-1-1-0:M' | Out-Null
    & $env:VCD_TEST_CLI @get "$private\token.txt"
    Assert-Same $LASTEXITCODE 7 'A file that everyone can change'
    'The task logged in with its own token file, which nobody else could use'
}
finally {
    Stop-Simulator $simulator
    Unregister-ScheduledTask vcdtask -Confirm:$false -ErrorAction SilentlyContinue
    Remove-LocalUser vcdtask -ErrorAction SilentlyContinue
}
# The status of the last program is one that was expected.
exit 0
