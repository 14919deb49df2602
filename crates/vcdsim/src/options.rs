//! What a simulator can be started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::Release;
use crate::site::release::ApiVersion;

/// Settings of a [`Simulator`](crate::Simulator). The default is what most tests want.
///
/// The last ones are about what nobody outside VMware could confirm: a client must cope with each value of them.
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
    /// How many VMs the organization `acme` has, five in each vApp; 12 by default. They are the same at each start.
    pub inventory_vms: usize,
    /// What the token endpoint says about an organization that does not exist.
    pub unknown_org: UnknownOrg,
    /// What a call says that shows no credential, or one in a form that VCD does not know.
    pub unauthenticated: Unauthenticated,
    /// Which calls know the id of older clients, `x-vcloud-authorization`.
    pub legacy_ids: LegacyIds,
    /// The status of a log-out by `DELETE /api/session`; 204 by default, as in the newer interface.
    pub legacy_logout_status: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
            release: Release::V10_6,
            latency: Duration::ZERO,
            idle_timeout: Duration::from_secs(30 * 60),
            state_dir: None,
            inventory_vms: 12,
            unknown_org: UnknownOrg::default(),
            unauthenticated: Unauthenticated::default(),
            legacy_ids: LegacyIds::default(),
            legacy_logout_status: 204,
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

/// The answer to a call without a credential: none at all, a bearer without the word `Bearer`, a bearer in the place of the
/// legacy id. Its code is known (`NOT_AUTHENTICATED`), its status is not. A credential of the right form that is not,
/// or no longer, good gets 401 with an empty body, which is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Unauthenticated {
    /// Status 401 with `NOT_AUTHENTICATED`.
    #[default]
    Unauthorized,
    /// Status 403 with `NOT_AUTHENTICATED`.
    Forbidden,
    /// Status 401 with an empty body, as for a dead session.
    Empty,
}

/// Whether `GET /api/session` answers with the id that clients used before there were access tokens (the header
/// `x-vcloud-authorization`), and whether calls take it. That it exists on older releases is known, where it ends is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LegacyIds {
    /// In calls that ask for an API version below 38.0, where the legacy log-in ended.
    #[default]
    BeforeApi38,
    /// In all calls.
    Always,
    /// In none.
    Never,
}

impl LegacyIds {
    pub(crate) fn exist_in(self, version: ApiVersion) -> bool {
        match self {
            Self::BeforeApi38 => version < ApiVersion::new(38, 0),
            Self::Always => true,
            Self::Never => false,
        }
    }
}
