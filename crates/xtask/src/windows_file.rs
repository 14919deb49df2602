//! A library or executable for Windows, as its headers tell: what it asks the system for, how the system protects it, and what it
//! says it is.

mod version_info;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::LittleEndian as LE;
use object::pe::{
    DllFlags, IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE, IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA,
    IMAGE_DLLCHARACTERISTICS_NX_COMPAT, IMAGE_FILE_DLL,
};
use object::read::pe::{PeFile64, ResourceDirectory, ResourceDirectoryTable};

use crate::workspace;
use version_info::VersionInfo;

/// What may be asked for: parts of every Windows 10 and Windows Server 2016, the oldest that the products run on. The C runtime
/// `msvcrt.dll` is one of them; a compiler's own (libgcc, libwinpthread, vcruntime140, ucrtbase's redistributable) is not.
const SYSTEM_LIBRARIES: &[&str] = &[
    "advapi32.dll",
    "api-ms-win-core-synch-l1-2-0.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "crypt32.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "winhttp.dll",
    "ws2_32.dll",
];

/// What makes a mistake in memory harder to use.
const PROTECTIONS: &[(&str, DllFlags)] = &[
    ("data that is never executed (NX_COMPAT)", IMAGE_DLLCHARACTERISTICS_NX_COMPAT),
    ("a random address (DYNAMIC_BASE)", IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE),
    ("an address among all of 64 bits (HIGH_ENTROPY_VA)", IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA),
];
/// What Explorer and inventories show of a file.
const TEXTS: &[&str] = &["CompanyName", "FileDescription", "InternalName", "LegalCopyright", "ProductName"];

/// Refuses a file that would not load where it is meant to, that goes without the system's protections, or that does not say what it
/// is.
pub(crate) fn check(path: &Path) -> Result<()> {
    let name = || path.file_name().unwrap_or(path.as_os_str()).display();
    let data = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = PeFile64::parse(&*data).with_context(|| format!("{} is no 64-bit file for Windows", name()))?;

    let foreign: Vec<String> = imports(&file)?.into_iter().filter(|library| !is_part_of_windows(library)).collect();
    ensure!(foreign.is_empty(), "{} asks for what is not part of Windows: {}", name(), foreign.join(", "));

    let characteristics = file.nt_headers().optional_header.dll_characteristics.get(LE);
    for (protection, flag) in PROTECTIONS.iter().copied() {
        ensure!(characteristics.contains(flag), "{} goes without {protection}", name());
    }
    let info = info(&file, &data).with_context(|| format!("cannot read the description of {}", name()))?;
    let info = info.with_context(|| format!("{} does not say what it is", name()))?;
    let is_library = file.nt_headers().file_header.characteristics.get(LE).contains(IMAGE_FILE_DLL);
    check_info(&info, &name().to_string(), is_library)
}

fn check_info(info: &VersionInfo, name: &str, is_library: bool) -> Result<()> {
    let version = &info.version;
    let expected = format!("{}.0", workspace::VERSION);
    ensure!(*version == expected, "{name} says that it is version {version}, and the workspace is {expected}");
    // `VFT_APP` and `VFT_DLL` of verrsrc.h.
    let expected = if is_library { 2 } else { 1 };
    ensure!(info.file_type == expected, "{name} says that it is of type {} and not {expected}", info.file_type);
    let said = |key: &str| info.texts.get(key).map_or("", String::as_str);
    let original = said("OriginalFilename");
    ensure!(original == name, "{name} says that its name is {original:?}");
    for key in TEXTS {
        ensure!(!said(key).is_empty(), "{name} says nothing for {key}");
    }
    Ok(())
}

fn is_part_of_windows(library: &str) -> bool {
    SYSTEM_LIBRARIES.contains(&library.to_ascii_lowercase().as_str())
}

/// The libraries that the system loads with this one, at once or at the first call.
fn imports(file: &PeFile64<'_>) -> Result<Vec<String>> {
    let mut libraries = Vec::new();
    if let Some(table) = file.import_table()? {
        let mut descriptors = table.descriptors()?;
        while let Some(descriptor) = descriptors.next()? {
            libraries.push(String::from_utf8_lossy(table.name(descriptor.name.get(LE))?).into_owned());
        }
    }
    if let Some(table) = file.delay_load_import_table()? {
        let mut descriptors = table.descriptors()?;
        while let Some(descriptor) = descriptors.next()? {
            libraries.push(String::from_utf8_lossy(table.name(descriptor.dll_name_rva.get(LE))?).into_owned());
        }
    }
    Ok(libraries)
}

/// What the file says of itself.
fn info(file: &PeFile64<'_>, data: &[u8]) -> Result<Option<VersionInfo>> {
    let sections = file.section_table();
    let Some(resources) = file.data_directories().resource_directory(data, &sections)? else { return Ok(None) };
    let Some(entry) = version_resource(resources)? else { return Ok(None) };
    let resource = sections.pe_data_at(data, entry).context("the resource lies outside the file")?;
    Ok(VersionInfo::read(resource))
}

/// Where the resource of the type `VERSIONINFO` lies, whatever its number and language.
fn version_resource(resources: ResourceDirectory<'_>) -> Result<Option<u32>> {
    /// `RT_VERSION` of winuser.h.
    const VERSION: u16 = 16;
    let first =
        |table: ResourceDirectoryTable<'_>| table.entries.first().map(|entry| entry.data(resources)).transpose();
    let root = resources.root()?;
    let Some(of_type) = root.entries.iter().find(|entry| entry.name_or_id().id() == Some(VERSION)) else {
        return Ok(None);
    };
    let Some(by_number) = of_type.data(resources)?.table() else { return Ok(None) };
    let Some(by_language) = first(by_number)?.and_then(|entry| entry.table()) else { return Ok(None) };
    Ok(first(by_language)?.and_then(|entry| entry.data()).map(|entry| entry.offset_to_data.get(LE)))
}

#[cfg(test)]
mod tests {
    use super::version_info::tests::resource;
    use super::*;

    /// Where the one section lies, in memory and in the file.
    const SECTION: u32 = 0x1000;
    const IN_FILE: u32 = 0x200;

    /// The smallest file that asks for these libraries, says that of itself, and has these characteristics.
    fn file(libraries: &[&str], info: Option<Vec<u8>>, characteristics: u16) -> Vec<u8> {
        let mut section = import_table(libraries);
        let end = section.len();
        section.resize(end.next_multiple_of(4), 0);
        let at = section.len() as u32;
        section.extend(info.map(|info| in_directories(SECTION + at, &info)).unwrap_or_default());
        let resources = (section.len() as u32 > at).then_some([SECTION + at, section.len() as u32 - at]);

        let mut file = b"MZ".to_vec();
        file.resize(60, 0);
        file.extend(64_u32.to_le_bytes());
        file.extend(b"PE\0\0");
        // For x86-64, one section, optional header of 240 bytes, an executable library.
        file.extend([0x8664_u16, 1, 0, 0, 0, 0, 0, 0, 240, 0x2022].map(u16::to_le_bytes).concat());
        let optional = file.len();
        file.extend(0x20B_u16.to_le_bytes());
        file.resize(optional + 70, 0);
        file.extend(characteristics.to_le_bytes());
        file.resize(optional + 108, 0);
        file.extend(16_u32.to_le_bytes());
        let none = [0, 0];
        let directories = [none, [SECTION, end as u32], resources.unwrap_or(none)];
        file.extend(directories.concat().into_iter().flat_map(u32::to_le_bytes));
        file.resize(optional + 240, 0);
        file.extend(b".idata\0\0");
        let size = section.len() as u32;
        file.extend([size, SECTION, size, IN_FILE, 0, 0, 0, 0x4000_0040].map(u32::to_le_bytes).concat());
        file.resize(IN_FILE as usize, 0);
        file.extend(section);
        file
    }

    /// Descriptors, each of five numbers of which the fourth is where the name lies, an empty one, and the names.
    fn import_table(libraries: &[&str]) -> Vec<u8> {
        let mut names = Vec::new();
        let mut table = Vec::new();
        let behind = SECTION + 20 * (libraries.len() as u32 + 1);
        for library in libraries {
            let name = behind + names.len() as u32;
            table.extend([SECTION, 0, 0, name, SECTION].map(u32::to_le_bytes).concat());
            names.extend(library.bytes().chain([0]));
        }
        table.extend([0; 20]);
        table.extend(names);
        table
    }

    /// The resource behind a directory of one type, one number and one language.
    fn in_directories(address: u32, resource: &[u8]) -> Vec<u8> {
        const IS_TABLE: u32 = 0x8000_0000;
        let table = |id: u32, leads_to: u32| [0, 0, 0, 1 << 16, id, leads_to].map(u32::to_le_bytes).concat();
        let mut directories = [table(16, IS_TABLE | 24), table(1, IS_TABLE | 48), table(1033, 72)].concat();
        directories.extend([address + 88, resource.len() as u32, 0, 0].map(u32::to_le_bytes).concat());
        [&directories, resource].concat()
    }

    fn checked_file(file: Vec<u8>) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.dll");
        fs::write(&path, file).unwrap();
        check(&path).map_err(|error| format!("{error:#}"))
    }

    /// NX_COMPAT, DYNAMIC_BASE and HIGH_ENTROPY_VA of winnt.h.
    const PROTECTED: u16 = 0x160;
    const LIBRARY: u32 = 2;

    fn checked(libraries: &[&str], info: Option<Vec<u8>>) -> Result<(), String> {
        checked_file(file(libraries, info, PROTECTED))
    }

    fn workspace_version() -> [u16; 4] {
        let mut numbers = workspace::VERSION.split('.').map(|number| number.parse().unwrap());
        [(); 4].map(|()| numbers.next().unwrap_or(0))
    }

    /// All that a file should say, but for the one text.
    fn texts<'a>(except: &str, instead: &'a str) -> Vec<(&'static str, &'a str)> {
        let all = TEXTS.iter().map(|key| (*key, "something")).chain([("OriginalFilename", "some.dll")]);
        all.map(|(key, value)| (key, if key == except { instead } else { value })).collect()
    }

    fn whole() -> Option<Vec<u8>> {
        Some(resource(workspace_version(), LIBRARY, &texts("", "")))
    }

    #[test]
    fn parts_of_windows_may_be_asked_for() {
        assert_eq!(checked(&[], whole()), Ok(()));
        assert_eq!(checked(&["KERNEL32.dll", "ntdll.dll", "msvcrt.dll"], whole()), Ok(()));
    }

    #[test]
    fn a_library_that_windows_does_not_have_is_refused_by_name() {
        for library in
            ["libgcc_s_seh-1.dll", "libwinpthread-1.dll", "VCRUNTIME140.dll", "msvcr120.dll", "kernel32.dll.x"]
        {
            let problem = checked(&["KERNEL32.dll", library, "ntdll.dll"], whole()).unwrap_err();
            assert_eq!(problem, format!("some.dll asks for what is not part of Windows: {library}"));
        }
    }

    #[test]
    fn another_version_or_none_is_refused() {
        let problem = checked(&[], Some(resource([9, 8, 7, 6], LIBRARY, &texts("", "")))).unwrap_err();
        assert!(problem.starts_with("some.dll says that it is version 9.8.7.6, and the workspace is "), "{problem}");
        assert_eq!(checked(&[], None).unwrap_err(), "some.dll does not say what it is");
    }

    #[test]
    fn a_wrong_or_missing_description_is_refused() {
        let with =
            |file_type, texts: &[(&str, &str)]| checked(&[], Some(resource(workspace_version(), file_type, texts)));
        assert_eq!(with(1, &texts("", "")).unwrap_err(), "some.dll says that it is of type 1 and not 2");
        let problem = with(LIBRARY, &texts("OriginalFilename", "other.dll")).unwrap_err();
        assert_eq!(problem, "some.dll says that its name is \"other.dll\"");
        for key in TEXTS {
            let problem = with(LIBRARY, &texts(key, "")).unwrap_err();
            assert_eq!(problem, format!("some.dll says nothing for {key}"));
        }
    }

    #[test]
    fn a_file_without_a_protection_is_refused() {
        for (_, flag) in PROTECTIONS {
            let problem = checked_file(file(&[], whole(), PROTECTED & !flag.0)).unwrap_err();
            assert!(problem.starts_with("some.dll goes without "), "{problem}");
        }
    }

    #[test]
    fn what_is_no_file_for_windows_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.dll");
        fs::write(&path, "\u{7f}ELF").unwrap();
        assert!(check(&path).unwrap_err().to_string().starts_with("some.dll is no 64-bit file for Windows"));
    }
}
