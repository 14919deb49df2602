//! Windows PowerShell 5.1, without Windows: the shipped scripts against what it understands and has. `tests/compatibility/README.md`
//! tells how, and what this cannot show.

use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use tests::case::Needed;
use tests::staged;

use crate::Case;
use crate::site::{Site, literal};

/// They need the parser of PowerShell 7.
pub(crate) const CASES_FOR_7: &[Case] = &[
    ("shipped_scripts_use_what_5_1_has", shipped_scripts_use_what_5_1_has),
    ("planted_incompatibilities_are_found", planted_incompatibilities_are_found),
    ("what_5_1_understands_is_no_finding", what_5_1_understands_is_no_finding),
];

/// The case that needs `SOURCES`, or the reason why it is left out.
pub(crate) const FACTS_CASE: Case = ("the_facts_are_those_of_the_references", the_facts_are_those_of_the_references);

/// Names the folder with the reference assemblies and the documentation.
const SOURCES: &str = "VCD_TEST_5_1_SOURCES";

/// Where the facts about 5.1 come from.
///
/// # Errors
/// That this machine does not have it.
pub(crate) fn sources() -> Needed<PathBuf> {
    env::var_os(SOURCES)
        .map(PathBuf::from)
        .ok_or_else(|| format!("{SOURCES} names no folder, see tests/compatibility/README.md"))
}

/// What 5.1 does not understand or does not have, and the finding that says so: its line and its words.
const PLANTED: &[(&str, &str)] = &[
    // Syntax.
    ("$a = $true ? 1 : 2", "1: the conditional operator ? :"),
    ("$a = $null ?? 1", "1: the operator ??"),
    ("$a = $null; $a ??= 1", "1: the operator ??="),
    ("$a = 'a'\n${a}?.Length", "2: the operator ?."),
    ("$a = 1, 2\n${a}?[0]", "2: the operator ?["),
    ("cargo build && cargo test", "1: the operator &&"),
    ("cargo build || cargo test", "1: the operator ||"),
    ("cargo build &", "1: a background job by &"),
    ("1, 2\n| Sort-Object", "2: a line that begins with |"),
    ("function f { clean { } }", "1: a clean block"),
    ("$a = 1y", "1: the number 1y"),
    ("$a = 10u", "1: the number 10u"),
    ("$a = 0b101", "1: the number 0b101"),
    ("$a = \"`e[0m\"", "1: the escape `e or `u{}"),
    ("$a = \"`u{2713}\"", "1: the escape `e or `u{}"),
    ("using module ./Other.psm1", "1: a using statement: the one script that ships has no place for it"),
    ("enum Kind : byte { One }", "1: an enumeration with a type"),
    ("'a'.Trim[int]()", "1: type arguments of a method"),
    ("'a' -replace 'a', { 'b' }", "1: -replace with a script block"),
    // 5.1 reads the line after the if as a part of it.
    ("$a = @{\n    x = if ($true) { 1 }\n    y = 2\n}", "2: an if without else before another line of a table"),
    (
        "$a = [ordered] @{\n    x = if ($true) { 1 } elseif ($false) { 2 } # why\n\n    y = 2\n}",
        "2: an if without else before another line of a table",
    ),
    ("$a = @{ x = $b = if ($true) { 1 }\n y = 2 }", "1: an if without else before another line of a table"),
    ("\"$(@{ x = if ($true) { 1 }\n y = 2 })\"", "1: an if without else before another line of a table"),
    ("class C { [void] Process() { } }", "1: a method with the name Process"),
    ("$a = 'a', 'b'\n'a'.Replace($a[0, 1], 'b')", "2: several indexes where a comma separates arguments"),
    ("$b = 1, 2; function f { param($a = $b[0, 1]) $a }", "1: several indexes where a comma separates arguments"),
    ("try { 1 } finally { switch (1) { 1 { break } } }", "1: break in a switch of a finally block"),
    ("try { 1 } finally { switch (1) { 1 { continue } } }", "1: continue in a switch of a finally block"),
    ("$a = 1; cargo $a=1", "1: a word of a variable and what follows its ="),
    ("'a'..'f'", "1: a range of characters"),
    ("[System.Func[object[], object]]", "1: an array among the type arguments of a type"),
    ("\"$($null ?? 1)\"", "1: the operator ??"),
    ("@\"\n$(1u)\n\"@", "2: the number 1u"),
    ("#Requires -Version 7.0", "1: a #Requires that Windows PowerShell does not meet"),
    ("#Requires -PSEdition Core", "1: a #Requires that Windows PowerShell does not meet"),
    ("'a'\n'\u{2713}'", "2: a character outside of ASCII"),
    ("if (", "1: Missing condition in if statement after 'if ('."),
    // Commands and their parameters.
    ("1 | ForEach-Object -Parallel { $_ }", "1: the parameter -Parallel of ForEach-Object"),
    ("ConvertFrom-Json '{}' -AsHashtable", "1: the parameter -AsHashtable of ConvertFrom-Json"),
    ("Import-Module a -SkipEditionCheck", "1: the parameter -SkipEditionCheck of Import-Module"),
    (
        "$more = @{ NoEnumerate = $true }\nConvertFrom-Json '[]' @more",
        "2: the parameter NoEnumerate of ConvertFrom-Json",
    ),
    ("param($more) ConvertFrom-Json '[]' @more", "1: the parameter @more (from nowhere) of ConvertFrom-Json"),
    ("$more = @{ Message = 'a' }\n$more['Nothing'] = 1\nWrite-Error @more", "3: the parameter Nothing of Write-Error"),
    ("$more = @{ Message = 'a' }\nWrite-Error @more -Message b", "2: the parameter Message of Write-Error twice"),
    ("ConvertTo-SecureString a -AsPlainText", "1: the parameter -AsPlainText of ConvertTo-SecureString without -Force"),
    ("Set-StrictMode -Version 7.0", "1: the value 7.0 for -Version"),
    ("Add-Content a b -Encoding utf8NoBOM", "1: the value utf8NoBOM for -Encoding"),
    ("Join-Path a b c", "1: 3 values without a name for Join-Path"),
    ("Get-Variable a -ErrorAction Break", "1: the value Break for -ErrorAction"),
    ("Get-Variable a -ProgressAction Ignore", "1: the parameter -ProgressAction of Get-Variable"),
    ("Invoke-RestMethod https://x -SkipCertificateCheck", "1: the command Invoke-RestMethod"),
    ("Get-Content a -AsByteStream", "1: the command Get-Content"),
    ("Set-Content a b -Encoding utf8NoBOM", "1: the command Set-Content"),
    ("Start-ThreadJob { 1 }", "1: the command Start-ThreadJob"),
    ("Add-Type -AssemblyName a", "1: the command Add-Type"),
    // Variables.
    ("if ($IsWindows) { 1 }", "1: the variable $IsWindows"),
    ("$global:IsWindows", "1: the variable $IsWindows"),
    ("$PSStyle", "1: the variable $PSStyle"),
    ("if ($true -or $PSVersionTable.PSEdition -eq 'Core') { $IsLinux }", "1: the variable $IsLinux"),
    ("if ($PSVersionTable.PSEdition -eq 'Core') { 1 } else { $IsMacOS }", "1: the variable $IsMacOS"),
    // Types.
    ("[System.Net.Http.SocketsHttpHandler]::new()", "1: the type System.Net.Http.SocketsHttpHandler"),
    ("[System.Runtime.Loader.AssemblyLoadContext]::Default", "1: the type System.Runtime.Loader.AssemblyLoadContext"),
    (
        "[System.Runtime.InteropServices.NativeLibrary]::Load('a')",
        "1: the type System.Runtime.InteropServices.NativeLibrary",
    ),
    ("'System.Text.Json.JsonException'", "1: the type System.Text.Json.JsonException"),
    ("[System.Convert]::ToHexString(1)", "1: the type System.Convert"),
    ("[System.Func[System.Half]]", "1: the type System.Half"),
    ("$a = [short] 1", "1: the short type name [short]; 1: the type System.Int16"),
    ("[semver] '1.0'", "1: the short type name [semver]; 1: the type System.Management.Automation.SemanticVersion"),
    (
        "[System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture",
        "1: the type System.Runtime.InteropServices.RuntimeInformation without its assembly",
    ),
    // Members.
    ("param([ValidateSet('a', ErrorMessage = 'b')] $a)", "1: the property ErrorMessage"),
    (
        "[System.IO.Path]::GetRelativePath('a', 'b')",
        "1: the method System.IO.Path::GetRelativePath with these 2 arguments",
    ),
    ("[System.Math]::Clamp(1, 2, 3)", "1: the method System.Math::Clamp with these 3 arguments"),
    ("[System.Environment]::TickCount64", "1: the property System.Environment::TickCount64"),
    (
        "[System.Runtime.InteropServices.Marshal]::PtrToStringUTF8(1)",
        "1: the method System.Runtime.InteropServices.Marshal::PtrToStringUTF8 with these 1 arguments",
    ),
    ("'a'.Contains('A', 'OrdinalIgnoreCase')", "1: the method Contains with these 2 arguments"),
    ("'a'.Contains([char] 'a')", "1: the method Contains with these 1 arguments"),
    ("'a'.Replace('a', 'b', 'Ordinal')", "1: the method Replace with these 3 arguments"),
    ("'a'.Split([char[]] 'a', 'TrimEntries')", "1: the method Split with these 2 arguments"),
    // For 5.1 these are two separators.
    ("'a'.Split('=>')", "1: the method Split with these 1 arguments"),
    ("$a = 'a'\n$a.EnumerateRunes()", "2: the method EnumerateRunes with these 0 arguments"),
    ("$a = 'a'\n$a.ResolvedTarget", "2: the property ResolvedTarget"),
];

/// A file beside the checks, as a script writes it.
fn tool(name: &str) -> String {
    literal(&staged::repository().join("tests/compatibility").join(name))
}

/// Everything that runs in a user's PowerShell: the scripts, and what becomes of them in the package.
fn shipped(module: &Path) -> String {
    let root = staged::repository();
    format!(
        "$shipped = Get-ChildItem {}, {}, {}, {} -Recurse -Include *.ps1, *.psm1, *.psd1\n",
        literal(&root.join("powershell/VcdBearer")),
        literal(&root.join("examples")),
        literal(&root.join("build.ps1")),
        literal(module),
    )
}

fn shipped_scripts_use_what_5_1_has(site: &Site) {
    let lines = site.lines(&format!(
        "{}$shipped.Count -gt 50\n& {} $shipped.FullName",
        shipped(&site.shell.module_folder()),
        tool("Find-Incompatibility.ps1")
    ));
    assert_eq!(lines, ["True"]);
}

fn the_facts_are_those_of_the_references(site: &Site) {
    let sources = sources().expect("the case is left out without them");
    site.passes(&format!(
        "{}& {} {} ($shipped.FullName + {}) -Verify",
        shipped(&site.shell.module_folder()),
        tool("Update-Facts.ps1"),
        literal(&sources),
        tool("understood.ps1")
    ));
}

/// The findings in each script, joined, each without the script's path.
fn findings(site: &Site, scripts: &[&str]) -> Vec<String> {
    let mut text = String::new();
    for (number, script) in scripts.iter().enumerate() {
        let path = site.write(&format!("planted{number}.ps1"), script);
        let find = tool("Find-Incompatibility.ps1");
        let name = path.as_os_str().len() + 1;
        let path = literal(&path);
        writeln!(text, "@(& {find} {path} | ForEach-Object {{ $_.Substring({name}) }}) -join '; '")
            .expect("text grows");
    }
    site.run(&text).stdout.lines().map(str::to_owned).collect()
}

fn planted_incompatibilities_are_found(site: &Site) {
    let scripts: Vec<_> = PLANTED.iter().map(|(script, _)| *script).collect();
    let found = findings(site, &scripts);
    let wrong: Vec<_> = PLANTED.iter().zip(&found).filter(|((_, expected), found)| expected != found).collect();
    assert!(wrong.is_empty() && found.len() == PLANTED.len(), "{wrong:#?}");
}

fn what_5_1_understands_is_no_finding(site: &Site) {
    site.passes(&format!("& {} {}", tool("Find-Incompatibility.ps1"), tool("understood.ps1")));
}
