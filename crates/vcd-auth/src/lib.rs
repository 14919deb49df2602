//! Logging in to VMware Cloud Director with an API token, in safe Rust.
//!
//! An API token (or a service account's refresh token) is exchanged for a bearer, the access token of a live session:
//!
//! ```no_run
//! use vcd_auth::{ApiToken, Client, ClientOptions, ExchangeRequest, Organization, Progress, Secret, SessionRequest, Site};
//!
//! # fn token_from_somewhere() -> Secret { Secret::new("") }
//! # async fn example() -> Result<(), vcd_auth::Failure> {
//! let client = Client::new(ClientOptions::default())?;
//! let site = Site::parse("vcd.example.com")?;
//! let organization = Organization::parse("acme")?;
//! let token = ApiToken::parse(&token_from_somewhere())?;
//!
//! let request = ExchangeRequest::new(site, organization, token);
//! let exchanged = client.exchange(&request, &Progress::default()).await;
//! if let Some(new) = exchanged.new_api_token {
//!     // A service account's token was replaced: keep the new one, the old one is dead.
//!     let _keep = new.take();
//! }
//! let session = exchanged.session?.accept();
//! let request = SessionRequest::new(session.site, session.bearer);
//! client.check(&request, &Progress::default()).await?;
//! client.end(&request, &Progress::default()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Two promises shape the types. *Nothing is lost*: a [`NewApiToken`] that nobody takes is written to a file, and a
//! [`FreshSession`] that nobody accepts is ended. *Nothing is sent twice*: an exchange is sent at most once, and
//! [`Progress`] tells whether it was.

#![forbid(unsafe_code)]

mod cache;
mod call;
mod claims;
mod client;
mod deadline;
mod exchange;
mod failure;
mod file_login;
mod legacy_id;
mod login;
mod method;
mod negotiation;
mod organization;
mod progress;
mod proxy;
mod recovery;
mod refusal;
mod retry;
mod route;
pub mod runtime;
mod secret;
mod server_error;
mod session;
mod site;
mod token_file;
mod transport;
mod trust;
mod versions;

pub use cache::{HandOut, HeldSession, clear_cache, held_sessions};
pub use call::{CallOptions, CallRequest, Response};
pub use client::{Client, ClientOptions, Connected, ExchangeRequest, Exchanged, Reuse};
pub use failure::{Failure, FailureKind};
pub use legacy_id::LegacyId;
pub use method::Method;
pub use organization::Organization;
pub use progress::Progress;
pub use proxy::{Exceptions, NamedProxy, ProxyAddress, ProxyChoice, ProxySource};
pub use recovery::{NewApiToken, Unsaved};
pub use route::Route;
pub use secret::{ApiToken, Bearer, Secret};
pub use session::{Ended, FreshSession, Session, SessionRequest, SessionState};
pub use site::Site;
pub use token_file::{NewTokenFile, TokenFileForm, TokenFileReport, save_token_file};
pub use trust::Trust;
