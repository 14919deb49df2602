//! C programs, compiled when the tests run by the compiler that this machine has.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::case::Needed;
use crate::staged;

/// A program ends with the first thing that they find.
const SANITIZERS: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

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
        Self::compile_with(name, library, &[])
    }

    /// The same with the address and undefined behaviour sanitizers; `library` is instrumented for the former.
    ///
    /// # Panics
    /// As [`CProgram::compile`].
    pub fn compile_sanitized(name: &str, library: &Path) -> Self {
        Self::compile_with(name, library, SANITIZERS)
    }

    /// Compiles `tests/c/<name>.c`, a tool that needs nothing of the library.
    ///
    /// # Errors
    /// That the machine cannot compile it: no compiler, another system.
    pub fn compile_tool(name: &str) -> Needed<Self> {
        let program = Self::place(name);
        let source = staged::repository().join("tests/c").join(name).with_extension("c");
        let output = Self::strictly(&program).arg(source).output().map_err(|_| "there is no C compiler".to_owned())?;
        match output.status.success() {
            true => Ok(program),
            false => Err(format!("{name}.c does not compile: {}", String::from_utf8_lossy(&output.stderr))),
        }
    }

    fn compile_with(name: &str, library: &Path, flags: &[&str]) -> Self {
        let program = Self::place(name);
        let sources = staged::repository().join("tests/c");
        let include = staged::header().parent().expect("the header lies in a folder").to_owned();
        let status = Self::strictly(&program)
            .args(flags)
            .arg("-I")
            .arg(include)
            .arg(sources.join(name).with_extension("c"))
            .arg(sources.join("support.c"))
            .arg(sources.join("scan.c"))
            .arg(library)
            // Bound at its first call, a function would make the dynamic loader save vector registers on the stack, and what the
            // library has just copied stands in them.
            .arg("-Wl,-z,now")
            .arg(format!("-Wl,-rpath,{}", library.parent().expect("the library lies in a folder").display()))
            .status()
            .expect("the C compiler starts");
        assert!(status.success(), "{name}.c does not compile: {status}");
        program
    }

    fn place(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { path: folder.path().join(name), _folder: folder }
    }

    /// The compiler, told where the program goes.
    fn strictly(program: &Self) -> Command {
        let mut compiler = compiler();
        compiler.args([
            "-std=c11",
            "-D_POSIX_C_SOURCE=200809L",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            "-g",
            "-pthread",
        ]);
        compiler.arg("-o").arg(&program.path);
        compiler
    }

    /// A command that runs the program.
    pub fn command(&self) -> Command {
        with_its_own_library(Command::new(&self.path))
    }

    /// A command that runs the program under valgrind: exit code 9 for invalid memory use or memory that is lost.
    pub fn under_valgrind(&self, valgrind: &Path) -> Command {
        let mut command = with_its_own_library(Command::new(valgrind));
        command
            .args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"])
            // Suppressions tell the library's own threads apart by the outermost frame, so no frame may be cut off.
            .args(["--show-leak-kinds=definite", "--num-callers=200"])
            .arg(format!("--suppressions={}", staged::repository().join("tests/c/valgrind.supp").display()))
            .arg(&self.path);
        command
    }
}

/// Keeps the loader to the library that the program is linked with. Cargo names the folders of its own builds in this variable,
/// which comes before what is written in the program: a debug build that lies there would be tested in place of the library
/// that ships, or of the one with planted faults.
fn with_its_own_library(mut command: Command) -> Command {
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Whether the C compiler has the sanitizers.
pub fn has_sanitizers() -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("nothing.c");
    fs::write(&source, "int main(void) { return 0; }\n").expect("a file can be written");
    let mut probe = compiler();
    probe.args(SANITIZERS).arg(source).arg("-o").arg(folder.path().join("nothing"));
    probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
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
