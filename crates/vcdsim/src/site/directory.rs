//! The organizations and users of the simulated site.

use serde::{Deserialize, Serialize};

/// The id of the simulated site, the second half of each session's location.
pub(crate) const SITE_ID: &str = "66666666-7777-4888-8999-aaaaaaaaaaaa";

/// The kind of an API token, which is also the kind of the account that owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A user of a tenant organization.
    Tenant,
    /// An administrator of the provider (organization `System`).
    Provider,
    /// A service account: each exchange replaces its token.
    ServiceAccount,
}

/// An organization.
#[derive(Debug)]
pub(crate) struct Org {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
}

impl Org {
    pub(crate) fn is_provider(&self) -> bool {
        self.name == SYSTEM.name
    }
}

/// A user or a service account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) org: &'static Org,
    pub(crate) role: Role,
}

impl User {
    /// The provider sees all organizations, everybody else only the own one.
    pub(crate) fn may_see(&self, org: &Org) -> bool {
        self.org.is_provider() || self.org.id == org.id
    }
}

/// What a user may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
}

static ACME: Org = Org { name: "acme", id: "11111111-2222-4333-8444-555555555555" };
static GLOBEX: Org = Org { name: "globex", id: "22222222-3333-4444-8555-666666666666" };
/// A name that must be percent-encoded to stand in a path.
static BLUE_SKY: Org = Org { name: "Blue Sky", id: "33333333-4444-4555-8666-777777777777" };
/// The organization of the provider's administrators.
static SYSTEM: Org = Org { name: "System", id: "44444444-5555-4666-8777-888888888888" };

static ORGS: [&Org; 4] = [&ACME, &GLOBEX, &BLUE_SKY, &SYSTEM];

const ORG_ADMINISTRATOR: Role = Role { name: "Organization Administrator", id: "a08a8798-7d9b-34d6-8dad-48c7182c5f66" };
const VAPP_AUTHOR: Role = Role { name: "vApp Author", id: "1bf4457f-a253-3cf1-b163-f319f1a31802" };
const SYSTEM_ADMINISTRATOR: Role = Role { name: "System Administrator", id: "67e119b7-083b-349e-8dfd-6cf0c19b83cf" };

/// The organization of that name. Names are compared as they are; whether VCD folds their case is not documented.
pub(crate) fn find_org(name: &str) -> Option<&'static Org> {
    ORGS.iter().copied().find(|org| org.name == name)
}

/// The organizations that a user may see.
pub(crate) fn orgs_visible_to(user: &User) -> impl Iterator<Item = &'static Org> {
    ORGS.iter().copied().filter(|org| user.may_see(org))
}

/// The provider's own organization.
pub(crate) fn provider() -> &'static Org {
    &SYSTEM
}

/// The tenant of that name. The provider is none.
pub(crate) fn find_tenant(name: &str) -> Option<&'static Org> {
    find_org(name).filter(|org| !org.is_provider())
}

/// The accounts that exist at the start, each with one token.
pub(crate) fn first_accounts() -> Vec<(Kind, User)> {
    let user = |id: u8, name: &str, org, role| User {
        name: name.to_owned(),
        id: format!("99999999-0000-4000-8000-0000000000{id:02}"),
        org,
        role,
    };
    vec![
        (Kind::Tenant, user(1, "alice", &ACME, ORG_ADMINISTRATOR)),
        (Kind::Tenant, user(2, "bob", &ACME, VAPP_AUTHOR)),
        (Kind::Tenant, user(3, "carol", &GLOBEX, ORG_ADMINISTRATOR)),
        (Kind::Tenant, user(4, "dave", &BLUE_SKY, ORG_ADMINISTRATOR)),
        (Kind::Provider, user(5, "administrator", &SYSTEM, SYSTEM_ADMINISTRATOR)),
        (Kind::ServiceAccount, user(6, "ci-deploy", &ACME, VAPP_AUTHOR)),
    ]
}

/// A new service account of an organization.
pub(crate) fn service_account(name: String, org: &'static Org) -> User {
    let role = if org.is_provider() { SYSTEM_ADMINISTRATOR } else { VAPP_AUTHOR };
    User { name, id: super::random::uuid(), org, role }
}
