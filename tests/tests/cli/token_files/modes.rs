//! Who may read what is made.

use std::fs;

use tests::home;

use super::{AccountFile, run};
use crate::{Case, Site, text};

pub(super) const CASES: &[Case] = &[
    ("owner_and_mode_are_kept", owner_and_mode_are_kept),
    ("others_who_can_read_are_warned_of", others_who_can_read_are_warned_of),
];
pub(super) const MEDDLED_CASES: &[Case] = &[("what_is_left_behind_is_private", what_is_left_behind_is_private)];
pub(super) const TRACED_CASES: &[Case] = &[("nothing_is_ever_readable_by_others", nothing_is_ever_readable_by_others)];

fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::symlink_metadata(path).expect("there").permissions().mode() & 0o7777
}

fn owner_and_mode_are_kept(site: &Site) {
    use std::os::unix::fs::{MetadataExt, chown};
    let file = AccountFile::new(site);
    for kept in [0o600, 0o640, 0o660 & !0o020] {
        super::set_mode(&file.path, kept);
        // Only the administrator can give a file to another group.
        let group = chown(&file.path, None, Some(65534))
            .map_or_else(|_| fs::metadata(&file.path).expect("there").gid(), |()| 65534);
        let before = file.token();
        file.next_run_succeeds("a mode");
        assert_ne!(file.token(), before);
        let metadata = fs::metadata(&file.path).expect("there");
        assert_eq!((mode(&file.path), metadata.gid()), (kept, group));
    }
}

fn others_who_can_read_are_warned_of(site: &Site) {
    let file = AccountFile::new(site);
    assert_eq!(file.next_run_succeeds("private"), "");
    super::set_mode(&file.path, 0o644);
    let told = file.next_run_succeeds("readable by all");
    assert!(told.starts_with("warning: Other accounts of this machine can read the token file"), "{told}");
}

/// Under a mask that takes nothing away, and at the moment of making, not after.
fn nothing_is_ever_readable_by_others(site: &Site) {
    let file = AccountFile::new(site);
    let log = site.home.path().join("log");
    let trace = ["-e", "trace=openat,open,creat,mkdir,mkdirat", "-o", log.to_str().expect("text")];
    let traced = file.traced(&trace);
    let mut masked = site.plain("sh".as_ref());
    masked.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(traced.get_program()).args(traced.get_args());
    assert!(run(masked).status.success());
    let log = fs::read_to_string(log).expect("a log");
    let made: Vec<&str> = log.lines().filter(|line| line.contains("O_CREAT")).collect();
    assert!(made.len() >= 3 && made.iter().all(|line| line.contains(", 0600)")), "{made:?}");
    let lock = file.folder.path().join("account.json.vcd-lock");
    assert_eq!((mode(&file.path), mode(&lock)), (0o600, 0o600));
}

fn what_is_left_behind_is_private(site: &Site) {
    let file = AccountFile::new(site);
    let operations = file.with_failing_disk(0, true, 5).count;
    let (mut journals, mut recovered) = (0, 0);
    for nth in (1..=operations).rev() {
        let told = text(&file.with_failing_disk(nth, true, 5).output.stderr);
        for left in file.beside() {
            assert_eq!(mode(&file.folder.path().join(&left)), 0o600, "{left}");
            journals += 1;
        }
        if told.contains("TokenFileNotSaved") {
            let recovery = home::recovery_folder(site.home.path());
            let files = fs::read_dir(&recovery).expect("made").flatten().map(|entry| mode(&entry.path()));
            assert_eq!((files.collect::<Vec<_>>(), mode(&recovery)), (vec![0o600], 0o700), "{told}");
            recovered += 1;
            break;
        }
    }
    assert!(journals > 0 && recovered > 0);
}
