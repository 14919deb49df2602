//! The simulated site: what it knows and remembers, independent of how it is asked.

mod clock;
pub(crate) mod directory;
pub(crate) mod faults;
pub(crate) mod inventory;
pub(crate) mod journal;
pub(crate) mod jwt;
pub(crate) mod masking;
pub(crate) mod random;
pub(crate) mod release;
pub(crate) mod sessions;
mod state;
pub(crate) mod tokens;

pub(crate) use state::{SharedState, State};
