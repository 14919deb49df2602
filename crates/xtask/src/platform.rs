//! The platforms that the product is released for.

use anyhow::{Context, Result, ensure};
use object::{Architecture, FileKind, Object};

use crate::workspace;

/// One of the folders in the module's `native/`.
#[derive(Debug)]
pub(crate) struct Platform {
    /// .NET's runtime identifier, which is the folder's name.
    pub(crate) rid: &'static str,
    /// The compiler's names of it; macOS libraries are two in one.
    pub(crate) targets: &'static [&'static str],
    pub(crate) library: &'static str,
    pub(crate) executable: &'static str,
    processor: Architecture,
}

const ALL: [Platform; 5] = [
    Platform {
        rid: "linux-arm64",
        targets: &["aarch64-unknown-linux-gnu"],
        library: "libvcd_auth.so",
        executable: "vcd-bearer",
        processor: Architecture::Aarch64,
    },
    Platform {
        rid: "linux-x64",
        targets: &["x86_64-unknown-linux-gnu"],
        library: "libvcd_auth.so",
        executable: "vcd-bearer",
        processor: Architecture::X86_64,
    },
    Platform {
        rid: "osx",
        targets: &["aarch64-apple-darwin", "x86_64-apple-darwin"],
        library: "libvcd_auth.dylib",
        executable: "vcd-bearer",
        processor: Architecture::Unknown,
    },
    Platform {
        rid: "win-arm64",
        targets: &["aarch64-pc-windows-msvc"],
        library: "vcd_auth.dll",
        executable: "vcd-bearer.exe",
        processor: Architecture::Aarch64,
    },
    Platform {
        rid: "win-x64",
        targets: &["x86_64-pc-windows-gnu"],
        library: "vcd_auth.dll",
        executable: "vcd-bearer.exe",
        processor: Architecture::X86_64,
    },
];

impl Platform {
    /// This machine's.
    pub(crate) fn host() -> Result<&'static Self> {
        Self::of_rid(workspace::rid()?)
    }

    pub(crate) fn of_rid(rid: &str) -> Result<&'static Self> {
        let all = || ALL.map(|platform| platform.rid).join(", ");
        ALL.iter().find(|platform| platform.rid == rid).with_context(|| format!("{rid} is none of {}", all()))
    }

    pub(crate) fn is_linux(&self) -> bool {
        self.rid.starts_with("linux-")
    }

    pub(crate) fn is_windows(&self) -> bool {
        self.rid.starts_with("win-")
    }

    /// Whether the start-up code of MinGW-w64 is in its files.
    pub(crate) fn is_linked_by_mingw(&self) -> bool {
        self.targets.iter().any(|target| target.ends_with("-windows-gnu"))
    }

    /// Refuses a file that this platform cannot load: a mixed-up folder would be noticed by users only.
    pub(crate) fn check(&self, file: &[u8]) -> Result<()> {
        let kind = FileKind::parse(file).context("it is no program or library")?;
        let fits = match kind {
            FileKind::Elf64 => self.is_linux(),
            FileKind::Pe64 => self.is_windows(),
            FileKind::MachOFat32 | FileKind::MachOFat64 => self.rid == "osx",
            // A Mac's own build is for its processor alone. Releases are put together elsewhere, where it is refused.
            FileKind::MachO64 => self.rid == "osx" && cfg!(target_os = "macos"),
            _ => false,
        };
        ensure!(fits, "it is a file of the kind {kind:?}, which is not for {}", self.rid);
        if self.rid != "osx" {
            let processor = object::File::parse(file)?.architecture();
            ensure!(
                processor == self.processor,
                "it is for the processor {processor:?}, which is not for {}",
                self.rid
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn only_files_for_the_platform_are_accepted() {
        // This test's own.
        let mut program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        Platform::of_rid("linux-x64").unwrap().check(&program).unwrap();
        for other in ["linux-arm64", "win-x64", "osx"] {
            Platform::of_rid(other).unwrap().check(&program).unwrap_err();
        }
        program[18] = 0xb7; // e_machine: arm64.
        Platform::of_rid("linux-x64").unwrap().check(&program).unwrap_err();
        Platform::of_rid("linux-arm64").unwrap().check(&program).unwrap();
        Platform::of_rid("linux-x64").unwrap().check(b"hello").unwrap_err();
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_choice() {
        let refusal = Platform::of_rid("linux-musl-x64").unwrap_err().to_string();
        assert!(refusal.contains("linux-x64, osx, win-arm64"), "{refusal}");
    }
}
