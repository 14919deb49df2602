# Runs an example statement by statement: each is shown as if typed at a prompt, followed by what it puts out.
# Session texts are masked, because people show the output of a demo to others.
param(
    [string]$Example,
    [string]$Server,
    [string]$Org,
    [string]$CACertificate
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSDefaultParameterValues['Get-VcdBearer:CACertificate'] = $CACertificate

$script = [System.Management.Automation.Language.Parser]::ParseFile($Example, [ref]$null, [ref]$null)
foreach ($statement in $script.EndBlock.Statements) {
    "PS> $($statement.Extent.Text)"
    # Dot-sourced, so that a variable of one statement is there for the next.
    . ([scriptblock]::Create($statement.Extent.Text)) | Out-String -Stream | ForEach-Object {
        $_ -replace '(eyJ[\w-]{4})[\w-]*\.[\w-]+\.[\w-]+', '$1... (masked)'
    }
}
