//! The native library: found, refused, or missing, each with its own words.

use std::fs;
use std::path::{Path, PathBuf};

use tests::staged;

use crate::Case;
use crate::site::{Site, literal, run};

pub(crate) const CASES: &[Case] = &[
    ("a_missing_library_is_named", a_missing_library_is_named),
    // macOS ends a process that loads a library which was changed after it was signed.
    #[cfg(not(target_os = "macos"))]
    ("a_foreign_or_damaged_library_is_refused", a_foreign_or_damaged_library_is_refused),
    #[cfg(target_os = "linux")]
    ("a_library_for_a_newer_system_is_explained", a_library_for_a_newer_system_is_explained),
    // The libraries of macOS are no files.
    #[cfg(not(target_os = "macos"))]
    ("a_library_of_another_release_is_refused", a_library_of_another_release_is_refused),
    ("no_environment_variable_redirects_the_library", no_environment_variable_redirects_the_library),
    ("every_platform_has_its_library_or_a_refusal", every_platform_has_its_library_or_a_refusal),
    #[cfg(target_os = "linux")]
    (
        "a_library_that_does_not_load_is_explained_by_the_platform",
        a_library_that_does_not_load_is_explained_by_the_platform,
    ),
    ("a_restricted_language_mode_is_one_clear_error", a_restricted_language_mode_is_one_clear_error),
    ("two_copies_of_the_module_live_side_by_side", two_copies_of_the_module_live_side_by_side),
    ("the_module_of_the_clone_loads", the_module_of_the_clone_loads),
];

/// A copy of the module that a case may damage: its folder and its library.
fn copy(site: &Site, name: &str) -> (PathBuf, PathBuf) {
    let to = site.home.path().join(name).join("VcdBearer");
    copy_tree(&site.shell.module_folder(), &to);
    let staged = staged::library().expect("the stage was made of it");
    let name = staged.file_name().expect("a library has a name");
    let platforms = fs::read_dir(to.join("native")).expect("native/").flatten();
    let library = platforms.map(|platform| platform.path().join(name)).find(|library| library.is_file());
    (to, library.expect("the library of this platform"))
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

const CALL: &str = r"
Import-Module $PSScriptRoot/copy/VcdBearer/VcdBearer.psd1
try { Get-VcdBearer localhost acme -ApiToken x } catch {
    $_.FullyQualifiedErrorId, $Error.Count -join '|'
    $_.Exception.Message
}
";

fn refusal(site: &Site) -> (String, String) {
    let ran = run(site.file(&site.bare_script(CALL)));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    let (id, message) = ran.stdout.split_once('\n').expect("two lines");
    (id.to_owned(), message.to_owned())
}

fn a_missing_library_is_named(site: &Site) {
    let (_, library) = copy(site, "copy");
    fs::remove_file(&library).expect("it was there");
    let (id, message) = refusal(site);
    assert_eq!(id, "Vcd.NativeLibraryMissing,Get-VcdBearer|1");
    assert!(message.contains(library.to_str().expect("text")), "{message}");
}

#[cfg(not(target_os = "macos"))]
fn a_foreign_or_damaged_library_is_refused(site: &Site) {
    let (_, library) = copy(site, "copy");
    let whole = fs::read(&library).expect("the library");
    for (what, bytes) in [
        ("another processor", for_another_processor(&whole)),
        ("32 bits", for_32_bits(&whole)),
        ("a text", b"hello".to_vec()),
        ("nothing", Vec::new()),
    ] {
        fs::remove_file(&library).expect("it was there");
        fs::write(&library, bytes).expect("it can be written");
        let (id, message) = refusal(site);
        assert_eq!(id, "Vcd.NativeLibraryWrongArchitecture,Get-VcdBearer|1", "{what}: {message}");
    }
}

/// A library for x64 as one for arm64, and the reverse.
#[cfg(target_os = "linux")]
fn for_another_processor(library: &[u8]) -> Vec<u8> {
    const E_MACHINE: usize = 18;
    with_byte(library, E_MACHINE, if library[E_MACHINE] == 0x3e { 0xb7 } else { 0x3e })
}

#[cfg(target_os = "linux")]
fn for_32_bits(library: &[u8]) -> Vec<u8> {
    const EI_CLASS: usize = 4;
    with_byte(library, EI_CLASS, 1)
}

/// A library for x64 as one for arm64, and the reverse.
#[cfg(windows)]
fn for_another_processor(library: &[u8]) -> Vec<u8> {
    let machine = machine_of_pe(library);
    let other = if library[machine] == 0x64 { 0xaa64_u16 } else { 0x8664 };
    let [low, high] = other.to_le_bytes();
    with_byte(&with_byte(library, machine, low), machine + 1, high)
}

#[cfg(windows)]
fn for_32_bits(library: &[u8]) -> Vec<u8> {
    let machine = machine_of_pe(library);
    with_byte(&with_byte(library, machine, 0x4c), machine + 1, 0x01)
}

/// Where a file of Windows says for which processor it is: behind the signature, to which the start leads.
#[cfg(windows)]
fn machine_of_pe(library: &[u8]) -> usize {
    let signature = u32::from_le_bytes(library[0x3c..0x40].try_into().expect("four bytes"));
    usize::try_from(signature).expect("an offset in the file") + 4
}

#[cfg(not(target_os = "macos"))]
fn with_byte(library: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut changed = library.to_owned();
    changed[at] = byte;
    changed
}

/// As on a distribution whose glibc is older than what the library was linked with.
#[cfg(target_os = "linux")]
fn a_library_for_a_newer_system_is_explained(site: &Site) {
    let (_, library) = copy(site, "copy");
    let mut bytes = fs::read(&library).expect("the library");
    let needed = bytes.windows(8).position(|name| name == b"GLIBC_2.").expect("the name of a version");
    bytes[needed + 6] = b'9';
    fs::remove_file(&library).expect("it was there");
    fs::write(&library, bytes).expect("it can be written");
    let (id, message) = refusal(site);
    assert_eq!(id, "Vcd.NativeLibraryBlocked,Get-VcdBearer|1", "{message}");
    assert!(message.contains("GLIBC_9") && message.contains("glibc 2.28 or later"), "{message}");
    assert!(!message.contains("LD_DEBUG"), "{message}");
}

#[cfg(not(target_os = "macos"))]
fn a_library_of_another_release_is_refused(site: &Site) {
    let (_, library) = copy(site, "copy");
    // Any library that is not ours lacks the functions.
    let other = [
        "/lib/x86_64-linux-gnu/libm.so.6",
        "/lib/aarch64-linux-gnu/libm.so.6",
        "/lib64/libm.so.6",
        r"C:\Windows\System32\version.dll",
    ];
    let other = other.iter().find(|path| Path::new(path).exists()).expect("a library of the system");
    fs::copy(other, &library).expect("it can be copied");
    let (id, message) = refusal(site);
    assert_eq!(id, "Vcd.NativeLibraryMissing,Get-VcdBearer|1", "{message}");
    assert!(message.contains("another release"), "{message}");
}

fn no_environment_variable_redirects_the_library(site: &Site) {
    let (_, library) = copy(site, "copy");
    let elsewhere = site.home.path().join(library.file_name().expect("a name"));
    fs::rename(&library, &elsewhere).expect("it can be moved");
    let mut command = site.file(&site.bare_script(CALL));
    for variable in ["LD_LIBRARY_PATH", "VCD_LIBRARY", "VCD_TEST_LIBRARY", "VCDBEARER_LIBRARY", "LibraryFolder"] {
        command.env(variable, site.home.path());
    }
    let ran = run(command);
    assert!(ran.stdout.starts_with("Vcd.NativeLibraryMissing,Get-VcdBearer"), "{}", ran.stdout);
}

fn every_platform_has_its_library_or_a_refusal(site: &Site) {
    let lines = site.lines(
        r"
        & (Get-Module VcdBearer) {
            foreach ($platform in 'win x64', 'win arm64', 'win x86', 'linux x64', 'linux arm64', 'linux arm', 'osx x64', 'osx arm64') {
                $system, $architecture = $platform.Split(' ')
                $refusal = Get-PlatformRefusal $system $architecture linux-x64
                if ($refusal) { $platform, $refusal.name, $refusal.action -join '|' } else { Get-LibraryPath M $system $architecture }
            }
            foreach ($runtime in 'linux-musl-x64', 'alpine.3.20-x64', 'debian.12-x64', '') {
                $refusal = Get-PlatformRefusal linux x64 $runtime
                if ($refusal) { $runtime, $refusal.name, $refusal.message, $refusal.action -join '|' } else { $runtime }
            }
            Get-LibraryPath (Get-Module VcdBearer).ModuleBase (Get-SystemName) (Get-ProcessArchitecture) | Test-Path
        }
        ",
    );
    let musl = |runtime| {
        format!(
            "{runtime}|NativeLibraryMissing|This system ({runtime}) has the C library musl; VcdBearer's libraries for Linux need \
             glibc.|Use a system or container image with glibc 2.28 or later: Debian, Ubuntu, Fedora, Red Hat, SUSE and others."
        )
    };
    assert_eq!(
        lines,
        [
            r"M\native\win-x64\vcd_auth.dll",
            r"M\native\win-arm64\vcd_auth.dll",
            "win x86|NativeLibraryWrongArchitecture|Use a 64-bit PowerShell: not the one marked x86, and in a 32-bit program the one \
             in C:\\Windows\\Sysnative.",
            "M/native/linux-x64/libvcd_auth.so",
            "M/native/linux-arm64/libvcd_auth.so",
            "linux arm|NativeLibraryWrongArchitecture|Use a 64-bit PowerShell.",
            "M/native/osx/libvcd_auth.dylib",
            "M/native/osx/libvcd_auth.dylib",
            &musl("linux-musl-x64"),
            &musl("alpine.3.20-x64"),
            "debian.12-x64",
            "",
            "True",
        ]
    );
}

#[cfg(target_os = "linux")]
fn a_library_that_does_not_load_is_explained_by_the_platform(site: &Site) {
    // What a process for 32 bits, or one on Alpine, would say of itself.
    let lines = site.lines(
        r"
        & (Get-Module VcdBearer) {
            function Get-RuntimeIdentifier { 'linux-musl-x64' }
            (New-LibraryFailureRecord none ([System.DllNotFoundException]::new('x'))).Exception.Message
            function Get-ProcessArchitecture { 'x86' }
            (New-LibraryFailureRecord none ([System.DllNotFoundException]::new('x'))).Exception.Message
        }
        ",
    );
    assert!(lines[0].contains("musl"), "{lines:?}");
    assert!(
        lines[1].starts_with("This PowerShell runs as a process for x86; VcdBearer has libraries for x64 and arm64."),
        "{lines:?}"
    );
}

fn a_restricted_language_mode_is_one_clear_error(site: &Site) {
    for command in crate::manners::COMMANDS.split(',') {
        let script = site.bare_script(&format!(
            "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'\n\
                 Import-Module VcdBearer\n\
                 try {{ {command} x }} catch {{ $_.FullyQualifiedErrorId; $_.Exception.Message; $Error.Count }}\n\
                 {command} x\n\
                 'not reached'\n"
        ));
        let ran = run(site.file(&script));
        let message = "The language mode ConstrainedLanguage of this PowerShell forbids calls into native libraries. The program \
                       vcd-bearer works.";
        let id = format!("Vcd.LanguageModeRestricted,{command}");
        assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), [&id, message, "1"], "{}", ran.stderr);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        // Nothing but the error of the last call: neither the import nor the rest of the command adds to it.
        let told = ran.told();
        assert!(told.matches("forbids calls into native libraries").count() == 1, "{told}");
        assert!(told.contains("job.ps1:5"), "{told}");
        // The frame of PowerShell 7.
        if !site.shell.is_windows_powershell() {
            assert!(ran.stderr.starts_with("Write-Error: "), "{}", ran.stderr);
            assert_eq!(ran.stderr.matches("Recommendation").count(), 1, "{}", ran.stderr);
        }
    }
}

fn two_copies_of_the_module_live_side_by_side(site: &Site) {
    let [first, second] = ["first", "second"].map(|name| literal(&copy(site, name).0));
    let lines = site.lines(&format!(
        r"
        Remove-Module VcdBearer
        Import-Module {first} -Prefix First
        Import-Module {second} -Prefix Second
        $a = Get-FirstVcdBearer @Site -Org acme -ApiToken $Token
        $b = Get-SecondVcdBearer @Site -Org acme -ApiToken $Token
        $a.GetType().FullName -eq $b.GetType().FullName -and $a.GetType() -ne $b.GetType()
        Test-FirstVcdBearer $b
        $a | Remove-SecondVcdBearer
        Test-FirstVcdBearer $a
        "
    ));
    assert_eq!(lines, ["True", "True", "False"]);
}

fn the_module_of_the_clone_loads(site: &Site) {
    // Its library may or may not have been built by `cargo build --release`; the commands are there in any case.
    let manifest = literal(&staged::repository().join("powershell/VcdBearer/VcdBearer.psd1"));
    let lines = site.lines(&format!(
        r"
        Remove-Module VcdBearer
        Import-Module {manifest}
        (Get-Command -Module VcdBearer).Name -join ','
        try {{ Get-VcdBearer http://x acme -ApiToken y }} catch {{ $_.FullyQualifiedErrorId }}
        "
    ));
    assert_eq!(lines[0], crate::manners::COMMANDS);
    assert!(
        ["Vcd.InvalidServer,Get-VcdBearer", "Vcd.NativeLibraryMissing,Get-VcdBearer"].contains(&lines[1].as_str()),
        "{lines:?}"
    );
}
