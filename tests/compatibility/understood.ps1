#Requires -Version 5.1
# What Windows PowerShell 5.1 does understand, close to what it does not: no finding. Update-Facts.ps1 reads it with the scripts that
# ship, so that the planted incompatibilities next to these lines are found whatever those use.

if ($PSVersionTable.PSEdition -eq 'Core' -and $IsWindows) { [System.Runtime.InteropServices.NativeLibrary]::Load('a') }
if ($true -and $PSVersionTable['PSEdition'] -eq 'Core') { $IsLinux }

$name, $value = 'a=b'.Split('=', 2)
'a b' -split ' ' -replace 'a', 'b'
'a'.Trim().Contains('b')
'a'.Replace('a', 'b').Split('=')
$table = [ordered] @{ a = 1 }
$table.a
0x1F, 1kb, 1.5e3, 10l, .5
"``e `` `n"

"$(1 + 0x1F) $("a`tb")"
'1'..'3'
'a b'.Split([char[]] ' ', 'RemoveEmptyEntries')
$letters = 'a', 'b'
'a'.Replace(($letters[0, 1]), 'b')
$table = @{
    a = if ($name) { 1 } else { 2 }
    b = if ($name) { 1 } ; c = 3
    d = if ($name) { 1 }
}
try { 1 } finally { foreach ($letter in $letters) { switch ($letter) { a { 1 } } break } }
[System.Func[[object[]], [object]]] { 1 }

1 |
    ForEach-Object { $_ }
1, 2 | Sort-Object
Join-Path a b
ConvertFrom-Json '{}'
Import-Module a
Get-Variable a -Scope Global -ValueOnly -ErrorAction Ignore
$failure = @{ Message = 'a' }
$failure['ErrorId'] = 'b'
Write-Error @failure -RecommendedAction c
ConvertTo-SecureString a -AsPlainText -Force
Set-StrictMode -Version 3.0
$global:Error.Count

[System.Func[type, object]] { 1 }
[System.Func[object]] { 1 }
[System.Runtime.InteropServices.RuntimeInformation, mscorlib]::ProcessArchitecture
[System.IO.Path]::PathSeparator
[System.Math]::Min(1, 2)
[System.Environment]::TickCount
[System.Runtime.InteropServices.Marshal]::FreeHGlobal(0)
function Get-Letter {
    param([ValidateSet('a', 'b')] [char] $Letter)

    $Letter
}
