//! Token files as Windows has them: other processes that hold them, names and paths, DPAPI.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use tests::c_program::CProgram;
use tests::program::Program;
use tests::wine::Wine;

use crate::Case;
use crate::account_file::{AccountFile, delay_exchanges, run, told, wait_until};

pub(crate) const CASES: &[Case] = &[
    ("many_processes_share_a_rotating_file", many_processes_share_a_rotating_file),
    ("a_hanging_holder_of_the_lock_is_named", a_hanging_holder_of_the_lock_is_named),
    ("names_of_all_languages_and_long_paths_are_used", names_of_all_languages_and_long_paths_are_used),
    ("a_file_that_cannot_be_opened_is_told_before_anything_is_sent", a_file_that_cannot_be_opened),
    ("a_file_that_cannot_be_replaced_keeps_its_new_token_beside_it", a_file_that_cannot_be_replaced),
    ("a_file_that_is_held_for_a_moment_is_waited_for", a_file_that_is_held_for_a_moment),
    ("what_powershell_protected_is_read_and_protected_again", what_powershell_protected),
];

const PROCESSES: usize = 8;
const EXCHANGES: usize = 5;

fn many_processes_share_a_rotating_file(program: &Program) {
    let file = AccountFile::new(program);
    file.is_shared(PROCESSES, EXCHANGES, 10, || file.get());
    assert_eq!(file.exchanges(), vec![Some(200); PROCESSES * EXCHANGES], "a dead token was sent");
    file.next_run_succeeds("the last token");
}

/// Windows lets nobody read a locked file, so that the journal has to tell who holds it.
fn a_hanging_holder_of_the_lock_is_named(program: &Program) {
    let file = AccountFile::new(program);
    let before = file.token();
    delay_exchanges(&file.simulator, 60_000);
    let mut holder = file.get().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("Wine starts");
    wait_until("the exchange", || !file.simulator.sessions().is_empty());
    let output = run(file.get_by(program, &file.path, 2));
    holder.kill().expect("it still hangs");
    holder.wait().expect("it ends");
    let told = told(&output);
    assert_eq!(output.status.code(), Some(7), "{told}");
    assert!(told.contains("TokenFileLocked (6005)") && told.contains("is in use by process "), "{told}");
    assert_eq!((file.token(), file.exchanges().len()), (before, 1));
}

/// In characters; with the longest name beside it, Wine can still resolve it.
const LONG: usize = 242;

fn names_of_all_languages_and_long_paths_are_used(program: &Program) {
    let file = AccountFile::new(program);
    // Long enough to be handed to the system with the marker of long paths.
    let folder = file.folder.path().join("a folder with a long name".repeat(4)).join("another folder".repeat(6));
    let long = folder.join("x".repeat(LONG - folder.as_os_str().len() - "Z:/".len()));
    for path in [file.folder.path().join("t\u{f6}ken [1] \u{540d}\u{524d} \u{1f511}.json"), long] {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::copy(&file.path, &path).expect("a name like any other");
        let before = fs::read(&path).expect("readable");
        for _ in 0..2 {
            let output = run(file.get_from(&path));
            assert!(output.status.success(), "{}: {}", path.display(), told(&output));
        }
        assert_ne!(fs::read(&path).expect("readable"), before);
        file.put_fresh();
    }
}

/// Another process that has the file open.
struct Holder {
    process: Child,
    _program: CProgram,
}

impl Holder {
    /// `sharing`: what others may do meanwhile, of `r` (read), `w` (write) and `d` (remove).
    fn start(file: &AccountFile, sharing: &str) -> Self {
        let program = CProgram::compile_windows_tool("hold", &Wine::find().expect("looked for before"));
        let mut command = program.command();
        command.arg(tests::paths::Paths::Wine.write(&file.path)).arg(sharing);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Wine starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("it tells");
        assert_eq!(line.trim_end(), "held");
        Self { process, _program: program }
    }

    /// Closes the file.
    fn release(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("it ends").success());
    }
}

fn a_file_that_cannot_be_opened(program: &Program) {
    let file = AccountFile::new(program);
    // Nobody else may read; nobody else may write.
    for (sharing, name) in [("", "TokenFileUnreadable (6002)"), ("r", "TokenFileNotWritable (6004)")] {
        let holder = Holder::start(&file, sharing);
        let output = run(file.get());
        holder.release();
        let told = told(&output);
        assert_eq!(output.status.code(), Some(7), "{sharing}: {told}");
        assert!(told.contains(name) && told.contains("account.json") && told.contains("What to do: "), "{told}");
        assert!(file.exchanges().is_empty(), "{sharing}: sent");
    }
    file.next_run_succeeds("released");
}

fn a_file_that_cannot_be_replaced(program: &Program) {
    let file = AccountFile::new(program);
    let before = file.token();
    let holder = Holder::start(&file, "rw");
    let output = run(file.get());
    let told = told(&output);
    assert!(output.status.success() && output.stdout.starts_with(b"Bearer "), "{told}");
    assert!(told.contains("the next run takes it from there") && file.journal_has_new_token(), "{told}");
    assert_eq!(file.token(), before, "the file is whole");
    holder.release();
    assert!(file.next_run_succeeds("released").contains("An earlier run ended before"));
    assert_eq!(file.exchanges(), [Some(200); 2]);
}

/// As a virus scanner does.
fn a_file_that_is_held_for_a_moment(program: &Program) {
    let file = AccountFile::new(program);
    let holder = Holder::start(&file, "rw");
    let running = file.get().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("Wine starts");
    let new_file = file.folder.path().join("account.json.vcd-new");
    wait_until("the new file", || fs::metadata(&new_file).is_ok_and(|new_file| new_file.len() > 0));
    // Putting it into place is next, and that must have failed once: it is tried for two seconds.
    thread::sleep(Duration::from_millis(200));
    holder.release();
    let output = running.wait_with_output().expect("it ends");
    assert_eq!((output.status.success(), told(&output)), (true, String::new()));
    assert_eq!(file.beside(), [""; 0]);
    file.next_run_succeeds("released");
}

/// What `Read-Host -AsSecureString | Export-Clixml` writes: the SecureString's UTF-16 units, protected for the account.
fn what_powershell_protected(program: &Program) {
    let file = AccountFile::new(program);
    let write = |protected: &str| {
        let schema = "http://schemas.microsoft.com/powershell/2004/04";
        let xml = format!("<Objs Version=\"1.1.0.1\" xmlns=\"{schema}\">\r\n  <SS>{protected}</SS>\r\n</Objs>");
        file.write(xml.as_bytes());
        xml
    };
    let first = write(&protected(file.service_token()));
    let read = || fs::read_to_string(&file.path).expect("readable");
    let mut command = file.get();
    command.env("WINEDEBUG", "+crypt");
    let output = run(command);
    assert!(output.status.success(), "{}", told(&output));
    // CRYPTPROTECT_UI_FORBIDDEN: a job without a screen would wait for an answer for ever. Read twice, written once.
    let log = told(&output);
    let flags: Vec<&str> =
        log.lines().filter_map(|line| line.split_once("report dwFlags: ")).map(|(_, flags)| flags).collect();
    assert_eq!(flags, ["0x0001"; 3]);
    let second = read();
    let same = first.split("<SS>").next().expect("a head");
    assert!(second.starts_with(same) && second.ends_with("</SS>\r\n</Objs>") && second != first, "{second}");
    file.next_run_succeeds("what was protected again is read again");
    assert_eq!(file.exchanges(), [Some(200); 2]);

    // Damaged, as data of another account is to this one.
    write(&format!("01000000d08c9ddf0115d1118c7a00c04fc297eb{}", "00".repeat(200)));
    let output = run(file.get());
    assert_eq!(output.status.code(), Some(7), "{}", told(&output));
    assert!(told(&output).contains("TokenFileUnreadable (6002)"), "{}", told(&output));
    assert_eq!(file.exchanges().len(), 2);
}

/// The text as `ConvertFrom-SecureString` gives it.
fn protected(text: &str) -> String {
    let program = CProgram::compile_windows_tool("protect", &Wine::find().expect("looked for before"));
    let mut process = program.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Wine starts");
    process.stdin.take().expect("piped").write_all(text.as_bytes()).expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("hexadecimal digits").trim_end().to_owned()
}
