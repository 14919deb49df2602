//! Logging in to VMware Cloud Director with an API token, in safe Rust.
//!
//! An API token (or a service account's refresh token) is exchanged for a bearer, the access token of a live session:
//!
//! ```no_run
//! use vcd_auth::{ApiToken, Client, ClientOptions, Organization, Progress, Secret, Site};
//!
//! # fn token_from_somewhere() -> Secret { Secret::new("") }
//! # async fn example() -> Result<(), vcd_auth::Failure> {
//! let client = Client::new(ClientOptions::default())?;
//! let site = Site::parse("vcd.example.com")?;
//! let organization = Organization::parse("acme")?;
//! let token = ApiToken::parse(&token_from_somewhere())?;
//!
//! let exchanged = client.exchange(&site, &organization, &token, &Progress::default()).await;
//! if let Some(new) = exchanged.new_api_token {
//!     // A service account's token was replaced: keep the new one, the old one is dead.
//!     let _keep = new.take();
//! }
//! let session = exchanged.session?.accept();
//! client.check(&session.site, &session.bearer, &Progress::default()).await?;
//! client.end(&session.site, &session.bearer, &Progress::default()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Two promises shape the types. *Nothing is lost*: a [`NewApiToken`] that nobody takes is written to a file, and a
//! [`FreshSession`] that nobody accepts is ended. *Nothing is sent twice*: an exchange is sent at most once, and
//! [`Progress`] tells whether it was.

#![forbid(unsafe_code)]

mod claims;
mod client;
mod deadline;
mod exchange;
mod failure;
mod organization;
mod progress;
mod recovery;
pub mod runtime;
mod secret;
mod server_error;
mod session;
mod site;
mod transport;
mod trust;
mod versions;

pub use client::{Client, ClientOptions, Exchanged};
pub use failure::{Failure, FailureKind};
pub use organization::Organization;
pub use progress::Progress;
pub use recovery::{NewApiToken, Unsaved};
pub use secret::{ApiToken, Bearer, Secret};
pub use session::{FreshSession, Session, SessionState};
pub use site::Site;
pub use trust::Trust;
