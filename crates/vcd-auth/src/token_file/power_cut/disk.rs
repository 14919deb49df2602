//! A disk in memory that loses its power between any two steps, and whose steps fail.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::token_file::storage::{Place, Storage};

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
    SetAside(usize),
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
pub(super) enum Plan {
    Nothing,
    /// Nothing works any more from this step on.
    PowerCut(usize),
    /// This one step fails.
    Failure(usize),
}

/// Clones are the same disk.
#[derive(Debug, Clone)]
pub(super) struct Disk {
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
            Change::SetAside(file) => self.aside.push(file),
        }
    }
}

impl Disk {
    /// A disk with a token file on it, durable.
    pub(super) fn with_token(token: &str) -> Self {
        let content = content(token);
        let file = File { now: content.clone(), durable: Some(content) };
        let names = Names { names: HashMap::from([(Place::Token, 0)]), aside: Vec::new() };
        let state = State { files: vec![file], now: names.clone(), durable: names, pending: Vec::new() };
        Disk { state: Rc::new(RefCell::new(state)), steps: Rc::default(), plan: Plan::Nothing }
    }

    /// The same disk, for another run with another fate.
    pub(super) fn run(&self, plan: Plan) -> Self {
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
    /// itself, and content is as of its last sync, as it was last, or in between.
    pub(super) fn after_power_cut(&self) -> Vec<Disk> {
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
                        _ => half_written(&durable, &file.now),
                    };
                    File { durable: Some(now.clone()), now }
                });
                let state = State { files: files.collect(), now: names.clone(), durable: names, pending: Vec::new() };
                disks.push(Disk { state: Rc::new(RefCell::new(state)), steps: Rc::default(), plan: Plan::Nothing });
            }
        }
        disks
    }

    /// Writes the token file as another program would: at once, and without asking.
    pub(super) fn put_token(&self, token: &str) {
        let mut state = self.state.borrow_mut();
        let file = state.now.names[&Place::Token];
        state.files[file].now = content(token);
    }

    /// What was set aside.
    pub(super) fn aside(&self) -> Vec<String> {
        let state = self.state.borrow();
        let text = |file: &usize| String::from_utf8_lossy(&state.files[*file].now).into_owned();
        state.now.aside.iter().map(text).collect()
    }

    /// How many steps have been tried.
    pub(super) fn steps(&self) -> usize {
        self.steps.get()
    }

    /// A new, empty file, which has no name yet.
    fn add_file(&self) -> usize {
        let files = &mut self.state.borrow_mut().files;
        files.push(File { now: Vec::new(), durable: None });
        files.len() - 1
    }

    fn change(&self, change: Change) {
        let mut state = self.state.borrow_mut();
        state.now.apply(change);
        state.pending.push(change);
    }

    pub(super) fn is_there(&self, place: Place) -> bool {
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
        let file = self.add_file();
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

    fn set_aside(&self, content: &[u8]) -> io::Result<PathBuf> {
        self.step()?;
        let file = self.add_file();
        self.change(Change::SetAside(file));
        self.write_at(&file, content, 0)?;
        self.sync(&file)?;
        self.sync_names()?;
        Ok("aside".into())
    }
}

/// A file of which the first half of what changed has reached the disk.
fn half_written(durable: &[u8], now: &[u8]) -> Vec<u8> {
    let changed = |at: &usize| durable.get(*at) != now.get(*at);
    let longest = now.len().max(durable.len());
    let first = (0..longest).find(changed).unwrap_or_default();
    let end = (first..longest).rev().find(changed).unwrap_or_default();
    let middle = first.midpoint(end).min(now.len());
    [&now[..middle], durable.get(middle..).unwrap_or_default()].concat()
}

/// A token file.
fn content(token: &str) -> Vec<u8> {
    format!(r#"{{"refresh_token":"{token}"}}"#).into_bytes()
}
