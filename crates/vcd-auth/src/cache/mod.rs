//! The sessions of this process: shared, so that many callers with one token make one session.
//!
//! A session is found again by site, organization, trust, proxy and a keyed hash of its token. It is handed out only if it
//! has enough time left and was seen alive a moment ago; otherwise it is checked first, because Cloud Director ends idle
//! sessions long before they expire. Callers that want the same session at the same time share one [`flight`].
//! [`hand_outs`] counts who holds what.

mod flight;
mod hand_outs;
mod key;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use once_cell::sync::Lazy;
use time::OffsetDateTime;

use crate::route::Route;
use crate::secret::Bearer;
use crate::session::Session;
use crate::transport;

pub(crate) use flight::{Arrival, Flight, Landed};
pub use hand_outs::{HandOut, HeldSession, held_sessions};
pub(crate) use hand_outs::{Release, hand_out, hold_again, holders, session_of};
pub(crate) use key::Key;

/// The most sessions that are kept for reuse; the oldest goes first.
const CAPACITY: usize = 256;
/// A session with less time left is replaced rather than handed out.
const TIME_LEFT: Duration = Duration::from_secs(5 * 60);
/// A session that was not seen alive for longer is checked before it is handed out.
const LIVENESS: Duration = Duration::from_secs(60);

/// A session that may be in several hands.
#[derive(Debug)]
pub(crate) struct SharedSession {
    pub(crate) session: Session,
    /// The way on which it was made.
    pub(crate) route: Route,
    seen_alive: Mutex<Sighting>,
}

/// A moment on both clocks: the monotonic one stands still while the machine sleeps, the other can be set.
#[derive(Debug, Clone, Copy)]
struct Sighting {
    monotonic: Instant,
    wall: SystemTime,
}

impl Sighting {
    fn now() -> Self {
        Sighting { monotonic: Instant::now(), wall: SystemTime::now() }
    }

    /// How long ago that was, by the clock that says longer; `None` if the wall clock went back.
    fn age(self) -> Option<Duration> {
        Some(self.wall.elapsed().ok()?.max(self.monotonic.elapsed()))
    }
}

impl SharedSession {
    pub(crate) fn new(session: Session, route: Route) -> Arc<Self> {
        Arc::new(SharedSession { session, route, seen_alive: Mutex::new(Sighting::now()) })
    }

    /// Notes that Cloud Director has just accepted the session.
    pub(crate) fn mark_alive(&self) {
        *self.seen_alive.lock().unwrap_or_else(PoisonError::into_inner) = Sighting::now();
    }

    fn was_just_alive(&self) -> bool {
        let sighting = *self.seen_alive.lock().unwrap_or_else(PoisonError::into_inner);
        sighting.age().is_some_and(|age| age < LIVENESS)
    }

    /// Makes it a session that has to be checked before it is handed out.
    #[cfg(test)]
    pub(crate) fn forget_sighting(&self) {
        let long_ago = SystemTime::now() - 2 * LIVENESS;
        self.seen_alive.lock().unwrap_or_else(PoisonError::into_inner).wall = long_ago;
    }

    /// Whether enough time is left to hand it out.
    pub(crate) fn has_time_left(&self) -> bool {
        self.session.expires_at.is_none_or(|end| end - OffsetDateTime::now_utc() > TIME_LEFT)
    }
}

/// What is known under a key.
enum Entry {
    /// Somebody is getting the session right now.
    Underway(Arc<Flight>),
    Ready(Arc<SharedSession>),
}

#[derive(Default)]
struct Cache {
    entries: HashMap<Key, Entry>,
    /// The keys of ready entries, oldest first.
    age: VecDeque<Key>,
}

static CACHE: Lazy<Mutex<Cache>> = Lazy::new(Mutex::default);

fn cache() -> MutexGuard<'static, Cache> {
    CACHE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How to come by the session of a key.
pub(crate) enum Lookup {
    /// It is there and alive, and entered as held.
    Ready(Arc<SharedSession>, HandOut),
    /// Somebody gets it: wait with them.
    Join(Arc<Flight>),
    /// This caller has to get it. What was there before may still be alive: check it first.
    Lead(Arc<Flight>, Option<Arc<SharedSession>>),
}

/// Looks a session up; `renew` passes over what is there.
pub(crate) fn look_up(key: &Key, renew: bool) -> Lookup {
    let mut cache = cache();
    let stale = match cache.entries.get(key) {
        Some(Entry::Underway(flight)) => return Lookup::Join(Arc::clone(flight)),
        Some(Entry::Ready(shared)) if !renew && shared.has_time_left() => {
            if shared.was_just_alive() {
                // Entered before anybody else can release the session as its last holder.
                return Lookup::Ready(Arc::clone(shared), hand_outs::hand_out(shared));
            }
            Some(Arc::clone(shared))
        }
        Some(Entry::Ready(_)) | None => None,
    };
    let flight = Arc::new(Flight::new());
    cache.entries.insert(key.clone(), Entry::Underway(Arc::clone(&flight)));
    Lookup::Lead(flight, stale)
}

/// The session of a key if there is one with time left, and whether it was alive a moment ago.
pub(crate) fn ready(key: &Key) -> Option<(Arc<SharedSession>, bool)> {
    match cache().entries.get(key) {
        Some(Entry::Ready(shared)) if shared.has_time_left() => Some((Arc::clone(shared), shared.was_just_alive())),
        Some(Entry::Ready(_) | Entry::Underway(_)) | None => None,
    }
}

/// Puts what a flight brought in its place, under the key of the new token if the old one was replaced, and enters so many
/// holders.
pub(crate) fn land(
    flown: &Key,
    flight: &Arc<Flight>,
    key: Key,
    shared: &Arc<SharedSession>,
    holders: usize,
) -> Vec<HandOut> {
    let mut cache = cache();
    cache.remove_flight(flown, flight);
    cache.age.retain(|aged| *aged != key && aged != flown);
    cache.entries.insert(key.clone(), Entry::Ready(Arc::clone(shared)));
    cache.age.push_back(key);
    while cache.age.len() > CAPACITY {
        if let Some(oldest) = cache.age.pop_front()
            && matches!(cache.entries.get(&oldest), Some(Entry::Ready(_)))
        {
            cache.entries.remove(&oldest);
        }
    }
    (0..holders).map(|_| hand_outs::hand_out(shared)).collect()
}

/// Takes a flight that brought nothing out of the cache: the next caller starts anew.
pub(crate) fn lose(flown: &Key, flight: &Arc<Flight>) {
    cache().remove_flight(flown, flight);
}

/// Strikes a holder out; with the last one the session leaves the cache, so that nobody gets it while it is being ended.
pub(crate) fn release(hand_out: HandOut) -> Release {
    let mut cache = cache();
    let release = hand_outs::release(hand_out);
    if let Release::Last(shared) = &release {
        cache.remove_session(|own| Arc::ptr_eq(own, shared));
    }
    release
}

/// Notes that Cloud Director has just accepted a session.
pub(crate) fn mark_alive(bearer: &Bearer) {
    for entry in cache().entries.values() {
        if let Entry::Ready(shared) = entry
            && shared.session.bearer == *bearer
        {
            shared.mark_alive();
        }
    }
}

/// Forgets a session that is dead, or is being ended for everybody.
pub(crate) fn evict(bearer: &Bearer) {
    cache().remove_session(|own| own.session.bearer == *bearer);
    hand_outs::release_all(bearer);
}

impl Cache {
    fn remove_flight(&mut self, key: &Key, flight: &Arc<Flight>) {
        if matches!(self.entries.get(key), Some(Entry::Underway(own)) if Arc::ptr_eq(own, flight)) {
            self.entries.remove(key);
        }
    }

    fn remove_session(&mut self, is_meant: impl Fn(&Arc<SharedSession>) -> bool) {
        self.entries.retain(|_, entry| !matches!(entry, Entry::Ready(own) if is_meant(own)));
        let entries = &self.entries;
        self.age.retain(|key| entries.contains_key(key));
    }
}

/// Forgets every session, and closes idle connections; sessions that are in somebody's hands stay alive at Cloud Director.
pub fn clear_cache() {
    transport::forget_all();
    let mut cache = cache();
    cache.entries.retain(|_, entry| matches!(entry, Entry::Underway(_)));
    cache.age.clear();
    hand_outs::clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::{Organization, Site, Trust};

    fn shared(expires_in: Option<time::Duration>) -> Arc<SharedSession> {
        let now = OffsetDateTime::now_utc();
        let session = Session {
            site: Site::parse("vcd.example.com").expect("valid"),
            organization: Organization::Provider,
            user: None,
            issued_at: now,
            expires_at: expires_in.map(|left| now + left),
            bearer: Bearer::parse(&Secret::new("a.b.c")).expect("valid"),
        };
        SharedSession::new(session, Route::new(Trust::OperatingSystem, None))
    }

    #[test]
    fn a_session_about_to_expire_has_no_time_left() {
        assert!(shared(None).has_time_left());
        assert!(shared(Some(time::Duration::minutes(6))).has_time_left());
        assert!(!shared(Some(time::Duration::minutes(4))).has_time_left());
        assert!(!shared(Some(-time::Duration::HOUR)).has_time_left());
    }

    #[test]
    fn liveness_ages_by_either_clock_and_ends_when_one_goes_back() {
        let session = shared(None);
        assert!(session.was_just_alive());
        let set = |sighting| *session.seen_alive.lock().expect("not poisoned") = sighting;
        let now = Sighting::now();
        set(Sighting { wall: now.wall - LIVENESS, ..now });
        assert!(!session.was_just_alive(), "the machine slept");
        set(Sighting { wall: now.wall + LIVENESS, ..now });
        assert!(!session.was_just_alive(), "the clock was set back");
        session.mark_alive();
        assert!(session.was_just_alive());
    }
}
