//! A simulator of VMware Cloud Director (VCD), for tests and for trying things out.
//!
//! It imitates what a client meets when it logs in with an API token and goes on from there: TLS with a private
//! certificate authority, both token endpoints, API tokens and rotating service accounts, sessions with an idle timeout,
//! the API versions of each release, and the errors that VCD gives. Of the legacy interface (`/api`, XML and JSON) it has
//! what PowerCLI asks for: the session and its old id, organizations, virtual data centers, vApps, VMs, the entity resolver
//! and queries; of the newer one (`/cloudapi`) sessions, organizations and tagged entities, in pages. It keeps real state:
//! an exchange makes a session, a log-out ends it, a used service account token is dead. It calls itself a simulator in
//! each answer (`X-Simulator`).
//!
//! What nobody could confirm about the real product is a setting of [`Options`], or is marked as assumed ([`Release`]).
//!
//! Tests embed it; everything else starts the program `vcdsim` and reads the JSON line that it prints.
//!
//! ```
//! let simulator = vcdsim::Simulator::start(vcdsim::Options::default())?;
//! let login = simulator.login("acme", vcdsim::Kind::Tenant).expect("acme has a tenant user");
//! println!("log in to {} as {} with {}", simulator.url(), login.user, login.api_token);
//! // ... the client under test talks to it ...
//! assert!(simulator.journal().requests.iter().all(|request| !request.secret_in_url));
//! # Ok::<(), vcdsim::StartError>(())
//! ```
//!
//! All time in it comes from one clock that tests can move ([`Simulator::advance_clock`]); only delays and latency take
//! real time. Faults are rules that match requests by method and path ([`Fault`]). What the journal records never
//! contains a secret.

#![forbid(unsafe_code)]

mod api;
mod control;
mod forward_proxy;
mod http;
mod options;
mod server;
mod simulator;
mod site;

pub use forward_proxy::ForwardProxy;
pub use options::{LegacyIds, Options, Unauthenticated, UnknownOrg};
pub use simulator::{Listener, Simulator, StartError};
pub use site::directory::Kind;
pub use site::faults::{Close, Effect, Fault, Match};
pub use site::journal::{CredentialKind, Journal, JournalEntry};
pub use site::release::{Release, UnknownRelease};
pub use site::sessions::SessionInfo;
pub use site::tokens::{CreateTokenError, Login, TokenInfo};
