<#
.SYNOPSIS
    Builds, tests and packages VcdBearer: the front door for people who come from PowerShell.

.DESCRIPTION
    Each task is `cargo xtask <task>` and nothing else. Cargo comes with Rust (https://rustup.rs).

.PARAMETER Task
    stage    Builds the module as it will ship, into target/stage, ready for Import-Module.
    package  Makes what is published: the module's packages, the executable, licences, checksums.
    native   Builds library and executable for one platform as they are released.
    demo     Logs in to a simulated Cloud Director and shows what happens.
    test     Runs every test that this machine can run.
    bench    Measures the module against what it replaces.
    header   Writes the C header from the library's source.
    docs     Writes the tables of the documentation that come from the source.
    windows  Builds the whole workspace for 64-bit Windows.

.PARAMETER Arguments
    Further arguments for the task; `./build.ps1 test --help` lists them.

.EXAMPLE
    ./build.ps1

    Stages the module.

.EXAMPLE
    ./build.ps1 test

    Runs the tests.
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('stage', 'package', 'native', 'demo', 'test', 'bench', 'header', 'docs', 'windows')]
    [string] $Task = 'stage',

    [Parameter(Position = 1, ValueFromRemainingArguments)]
    [string[]] $Arguments = @()
)

if (-not (Get-Command cargo -CommandType Application -ErrorAction SilentlyContinue)) {
    throw 'cargo was not found. Install Rust from https://rustup.rs and open a new session.'
}
# Not Stop for all of it: in Windows PowerShell the first line that cargo writes to a redirected error stream would end this.
Push-Location -LiteralPath $PSScriptRoot -ErrorAction Stop
try {
    & cargo xtask $Task @Arguments
}
finally {
    Pop-Location
}
exit $LASTEXITCODE
