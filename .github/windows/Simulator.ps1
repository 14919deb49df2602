# A simulated Cloud Director for the scripts beside this one.

function Start-Simulator([string[]] $Options, [string] $StateFolder) {
    # Everyone may read what lies there: the certificate of its authority.
    $null = New-Item -ItemType Directory -Force $StateFolder
    $start = [System.Diagnostics.ProcessStartInfo]::new("$PSScriptRoot/../../target/debug/vcdsim.exe")
    $start.Arguments = "--until-eof --state-dir `"$StateFolder`" $Options"
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $ready = $process.StandardOutput.ReadLine() | ConvertFrom-Json
    $ready | Add-Member Process $process -PassThru
}

function Stop-Simulator($Simulator) {
    $Simulator.Process.StandardInput.Close()
    $Simulator.Process.WaitForExit()
}

function Get-OpenSession($Simulator) {
    (Invoke-RestMethod "$($Simulator.control_url)/sim/sessions").sessions
}

function Wait-Until([string] $What, [scriptblock] $Condition) {
    # The first task of an account makes its profile, which takes a while.
    $end = [datetime]::UtcNow.AddSeconds(120)
    while (-not (& $Condition)) {
        if ([datetime]::UtcNow -gt $end) { throw "$What did not happen" }
        Start-Sleep -Milliseconds 100
    }
}
