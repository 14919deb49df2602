//! C programs, compiled when the tests run by the compiler that this machine has.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::case::Needed;
use crate::staged;

/// A compiled program. Its folder goes away with it.
pub struct CProgram {
    path: PathBuf,
    _folder: TempDir,
}

impl CProgram {
    /// Compiles `tests/c/<name>.c` as strict C11 against the committed header and links it with `library`.
    ///
    /// # Panics
    /// When the compiler finds anything to say about it or the library.
    pub fn compile(name: &str, library: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        let sources = staged::repository().join("tests/c");
        let include = staged::header().parent().expect("the header lies in a folder").to_owned();
        let status = compiler()
            .args([
                "-std=c11",
                "-D_POSIX_C_SOURCE=200809L",
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-g",
                "-pthread",
            ])
            .arg("-I")
            .arg(include)
            .arg(sources.join(name).with_extension("c"))
            .arg(sources.join("support.c"))
            .arg(library)
            .arg(format!("-Wl,-rpath,{}", library.parent().expect("the library lies in a folder").display()))
            .arg("-o")
            .arg(&path)
            .status()
            .expect("the C compiler starts");
        assert!(status.success(), "{name}.c does not compile: {status}");
        Self { path, _folder: folder }
    }

    /// A command that runs the program.
    pub fn command(&self) -> Command {
        Command::new(&self.path)
    }

    /// A command that runs the program under valgrind: exit code 9 for invalid memory use or memory that is lost.
    pub fn under_valgrind(&self, valgrind: &Path) -> Command {
        let mut command = Command::new(valgrind);
        command
            .args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"])
            // Suppressions tell the library's own threads apart by the outermost frame, so no frame may be cut off.
            .args(["--show-leak-kinds=definite", "--num-callers=200"])
            .arg(format!("--suppressions={}", staged::repository().join("tests/c/valgrind.supp").display()))
            .arg(&self.path);
        command
    }
}

/// The machine's C compiler, as the `cc` crate finds it.
fn compiler() -> Command {
    let target = env!("TARGET");
    cc::Build::new().target(target).host(target).opt_level(0).cargo_metadata(false).get_compiler().to_command()
}

/// Where valgrind is.
pub fn valgrind() -> Needed<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join("valgrind"))
        .find(|program| program.is_file())
        .ok_or_else(|| "valgrind is not installed".to_owned())
}
