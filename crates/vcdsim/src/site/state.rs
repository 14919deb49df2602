//! Everything the simulated site remembers. One lock guards it all, so each request is one atomic step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::clock::Clock;
use super::faults::FaultRules;
use super::inventory::Inventory;
use super::journal::Recorder;
use super::random;
use super::sessions::SessionStore;
use super::tokens::TokenStore;
use crate::options::Options;

/// The site's state and the settings it was started with.
pub(crate) struct State {
    pub(crate) settings: Options,
    /// The id that VCD sends as `X-VMWARE-VCLOUD-CEIP-ID`: one for each installation.
    pub(crate) ceip_id: String,
    pub(crate) clock: Clock,
    pub(crate) tokens: TokenStore,
    pub(crate) sessions: SessionStore,
    pub(crate) journal: Recorder,
    pub(crate) faults: FaultRules,
    pub(crate) inventory: Inventory,
}

impl State {
    fn new(options: &Options) -> Self {
        Self {
            settings: options.clone(),
            ceip_id: random::uuid(),
            clock: Clock::start(),
            tokens: TokenStore::new(options.release.has_service_accounts()),
            sessions: SessionStore::new(options.idle_timeout),
            journal: Recorder::default(),
            faults: FaultRules::default(),
            inventory: Inventory::new(options.inventory_vms),
        }
    }

    /// Revokes an API token and, as VCD does, ends the sessions made from it. False if there is no such token.
    pub(crate) fn revoke_token(&mut self, name: &str) -> bool {
        self.sessions.end_all_of(name);
        self.tokens.revoke(name)
    }
}

/// The state, shared by all listeners, the control server and the owner of the simulator.
#[derive(Clone)]
pub(crate) struct SharedState(Arc<Mutex<State>>);

impl SharedState {
    pub(crate) fn new(options: &Options) -> Self {
        Self(Arc::new(Mutex::new(State::new(options))))
    }

    /// Locks the state. A panic elsewhere while it was locked is that thread's failure, not a reason for more of them.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
