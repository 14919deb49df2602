//! Handles: numbers that stand for objects, so that no misuse can reach memory.
//!
//! A handle is 4 bits of kind, 12 of a tag that differs per loaded copy of the library, 24 of generation and 24 of slot. A
//! slot's generation grows each time it is freed, so that a handle of what was there before is never taken for what is
//! there now; a slot whose generations are used up is not used again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;
use vcd_auth::FailureKind;

use crate::client::Client;
use crate::request::Request;
use crate::status::Status;

const SLOT_BITS: u32 = 24;
const GENERATION_BITS: u32 = 24;
const TAG_BITS: u32 = 12;
const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;

/// An object that has a handle.
#[derive(Clone)]
pub(crate) enum Object {
    Client(Arc<Client>),
    Request(Arc<Request>),
}

impl Object {
    /// Never 0, so that 0 is no handle.
    fn kind(&self) -> u64 {
        match self {
            Object::Client(_) => 1,
            Object::Request(_) => 2,
        }
    }
}

#[derive(Default)]
struct Slot {
    generation: u32,
    object: Option<Object>,
}

struct Table {
    tag: u64,
    slots: Vec<Slot>,
    unused: Vec<u32>,
}

static TABLE: Lazy<Mutex<Table>> = Lazy::new(|| Mutex::new(Table::new()));

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives `object` a handle.
///
/// # Errors
/// `OutOfResources` once 16 million handles are open.
pub(crate) fn insert(object: Object) -> Result<u64, Status> {
    table().insert(object)
}

/// The client behind a handle.
pub(crate) fn client(handle: u64) -> Result<Arc<Client>, Status> {
    match table().get(handle)? {
        Object::Client(client) => Ok(Arc::clone(client)),
        Object::Request(_) => Err(FailureKind::InvalidHandle.into()),
    }
}

/// The request behind a handle.
pub(crate) fn request(handle: u64) -> Result<Arc<Request>, Status> {
    match table().get(handle)? {
        Object::Request(request) => Ok(Arc::clone(request)),
        Object::Client(_) => Err(FailureKind::InvalidHandle.into()),
    }
}

/// Takes the client behind a handle out of the table: the handle is invalid from now on.
pub(crate) fn remove_client(handle: u64) -> Result<Arc<Client>, Status> {
    let mut table = table();
    let Object::Client(client) = table.get(handle)? else { return Err(FailureKind::InvalidHandle.into()) };
    let client = Arc::clone(client);
    table.remove(handle);
    Ok(client)
}

/// Takes all clients out of the table.
#[cfg(unix)]
pub(crate) fn remove_clients() -> Vec<Arc<Client>> {
    let mut table = table();
    let open = table.slots.iter().zip(0..).filter_map(|(entry, slot)| match &entry.object {
        Some(Object::Client(client)) => Some((slot, Arc::clone(client))),
        Some(Object::Request(_)) | None => None,
    });
    let open: Vec<(u32, Arc<Client>)> = open.collect();
    open.iter().for_each(|(slot, _)| table.free(*slot));
    open.into_iter().map(|(_, client)| client).collect()
}

/// Takes the request behind a handle out of the table: the handle is invalid from now on.
pub(crate) fn remove_request(handle: u64) -> Result<Arc<Request>, Status> {
    let mut table = table();
    let Object::Request(request) = table.get(handle)? else { return Err(FailureKind::InvalidHandle.into()) };
    let request = Arc::clone(request);
    table.remove(handle);
    Ok(request)
}

impl Table {
    fn new() -> Self {
        // Two copies of the library in one process must not take each other's handles; chance is enough for that.
        let random = RandomState::new().build_hasher().finish();
        Table { tag: random & ((1 << TAG_BITS) - 1), slots: Vec::new(), unused: Vec::new() }
    }

    fn insert(&mut self, object: Object) -> Result<u64, Status> {
        let slot = match self.unused.pop() {
            Some(slot) => slot,
            None => {
                let slot = u32::try_from(self.slots.len()).ok().filter(|slot| *slot < 1 << SLOT_BITS);
                let slot = slot.ok_or(Status::from(FailureKind::OutOfResources))?;
                self.slots.push(Slot::default());
                slot
            }
        };
        let kind = object.kind();
        let entry = &mut self.slots[slot as usize];
        entry.object = Some(object);
        let generation = entry.generation;
        Ok(self.encode(kind, generation, slot))
    }

    fn get(&self, handle: u64) -> Result<&Object, Status> {
        let slot = (handle & ((1 << SLOT_BITS) - 1)) as u32;
        let found = self.slots.get(slot as usize).and_then(|entry| {
            let object = entry.object.as_ref()?;
            (self.encode(object.kind(), entry.generation, slot) == handle).then_some(object)
        });
        found.ok_or(FailureKind::InvalidHandle.into())
    }

    /// Frees the slot of a handle that `get` has just found.
    fn remove(&mut self, handle: u64) {
        self.free((handle & ((1 << SLOT_BITS) - 1)) as u32);
    }

    fn free(&mut self, slot: u32) {
        let entry = &mut self.slots[slot as usize];
        entry.object = None;
        if entry.generation < LAST_GENERATION {
            entry.generation += 1;
            self.unused.push(slot);
        }
    }

    fn encode(&self, kind: u64, generation: u32, slot: u32) -> u64 {
        let generation = u64::from(generation) << SLOT_BITS;
        let tag = self.tag << (SLOT_BITS + GENERATION_BITS);
        let kind = kind << (SLOT_BITS + GENERATION_BITS + TAG_BITS);
        kind | tag | generation | u64::from(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Object {
        Object::Request(Arc::new(Request::for_test()))
    }

    #[test]
    fn a_handle_is_good_for_one_object_only() {
        let mut table = Table::new();
        let first = table.insert(object()).expect("room");
        table.remove(first);
        let second = table.insert(object()).expect("room");
        assert_ne!(first, second);
        assert!(table.get(first).is_err());
        assert!(table.get(second).is_ok());
        for wrong in [0, 1, u64::MAX, second ^ 1, second ^ (1 << 60), second ^ (1 << 50), second + (1 << 24)] {
            assert!(table.get(wrong).is_err(), "{wrong:x}");
        }
    }

    #[test]
    fn a_slot_without_generations_is_retired() {
        let mut table = Table::new();
        let first = table.insert(object()).expect("room");
        table.slots[0].generation = LAST_GENERATION;
        let last = table.encode(2, LAST_GENERATION, 0);
        assert!(table.get(first).is_err());
        table.remove(last);
        let next = table.insert(object()).expect("room");
        assert_eq!(next & 0xFF_FFFF, 1, "slot 0 is not used again");
    }

    #[test]
    fn a_panic_that_holds_the_table_does_not_close_it() {
        let panicking = std::thread::spawn(|| {
            let _held = table();
            panic!("with the table in hand");
        });
        assert!(panicking.join().is_err());
        let handle = insert(object()).expect("room");
        assert!(remove_request(handle).is_ok());
    }

    #[test]
    fn copies_of_the_library_do_not_share_handles() {
        let (mut one, mut other) = (Table::new(), Table::new());
        other.tag = one.tag ^ 1;
        let handle = one.insert(object()).expect("room");
        other.insert(object()).expect("room");
        assert!(other.get(handle).is_err());
    }
}
