<#
.SYNOPSIS
    Presses Ctrl+C, as a console does, while Get-VcdBearer waits for an answer.
.DESCRIPTION
    The shell must go on at once, with the statements of its finally block, and the session that nobody received must be
    ended at the site.

    It runs in Windows PowerShell, whichever shell is stopped: what it starts inherits its PSModulePath, in which PowerShell 7 would
    put modules first that Windows PowerShell cannot load.
#>
param([string] $Shell)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
. $PSScriptRoot/Simulator.ps1

$folder = (New-Item -ItemType Directory "$([System.IO.Path]::GetTempPath())ctrl-c-$([guid]::NewGuid())").FullName
$simulator = Start-Simulator @('--latency', '20s') "$folder/state"
try {
    $env:PSModulePath = "$env:VCD_TEST_STAGE;$env:PSModulePath"
    $env:SIM_URL, $env:SIM_CA = $simulator.url, $simulator.ca_file
    $env:VCD_API_TOKEN, $env:VCD_URL = ($simulator.logins | Where-Object kind -eq tenant).api_token, $simulator.url
    $env:CTRL_C_FOLDER = $folder
    Set-Content "$folder/job.ps1" @'
Import-Module VcdBearer
try {
    Set-Content "$env:CTRL_C_FOLDER/started" 'yes'
    $null = Get-VcdBearer $env:SIM_URL acme -CACertificate $env:SIM_CA
    Set-Content "$env:CTRL_C_FOLDER/received" 'yes'
}
finally {
    Set-Content "$env:CTRL_C_FOLDER/stopped" 'yes'
    # The session is ended by this process, when the answer comes.
    [System.Threading.Thread]::Sleep(30000)
}
'@
    # A console of its own, so that this script and its runner are not in it.
    $arguments = '-NoProfile', '-ExecutionPolicy', 'RemoteSigned', '-File', "`"$folder\job.ps1`""
    $job = Start-Process $Shell -ArgumentList $arguments -WindowStyle Hidden -PassThru
    Wait-Until 'The exchange' { Get-OpenSession $simulator }

    # Whoever presses the key has to be at the console: a process of its own, which ignores the key itself.
    $press = @'
Add-Type -Namespace Native -Name Console -MemberDefinition '
[DllImport("kernel32", SetLastError = true)] public static extern bool FreeConsole();
[DllImport("kernel32", SetLastError = true)] public static extern bool AttachConsole(uint process);
[DllImport("kernel32", SetLastError = true)] public static extern bool SetConsoleCtrlHandler(System.IntPtr handler, bool add);
[DllImport("kernel32", SetLastError = true)] public static extern bool GenerateConsoleCtrlEvent(uint key, uint group);'
$null = [Native.Console]::FreeConsole()
if (-not [Native.Console]::AttachConsole(PROCESS)) { exit 1 }
$null = [Native.Console]::SetConsoleCtrlHandler([System.IntPtr]::Zero, $true)
if (-not [Native.Console]::GenerateConsoleCtrlEvent(0, 0)) { exit 2 }
'@ -creplace 'PROCESS', $job.Id
    $encoded = [Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes($press))
    $pressed = Start-Process powershell.exe -ArgumentList '-NoProfile', '-EncodedCommand', $encoded -Wait -PassThru
    if ($pressed.ExitCode -ne 0) { throw "Ctrl+C could not be pressed: $($pressed.ExitCode)" }

    Wait-Until 'Stopping' { Test-Path "$folder/stopped" }
    if (Test-Path "$folder/received") { throw 'The call went on to its answer' }
    if (-not (Get-OpenSession $simulator)) { throw 'The session was over before Ctrl+C, so nothing was tested' }
    Wait-Until 'The end of the session' { -not (Get-OpenSession $simulator) }
    'Ctrl+C stopped the call, and its session was ended'
}
finally {
    Stop-Simulator $simulator
}
