//! A library or executable for Windows, as its headers tell: what it asks the system for, and which version it says it is.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::LittleEndian as LE;
use object::read::pe::{PeFile64, ResourceDirectory, ResourceDirectoryTable};

use crate::workspace;

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

/// Refuses a file that would not load where it is meant to, or that does not tell the workspace's version.
pub(crate) fn check(path: &Path) -> Result<()> {
    let name = || path.file_name().unwrap_or(path.as_os_str()).display();
    let data = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = PeFile64::parse(&*data).with_context(|| format!("{} is no 64-bit file for Windows", name()))?;

    let foreign: Vec<String> = imports(&file)?.into_iter().filter(|library| !is_part_of_windows(library)).collect();
    ensure!(foreign.is_empty(), "{} asks for what is not part of Windows: {}", name(), foreign.join(", "));

    let version = version(&file, &data).with_context(|| format!("cannot read the version of {}", name()))?;
    let version = version.with_context(|| format!("{} tells no version", name()))?;
    let expected = format!("{}.0", workspace::VERSION);
    ensure!(version == expected, "{} says that it is version {version}, and the workspace is {expected}", name());
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

/// The four numbers of the file version.
fn version(file: &PeFile64<'_>, data: &[u8]) -> Result<Option<String>> {
    let sections = file.section_table();
    let Some(resources) = file.data_directories().resource_directory(data, &sections)? else { return Ok(None) };
    let Some(entry) = version_resource(resources)? else { return Ok(None) };
    let resource = sections.pe_data_at(data, entry).context("the resource lies outside the file")?;
    Ok(fixed_version(resource))
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

/// `VS_FIXEDFILEINFO` of verrsrc.h, behind the head of `VS_VERSIONINFO`.
fn fixed_version(resource: &[u8]) -> Option<String> {
    const HEAD: usize = 40;
    const SIGNATURE: u32 = 0xFEEF_04BD;
    let number = |index: usize| {
        let bytes = resource.get(HEAD + 4 * index..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    };
    let (high, low) = (number(2)?, number(3)?);
    (number(0)? == SIGNATURE).then(|| format!("{}.{}.{}.{}", high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the one section lies, in memory and in the file.
    const SECTION: u32 = 0x1000;
    const IN_FILE: u32 = 0x200;

    /// The smallest file that asks for these libraries and tells this version.
    fn file(libraries: &[&str], version: Option<[u16; 4]>) -> Vec<u8> {
        let mut section = import_table(libraries);
        let resources = section.len() as u32;
        let end = section.len();
        section.extend(version.map(|version| version_resource(SECTION + resources, version)).unwrap_or_default());
        let resources = (section.len() > end).then_some([SECTION + resources, section.len() as u32 - resources]);

        let mut file = b"MZ".to_vec();
        file.resize(60, 0);
        file.extend(64_u32.to_le_bytes());
        file.extend(b"PE\0\0");
        // For x86-64, one section, optional header of 240 bytes, an executable library.
        file.extend([0x8664_u16, 1, 0, 0, 0, 0, 0, 0, 240, 0x2022].map(u16::to_le_bytes).concat());
        let optional = file.len();
        file.extend(0x20B_u16.to_le_bytes());
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

    /// A directory of one type, one number and one language, and the fixed part of a version.
    fn version_resource(address: u32, [a, b, c, d]: [u16; 4]) -> Vec<u8> {
        const IS_TABLE: u32 = 0x8000_0000;
        let table = |id: u32, leads_to: u32| [0, 0, 0, 1 << 16, id, leads_to].map(u32::to_le_bytes).concat();
        let mut resource = [table(16, IS_TABLE | 24), table(1, IS_TABLE | 48), table(1033, 72)].concat();
        resource.extend([address + 88, 56, 0, 0].map(u32::to_le_bytes).concat());
        resource.extend([0; 40]);
        let pair = |high: u16, low: u16| u32::from(high) << 16 | u32::from(low);
        resource.extend([0xFEEF_04BD, 0x1_0000, pair(a, b), pair(c, d)].map(u32::to_le_bytes).concat());
        resource
    }

    fn checked(libraries: &[&str], version: Option<[u16; 4]>) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.dll");
        fs::write(&path, file(libraries, version)).unwrap();
        check(&path).map_err(|error| format!("{error:#}"))
    }

    fn of_workspace() -> Option<[u16; 4]> {
        let mut numbers = workspace::VERSION.split('.').map(|number| number.parse().unwrap());
        Some([(); 4].map(|()| numbers.next().unwrap_or(0)))
    }

    #[test]
    fn parts_of_windows_may_be_asked_for() {
        assert_eq!(checked(&[], of_workspace()), Ok(()));
        assert_eq!(checked(&["KERNEL32.dll", "ntdll.dll", "msvcrt.dll"], of_workspace()), Ok(()));
    }

    #[test]
    fn a_library_that_windows_does_not_have_is_refused_by_name() {
        for library in
            ["libgcc_s_seh-1.dll", "libwinpthread-1.dll", "VCRUNTIME140.dll", "msvcr120.dll", "kernel32.dll.x"]
        {
            let problem = checked(&["KERNEL32.dll", library, "ntdll.dll"], of_workspace()).unwrap_err();
            assert_eq!(problem, format!("some.dll asks for what is not part of Windows: {library}"));
        }
    }

    #[test]
    fn another_version_or_none_is_refused() {
        let problem = checked(&[], Some([9, 8, 7, 6])).unwrap_err();
        assert!(problem.starts_with("some.dll says that it is version 9.8.7.6, and the workspace is "), "{problem}");
        assert_eq!(checked(&[], None).unwrap_err(), "some.dll tells no version");
    }

    #[test]
    fn what_is_no_file_for_windows_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.dll");
        fs::write(&path, "\u{7f}ELF").unwrap();
        assert!(check(&path).unwrap_err().to_string().starts_with("some.dll is no 64-bit file for Windows"));
    }
}
