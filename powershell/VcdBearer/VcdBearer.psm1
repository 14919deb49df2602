# The loader for development: `cargo xtask stage` puts one merged script in its place.

Set-StrictMode -Version 3.0

foreach ($folder in 'Private', 'Public') {
    foreach ($file in Get-ChildItem -LiteralPath (Join-Path $PSScriptRoot $folder) -Filter *.ps1 | Sort-Object Name) {
        . $file.FullName
    }
}

# A clone has no native/<platform>/ beside this file: its library comes from `cargo build --release`.
$script:LibraryFolder = Join-Path $PSScriptRoot '../../target/release'
