//! What a simulator can be started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::Release;

/// Settings of a [`Simulator`](crate::Simulator). The default is what most tests want.
#[derive(Debug, Clone)]
pub struct Options {
    /// Addresses to serve VCD on, each over TLS and each named in the certificate. Port 0 takes a free port. The
    /// default is `127.0.0.1:0`; an empty list means the default.
    pub listen: Vec<SocketAddr>,
    /// The product release to imitate; 10.6 by default.
    pub release: Release,
    /// Real time that each answer takes. The request itself is applied at once. None by default.
    pub latency: Duration,
    /// A session that is not used for longer than this is dead; 30 minutes by default, as in VCD.
    pub idle_timeout: Duration,
    /// Where `ca.pem` goes; made if missing and kept at the end. By default a private temporary folder, which is
    /// removed at the end.
    pub state_dir: Option<PathBuf>,
    /// What the token endpoint says about an organization that does not exist.
    pub unknown_org: UnknownOrg,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
            release: Release::V10_6,
            latency: Duration::ZERO,
            idle_timeout: Duration::from_secs(30 * 60),
            state_dir: None,
            unknown_org: UnknownOrg::InvalidGrant,
        }
    }
}

/// The answer of `POST /oauth/tenant/<org>/token` for an organization that does not exist. What VCD says is not
/// documented, so a client must cope with each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum UnknownOrg {
    /// Status 400 with `invalid_grant`, as for a wrong token.
    #[default]
    InvalidGrant,
    /// Status 404 with `RESOURCE_NOT_FOUND`.
    NotFound,
    /// Status 403 with `ACCESS_TO_RESOURCE_IS_FORBIDDEN`.
    Forbidden,
}
