//! The save protocol on a disk in memory that loses its power between any two steps, and whose steps fail.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::save::{Recovered, Save, Saved, Trouble, recover};
use super::storage::{Place, Storage};
use crate::secret::{ApiToken, Secret};

/// What a disk holds for good, and what only the system's memory holds.
#[derive(Debug, Clone, Default)]
struct Names {
    names: HashMap<Place, usize>,
    aside: Vec<usize>,
}

#[derive(Debug, Clone)]
struct File {
    now: Vec<u8>,
    /// As of the last sync; `None` if there was none.
    durable: Option<Vec<u8>>,
}

/// A change of names that is not durable yet.
#[derive(Debug, Clone, Copy)]
enum Change {
    Set(Place, usize),
    Remove(Place),
    Rename(Place, Place),
    SetAside,
}

#[derive(Debug, Clone, Default)]
struct State {
    files: Vec<File>,
    now: Names,
    durable: Names,
    pending: Vec<Change>,
}

/// What goes wrong at which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Nothing,
    /// Nothing works any more from this step on.
    PowerCut(usize),
    /// This one step fails.
    Failure(usize),
}

/// Clones are the same disk.
#[derive(Debug, Clone)]
struct Disk {
    state: Rc<RefCell<State>>,
    steps: Rc<Cell<usize>>,
    plan: Plan,
}

impl Names {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Set(place, file) => drop(self.names.insert(place, file)),
            Change::Remove(place) => drop(self.names.remove(&place)),
            Change::Rename(from, to) => {
                if let Some(file) = self.names.remove(&from) {
                    self.names.insert(to, file);
                }
            }
            Change::SetAside => self.aside.extend(self.names.remove(&Place::Journal)),
        }
    }
}

impl Disk {
    /// A disk with a token file on it, durable.
    fn with_token(token: &str) -> Self {
        let content = format!(r#"{{"refresh_token":"{token}"}}"#).into_bytes();
        let file = File { now: content.clone(), durable: Some(content) };
        let names = Names { names: HashMap::from([(Place::Token, 0)]), aside: Vec::new() };
        let state = State { files: vec![file], now: names.clone(), durable: names, pending: Vec::new() };
        Disk { state: Rc::new(RefCell::new(state)), steps: Rc::default(), plan: Plan::Nothing }
    }

    /// The same disk, for another run with another fate.
    fn run(&self, plan: Plan) -> Self {
        Disk { state: Rc::clone(&self.state), steps: Rc::default(), plan }
    }

    fn step(&self) -> io::Result<()> {
        let step = self.steps.get();
        self.steps.set(step + 1);
        match self.plan {
            Plan::PowerCut(at) if step >= at => Err(io::Error::other("no power")),
            Plan::Failure(at) if step == at => Err(io::Error::other("a failing disk")),
            _ => Ok(()),
        }
    }

    /// What may be on the disk after the power came back: changes of names that were not durable are there or not, each by
    /// itself, and content is as of its last sync, as it was last, or half of each.
    fn after_power_cut(&self) -> Vec<Disk> {
        let state = self.state.borrow();
        let mut disks = Vec::new();
        for kept in 0..1_usize << state.pending.len() {
            for content in 0..3 {
                let mut names = state.durable.clone();
                let changes = state.pending.iter().enumerate().filter(|(index, _)| kept >> index & 1 == 1);
                changes.for_each(|(_, change)| names.apply(*change));
                let files = state.files.iter().map(|file| {
                    let durable = file.durable.clone().unwrap_or_default();
                    let now = match content {
                        0 => durable,
                        1 => file.now.clone(),
                        _ => {
                            let half = file.now.len() / 2;
                            [&file.now[..half], durable.get(half..).unwrap_or_default()].concat()
                        }
                    };
                    File { durable: Some(now.clone()), now }
                });
                let state = State { files: files.collect(), now: names.clone(), durable: names, pending: Vec::new() };
                disks.push(Disk { state: Rc::new(RefCell::new(state)), steps: Rc::default(), plan: Plan::Nothing });
            }
        }
        disks
    }

    fn change(&self, change: Change) {
        let mut state = self.state.borrow_mut();
        state.now.apply(change);
        state.pending.push(change);
    }

    fn is_there(&self, place: Place) -> bool {
        self.state.borrow().now.names.contains_key(&place)
    }
}

impl Storage for Disk {
    type File = usize;

    fn read(&self, place: Place) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        self.step()?;
        let state = self.state.borrow();
        Ok(state.now.names.get(&place).map(|file| Zeroizing::new(state.files[*file].now.clone())))
    }

    fn create(&self, place: Place, content: &[u8]) -> io::Result<usize> {
        self.remove(place)?;
        self.step()?;
        let file = self.state.borrow().files.len();
        self.state.borrow_mut().files.push(File { now: Vec::new(), durable: None });
        self.change(Change::Set(place, file));
        self.write_at(&file, content, 0)?;
        Ok(file)
    }

    fn open(&self, place: Place) -> io::Result<usize> {
        self.step()?;
        self.state.borrow().now.names.get(&place).copied().ok_or(io::ErrorKind::NotFound.into())
    }

    fn protect_as_token(&self, _: &usize) -> io::Result<()> {
        self.step()
    }

    fn write_at(&self, file: &usize, content: &[u8], offset: u64) -> io::Result<()> {
        self.step()?;
        let (start, now) = (offset as usize, &mut self.state.borrow_mut().files[*file].now);
        now.resize(now.len().max(start + content.len()), 0);
        now[start..start + content.len()].copy_from_slice(content);
        Ok(())
    }

    fn cut(&self, file: &usize, length: u64) -> io::Result<()> {
        self.step()?;
        self.state.borrow_mut().files[*file].now.truncate(length as usize);
        Ok(())
    }

    fn sync(&self, file: &usize) -> io::Result<()> {
        self.step()?;
        let file = &mut self.state.borrow_mut().files[*file];
        file.durable = Some(file.now.clone());
        Ok(())
    }

    fn rename(&self, from: Place, to: Place) -> io::Result<()> {
        self.step()?;
        self.change(Change::Rename(from, to));
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        self.step()?;
        let mut state = self.state.borrow_mut();
        state.durable = state.now.clone();
        state.pending.clear();
        Ok(())
    }

    fn remove(&self, place: Place) -> io::Result<()> {
        self.step()?;
        if self.is_there(place) {
            self.change(Change::Remove(place));
        }
        Ok(())
    }

    fn set_journal_aside(&self) -> io::Result<PathBuf> {
        self.step()?;
        self.change(Change::SetAside);
        Ok("aside".into())
    }
}

/// How far a run came.
struct Run {
    /// The token was sent, which kills it.
    sent: bool,
    /// What was told about the new token, if it came to that.
    saved: Option<Saved>,
}

/// One exchange: the server replaces OLD by NEW as soon as OLD is sent.
fn exchange(disk: &Disk) -> Run {
    let not_sent = Run { sent: false, saved: None };
    let Ok(recovered) = recover(disk) else { return not_sent };
    if recovered.content.token().secret().expose() != "OLD" {
        return not_sent;
    }
    let Ok(save) = Save::prepare(disk.clone(), recovered) else { return not_sent };
    Run { sent: true, saved: Some(save.keep(&token("NEW"))) }
}

fn token(text: &str) -> ApiToken {
    ApiToken::parse(&Secret::new(text)).expect("valid")
}

fn recovered(disk: &Disk, context: &str) -> Recovered {
    recover(disk).unwrap_or_else(|trouble| panic!("{context}: {trouble:?}"))
}

fn text(recovered: &Recovered) -> &str {
    recovered.content.token().secret().expose()
}

/// A disk whose journal holds the new token, because it could not be put into the file.
fn new_token_in_journal() -> Disk {
    let at = |step| {
        let disk = Disk::with_token("OLD");
        let run = exchange(&disk.run(Plan::Failure(step)));
        matches!(run.saved, Some(Saved::InJournal(_))).then_some(disk)
    };
    (0..steps_of_a_run()).find_map(at).expect("putting it into the file takes a step")
}

/// The number of steps of a run that meets with nothing.
fn steps_of_a_run() -> usize {
    let disk = Disk::with_token("OLD");
    assert!(matches!(exchange(&disk).saved, Some(Saved::InFile)));
    disk.steps.get()
}

#[test]
fn an_exchange_leaves_the_new_token_and_nothing_else() {
    let disk = Disk::with_token("OLD");
    exchange(&disk);
    assert_eq!(text(&recovered(&disk, "after")), "NEW");
    assert!(!disk.is_there(Place::Journal) && !disk.is_there(Place::Replacement));
    assert!(disk.state.borrow().now.aside.is_empty());
}

#[test]
fn a_power_cut_at_any_step_loses_nothing_that_reached_the_disk() {
    let (mut lost, mut adopted) = (0, 0);
    for at in 0..steps_of_a_run() {
        let before = Disk::with_token("OLD");
        let disk = before.run(Plan::PowerCut(at));
        let run = exchange(&disk);
        for after in disk.after_power_cut() {
            let context = format!("power cut at step {at}: {:?}", after.state.borrow());
            let recovered = recovered(&after, &context);
            adopted += usize::from(recovered.adopted);
            match (run.sent, text(&recovered)) {
                (false, "OLD") | (true, "NEW") => {}
                // The answer was not on the disk yet. Then there is at least an explanation, or the torn answer.
                (true, "OLD") if matches!(run.saved, Some(Saved::Nowhere(_))) => {
                    lost += 1;
                    assert!(recovered.unanswered.is_some() || recovered.set_aside.is_some(), "{context}");
                }
                other => panic!("{context}: {other:?}"),
            }
        }
    }
    assert!(adopted > 0, "no run ended between journal and file");
    // Two steps: writing the answer, and its sync.
    assert!(lost > 0, "the model never dropped unsynced data");
}

#[test]
fn a_power_cut_while_recovering_loses_nothing_either() {
    let mut cuts = 0;
    for at in 0.. {
        let disk = new_token_in_journal().run(Plan::PowerCut(at));
        let done = recover(&disk).is_ok();
        for after in disk.after_power_cut() {
            assert_eq!(text(&recovered(&after, &format!("cut at step {at}"))), "NEW");
            cuts += 1;
        }
        if done && disk.steps.get() <= at {
            break;
        }
    }
    assert!(cuts > 20);
}

#[test]
fn a_failure_at_any_step_is_told_and_loses_nothing() {
    let mut seen = [0; 3];
    for at in 0..steps_of_a_run() {
        let before = Disk::with_token("OLD");
        let disk = before.run(Plan::Failure(at));
        let run = exchange(&disk);
        let after = recovered(&before, &format!("failure at step {at}"));
        match run.saved {
            None => {
                assert_eq!(text(&after), "OLD");
                assert!(!before.is_there(Place::Journal), "step {at} leaves a journal behind");
            }
            Some(Saved::InFile | Saved::InJournal(_)) => assert_eq!(text(&after), "NEW", "step {at}"),
            Some(Saved::Aside(_)) => panic!("nobody else writes here"),
            Some(Saved::Nowhere(_)) => panic!("one failure cannot keep the token from both places: step {at}"),
        }
        match run.saved {
            None => seen[0] += 1,
            Some(Saved::InFile) => seen[1] += 1,
            _ => seen[2] += 1,
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn a_token_of_another_program_is_not_written_over() {
    let disk = Disk::with_token("OLD");
    let save = Save::prepare(disk.clone(), recovered(&disk, "first")).expect("prepared");
    disk.state.borrow_mut().files[0].now = br#"{"refresh_token":"THEIRS"}"#.to_vec();
    assert!(matches!(save.keep(&token("NEW")), Saved::Aside(_)));
    assert_eq!(text(&recovered(&disk, "after")), "THEIRS");
    let aside = disk.state.borrow().now.aside.clone();
    let kept = String::from_utf8_lossy(&disk.state.borrow().files[aside[0]].now).into_owned();
    assert!(kept.contains("NEW"), "{kept}");
}

#[test]
fn a_journal_of_another_token_is_set_aside_and_one_that_is_done_is_removed() {
    let disk = new_token_in_journal();
    disk.state.borrow_mut().files[0].now = br#"{"refresh_token":"RESTORED"}"#.to_vec();
    let after = recovered(&disk, "another token");
    assert_eq!((text(&after), after.set_aside.is_some()), ("RESTORED", true));

    let disk = new_token_in_journal();
    disk.state.borrow_mut().files[0].now = br#"{"refresh_token":"NEW"}"#.to_vec();
    let after = recovered(&disk, "done already");
    assert_eq!((text(&after), after.set_aside.is_none(), after.adopted), ("NEW", true, false));
    assert!(!disk.is_there(Place::Journal));
}

#[test]
fn an_intent_without_an_answer_is_kept_until_the_token_has_been_answered() {
    let disk = Disk::with_token("OLD");
    Save::prepare(disk.clone(), recovered(&disk, "first")).expect("prepared").leave();
    for _ in 0..2 {
        let found = recovered(&disk, "later");
        assert!(found.unanswered.is_some());
        let save = Save::prepare(disk.clone(), found).expect("prepared");
        assert!(save.earlier_run().is_some());
        save.withdraw();
    }
    let save = Save::prepare(disk.clone(), recovered(&disk, "last")).expect("prepared");
    save.discard();
    assert!(recovered(&disk, "answered").unanswered.is_none());
}

#[test]
fn a_shorter_token_leaves_nothing_of_a_longer_one() {
    let disk = Disk::with_token("LONGERTHANTHENEWONE");
    let save = Save::prepare(disk.clone(), recovered(&disk, "first")).expect("prepared");
    assert!(matches!(save.keep(&token("NEW")), Saved::InFile));
    assert_eq!(text(&recovered(&disk, "after")), "NEW");
}

#[test]
fn a_missing_file_is_no_other_trouble() {
    let disk = Disk::with_token("OLD");
    disk.change(Change::Remove(Place::Token));
    assert!(matches!(recover(&disk), Err(Trouble::Missing)));
}
