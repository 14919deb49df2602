//! C programs, compiled when the tests run by the compiler that this machine has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::case::Needed;
use crate::wine::Wine;
use crate::{search_path, staged};

/// A program ends with the first thing that they find.
const SANITIZERS: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// What compiles for 64-bit Windows.
const WINDOWS_COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// As strict as compilers are.
const STRICT: &[&str] =
    &["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-pthread"];

/// Bound at its first call, a function would make the dynamic loader save vector registers on the stack, and what the library has
/// just copied stands in them. The linker of macOS has no such option.
const BOUND_AT_ONCE: &[&str] = if cfg!(target_os = "linux") { &["-Wl,-z,now"] } else { &[] };

/// A compiled program. Its folder goes away with it.
pub struct CProgram {
    path: PathBuf,
    folder: TempDir,
    /// What runs it, if it is one for Windows.
    wine: Option<Wine>,
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

    /// Compiles `tests/c/<name>.c` for 64-bit Windows, with `vcd_auth.dll` of this folder beside it.
    ///
    /// # Panics
    /// As [`CProgram::compile`].
    pub fn compile_for_windows(name: &str, native: &Path, wine: &Wine) -> Self {
        let program = Self { wine: Some(wine.clone()), ..Self::place(&format!("{name}.exe")) };
        let library = program.folder.path().join("vcd_auth.dll");
        fs::copy(native.join("vcd_auth.dll"), &library).expect("the library can be copied");
        let mut compiler = Command::new(WINDOWS_COMPILER);
        // Threads are a library of the compiler's own there, which is nowhere on a search path.
        compiler.args(STRICT).arg("-static").arg("-o").arg(&program.path);
        let status = Self::with_sources(&mut compiler, name).arg(library).status().expect("the C compiler starts");
        assert!(status.success(), "{name}.c does not compile: {status}");
        program
    }

    /// Compiles `tests/c/<name>.c` for 64-bit Windows, a tool that needs nothing of the library.
    ///
    /// # Panics
    /// As [`CProgram::compile`].
    pub fn compile_windows_tool(name: &str, wine: &Wine) -> Self {
        let program = Self { wine: Some(wine.clone()), ..Self::place(&format!("{name}.exe")) };
        let mut compiler = Command::new(WINDOWS_COMPILER);
        compiler.args(STRICT).arg("-o").arg(&program.path).arg(staged::c_source(name)).arg("-lcrypt32");
        let status = compiler.status().expect("the C compiler starts");
        assert!(status.success(), "{name}.c does not compile: {status}");
        program
    }

    /// Compiles `tests/c/<name>.c`, a tool that needs nothing of the library.
    ///
    /// # Errors
    /// That the machine cannot compile it: no compiler, another system.
    pub fn compile_tool(name: &str) -> Needed<Self> {
        let program = Self::place(name);
        let output = Self::strictly(&program)
            .arg(staged::c_source(name))
            .output()
            .map_err(|_| "there is no C compiler".to_owned())?;
        match output.status.success() {
            true => Ok(program),
            false => Err(format!("{name}.c does not compile: {}", String::from_utf8_lossy(&output.stderr))),
        }
    }

    fn compile_with(name: &str, library: &Path, flags: &[&str]) -> Self {
        let program = Self::place(name);
        let mut compiler = Self::strictly(&program);
        let status = Self::with_sources(compiler.args(flags), name)
            .arg(staged::c_source("scan"))
            .arg(library)
            .args(BOUND_AT_ONCE)
            .arg(format!("-Wl,-rpath,{}", library.parent().expect("the library lies in a folder").display()))
            .status()
            .expect("the C compiler starts");
        assert!(status.success(), "{name}.c does not compile: {status}");
        program
    }

    /// The header's folder, the program's source and what all share.
    fn with_sources<'a>(compiler: &'a mut Command, name: &str) -> &'a mut Command {
        let include = staged::header().parent().expect("the header lies in a folder").to_owned();
        compiler.arg("-I").arg(include).args([name, "support"].map(staged::c_source))
    }

    fn place(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { path: folder.path().join(name), folder, wine: None }
    }

    /// The compiler, told where the program goes.
    fn strictly(program: &Self) -> Command {
        let mut compiler = compiler();
        compiler.args(STRICT).arg("-o").arg(&program.path);
        compiler
    }

    /// A command that runs the program.
    pub fn command(&self) -> Command {
        match &self.wine {
            None => with_its_own_library(Command::new(&self.path)),
            Some(wine) => wine.command(&self.path),
        }
    }

    /// A command that runs the program under valgrind: exit code 9 for invalid memory use or memory that is lost.
    pub fn under_valgrind(&self, valgrind: &Path) -> Command {
        let mut command = with_its_own_library(Command::new(valgrind));
        command
            .args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"])
            .arg("--show-leak-kinds=definite")
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

/// The library, where C programs can be compiled for this system.
///
/// # Errors
/// The reason why they cannot, or why there is no library.
pub fn native_library() -> Needed<PathBuf> {
    match cfg!(unix) {
        true => staged::library(),
        // They use threads and clocks of POSIX, which Microsoft's compiler does not know.
        false => Err("C programs for Windows are compiled by MinGW-w64 on Linux".to_owned()),
    }
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

/// Whether there is a compiler for 64-bit Windows.
///
/// # Errors
/// That there is none.
pub fn windows_compiler() -> Needed<()> {
    search_path::find(WINDOWS_COMPILER).map(|_| ()).ok_or_else(|| format!("{WINDOWS_COMPILER} is not installed"))
}

/// Compiles `tests/c/<name>.c` to a library for 64-bit Windows.
///
/// # Errors
/// That this machine cannot do it.
pub fn compile_windows_library(name: &str, library: &Path) -> Needed<()> {
    windows_compiler()?;
    let mut compiler = Command::new(WINDOWS_COMPILER);
    compiler.args(["-shared", "-Wall", "-Werror", "-o"]).arg(library).arg(staged::c_source(name)).arg("-ladvapi32");
    match compiler.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{name}.c does not compile: {}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("{WINDOWS_COMPILER} does not start: {error}")),
    }
}

/// Where valgrind is.
///
/// # Errors
/// That it is nowhere.
pub fn valgrind() -> Needed<PathBuf> {
    search_path::find("valgrind").ok_or_else(|| "valgrind is not installed".to_owned())
}
