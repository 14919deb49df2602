//! Which glibc a Linux program or library needs.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};
use object::Endianness;
use object::read::elf::{ElfFile64, FileHeader as _, Sym as _};

/// The newest glibc whose symbols a release may need: the oldest one of a distribution that PowerShell 7 supports.
pub(crate) const NEWEST: Version = Version(2, 28);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u16, u16);

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}

/// The symbols that a program or library takes from glibc, by the version that brought them.
#[derive(Debug)]
pub(crate) struct Needs(BTreeMap<Version, Vec<String>>);

impl Needs {
    pub(crate) fn read(file: &[u8]) -> Result<Self> {
        let elf = ElfFile64::<Endianness>::parse(file).context("it is no 64-bit ELF file")?;
        let endian = elf.elf_header().endian()?;
        let symbols = elf.elf_dynamic_symbol_table();
        let versions = elf.elf_section_table().versions(endian, file)?.context("its symbols have no versions")?;
        let mut needs = BTreeMap::<_, Vec<_>>::new();
        for (index, symbol) in symbols.enumerate() {
            let version = versions.version(versions.version_index(endian, index).index())?;
            let Some(version) = version.and_then(|version| glibc_version(version.name())) else { continue };
            let name = symbol.name(endian, symbols.strings())?;
            needs.entry(version).or_default().push(String::from_utf8_lossy(name).into_owned());
        }
        Ok(Self(needs))
    }

    /// The version that this needs at least, with the symbols that say so; none where nothing is needed.
    pub(crate) fn newest(&self) -> Option<(Version, &[String])> {
        self.0.last_key_value().map(|(version, symbols)| (*version, symbols.as_slice()))
    }

    /// Refuses what hosts with the promised glibc cannot load.
    pub(crate) fn check(&self) -> Result<()> {
        match self.newest() {
            Some((version, symbols)) if version > NEWEST => {
                bail!("it needs glibc {version} ({}); releases may need {NEWEST} at most", symbols.join(", "))
            }
            _ => Ok(()),
        }
    }
}

/// `GLIBC_2.28` and `GLIBC_2.2.5` as a version.
fn glibc_version(name: &[u8]) -> Option<Version> {
    let mut numbers = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?.split('.');
    Some(Version(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(glibc_version(b"GLIBC_2.2.5"), Some(Version(2, 2)));
        assert!(glibc_version(b"GLIBC_2.4") < glibc_version(b"GLIBC_2.28"));
        assert_eq!(glibc_version(b"GCC_3.0"), None);
        assert_eq!(glibc_version(b"GLIBC_PRIVATE"), None);
    }

    #[test]
    fn a_newer_glibc_than_promised_is_refused_with_the_symbols() {
        let needs = |version| Needs(BTreeMap::from([(version, vec!["pidfd_spawnp".to_owned()])]));
        needs(NEWEST).check().unwrap();
        let refusal = needs(Version(2, 39)).check().unwrap_err().to_string();
        assert!(refusal.contains("glibc 2.39 (pidfd_spawnp)"), "{refusal}");
    }

    #[test]
    #[cfg(target_env = "gnu")]
    fn the_needs_of_a_real_program_are_found() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = Needs::read(&program).unwrap();
        let (version, _) = needs.newest().unwrap();
        assert!(version >= Version(2, 17), "{needs:?}");
        assert!(needs.0.values().flatten().any(|symbol| symbol == "__libc_start_main"), "{needs:?}");
    }
}
