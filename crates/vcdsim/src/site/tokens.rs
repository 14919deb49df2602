//! API tokens: who owns them, what an exchange does to them.

use std::fmt;

use serde::Serialize;

use super::directory::{self, Kind, Org, User};
use super::random;

/// An API token together with its value, as the portal shows it once when it is made.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The token's name, by which it is revoked.
    pub name: String,
    /// The organization, as it stands in the token endpoint's path; `System` for the provider.
    pub org: String,
    /// Whose token it is.
    pub kind: Kind,
    /// The user or the service account.
    pub user: String,
    /// The token. A service account's token is dead after its first exchange.
    pub api_token: String,
}

impl fmt::Debug for Login {
    /// Without the token: tests that search their output for leaks must not find their own.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, org, kind, user, api_token: _ } = self;
        let mut debug = formatter.debug_struct("Login");
        debug.field("name", name).field("org", org).field("kind", kind).field("user", user).finish_non_exhaustive()
    }
}

/// What can be told about a token without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenInfo {
    /// The token's name, by which it is revoked.
    pub name: String,
    /// The organization.
    pub org: String,
    /// Whose token it is.
    pub kind: Kind,
    /// The user or the service account.
    pub user: String,
}

/// Why a token could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreateTokenError {
    /// There is no such organization.
    UnknownOrg,
    /// Provider tokens belong to `System`, tenant tokens to another organization.
    WrongOrgForKind,
    /// The imitated release knows no service accounts: they came with VCD 10.4.
    NoServiceAccounts,
}

impl fmt::Display for CreateTokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::UnknownOrg => "there is no such organization",
            Self::WrongOrgForKind => "provider tokens belong to the organization System, tenant tokens to another one",
            Self::NoServiceAccounts => "this release knows no service accounts, they came with VCD 10.4",
        })
    }
}

impl std::error::Error for CreateTokenError {}

/// A token and its present value.
pub(crate) struct Token {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) user: User,
    value: String,
}

impl Token {
    fn login(&self) -> Login {
        Login {
            name: self.name.clone(),
            org: self.user.org.name.to_owned(),
            kind: self.kind,
            user: self.user.name.clone(),
            api_token: self.value.clone(),
        }
    }

    fn info(&self) -> TokenInfo {
        let Login { name, org, kind, user, .. } = self.login();
        TokenInfo { name, org, kind, user }
    }
}

/// A successful exchange.
pub(crate) struct Redeemed {
    pub(crate) token_name: String,
    pub(crate) kind: Kind,
    pub(crate) user: User,
    /// The value that replaces the one sent; only service accounts rotate.
    pub(crate) new_value: Option<String>,
}

/// All tokens of the site.
pub(crate) struct TokenStore {
    tokens: Vec<Token>,
    /// Values that were alive once. A leaked dead token is a leak all the same, so the journal masks these too.
    retired: Vec<String>,
    /// Counts tokens ever made, so that names stay unique after revocations.
    made: usize,
}

impl TokenStore {
    /// A store with one token for each first account.
    pub(crate) fn new(service_accounts: bool) -> Self {
        let mut store = Self { tokens: Vec::new(), retired: Vec::new(), made: 0 };
        for (kind, user) in directory::first_accounts() {
            if kind != Kind::ServiceAccount || service_accounts {
                store.add(kind, user);
            }
        }
        store
    }

    pub(crate) fn logins(&self) -> Vec<Login> {
        self.tokens.iter().map(Token::login).collect()
    }

    pub(crate) fn infos(&self) -> Vec<TokenInfo> {
        self.tokens.iter().map(Token::info).collect()
    }

    /// All values that are or were secrets.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(|token| token.value.as_str()).chain(self.retired.iter().map(String::as_str))
    }

    /// Makes a token for the organization's first user, or together with a new service account.
    pub(crate) fn create(&mut self, org: &str, kind: Kind, service_accounts: bool) -> Result<Login, CreateTokenError> {
        let org = directory::find_org(org).ok_or(CreateTokenError::UnknownOrg)?;
        let user = match kind {
            Kind::ServiceAccount if !service_accounts => return Err(CreateTokenError::NoServiceAccounts),
            Kind::ServiceAccount => directory::service_account(format!("service-account-{}", self.made + 1), org),
            Kind::Tenant | Kind::Provider => first_user(org, kind).ok_or(CreateTokenError::WrongOrgForKind)?,
        };
        Ok(self.add(kind, user).login())
    }

    /// Forgets the token of that name; false if there is none.
    pub(crate) fn revoke(&mut self, name: &str) -> bool {
        let Some(index) = self.tokens.iter().position(|token| token.name == name) else { return false };
        let revoked = self.tokens.remove(index);
        self.retired.push(revoked.value);
        true
    }

    /// Exchanges `value` on the endpoint of `org`. A wrong value, and a right one on another organization's endpoint,
    /// are the same failure: VCD does not tell them apart either.
    pub(crate) fn redeem(&mut self, org: &str, value: &str) -> Option<Redeemed> {
        let token = self.tokens.iter_mut().find(|token| token.value == value && token.user.org.name == org)?;
        let new_value = (token.kind == Kind::ServiceAccount).then(random::api_token);
        if let Some(new_value) = &new_value {
            self.retired.push(std::mem::replace(&mut token.value, new_value.clone()));
        }
        Some(Redeemed { token_name: token.name.clone(), kind: token.kind, user: token.user.clone(), new_value })
    }

    fn add(&mut self, kind: Kind, user: User) -> &Token {
        self.made += 1;
        let name = format!("{}-{}", user.name, self.made);
        self.tokens.push(Token { name, kind, user, value: random::api_token() });
        self.tokens.last().expect("a token was just added")
    }
}

/// The first user of an organization, if tokens of that kind can belong to it.
fn first_user(org: &'static Org, kind: Kind) -> Option<User> {
    let accounts = directory::first_accounts().into_iter();
    accounts.filter(|(owner, _)| *owner == kind).map(|(_, user)| user).find(|user| user.org.name == org.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(store: &TokenStore, org: &str, kind: Kind) -> String {
        store.logins().into_iter().find(|login| login.org == org && login.kind == kind).unwrap().api_token
    }

    #[test]
    fn classic_tokens_keep_their_value() {
        let mut store = TokenStore::new(true);
        let value = value_of(&store, "acme", Kind::Tenant);
        for _ in 0..2 {
            let redeemed = store.redeem("acme", &value).expect("the token is valid");
            assert_eq!((redeemed.user.name.as_str(), redeemed.new_value), ("alice", None));
        }
    }

    #[test]
    fn a_service_account_token_works_once() {
        let mut store = TokenStore::new(true);
        let first = value_of(&store, "acme", Kind::ServiceAccount);
        let second = store.redeem("acme", &first).expect("unused").new_value.expect("service accounts rotate");
        assert_ne!(first, second);
        assert!(store.redeem("acme", &first).is_none());
        assert!(store.redeem("acme", &second).is_some());
        assert!(store.secrets().any(|secret| secret == first), "a used token is still a secret");
    }

    #[test]
    fn a_token_belongs_to_one_organization() {
        let mut store = TokenStore::new(true);
        let tenant = value_of(&store, "acme", Kind::Tenant);
        let provider = value_of(&store, "System", Kind::Provider);
        assert!(store.redeem("globex", &tenant).is_none());
        assert!(store.redeem("System", &tenant).is_none());
        assert!(store.redeem("acme", &provider).is_none());
    }

    #[test]
    fn tokens_can_be_made_and_revoked() {
        let mut store = TokenStore::new(true);
        let made = store.create("Blue Sky", Kind::Tenant, true).unwrap();
        assert_eq!(made.user, "dave");
        assert!(store.redeem("Blue Sky", &made.api_token).is_some());
        assert!(store.revoke(&made.name));
        assert!(!store.revoke(&made.name));
        assert!(store.redeem("Blue Sky", &made.api_token).is_none());
        assert!(store.secrets().any(|secret| secret == made.api_token), "a revoked token is still a secret");
        let again = store.create("Blue Sky", Kind::Tenant, true).unwrap();
        assert_ne!(again.name, made.name, "a revoked token's name is not used again");
    }

    #[test]
    fn impossible_tokens_are_refused() {
        let mut store = TokenStore::new(false);
        for (org, kind, expected) in [
            ("nowhere", Kind::Tenant, CreateTokenError::UnknownOrg),
            ("ACME", Kind::Tenant, CreateTokenError::UnknownOrg),
            ("System", Kind::Tenant, CreateTokenError::WrongOrgForKind),
            ("acme", Kind::Provider, CreateTokenError::WrongOrgForKind),
            ("acme", Kind::ServiceAccount, CreateTokenError::NoServiceAccounts),
        ] {
            assert_eq!(store.create(org, kind, false), Err(expected), "{org} {kind:?}");
        }
        assert!(store.logins().iter().all(|login| login.kind != Kind::ServiceAccount));
    }

    #[test]
    fn debug_does_not_show_the_token() {
        let login = TokenStore::new(true).logins().remove(0);
        let shown = format!("{login:?}");
        assert!(shown.contains("alice") && !shown.contains(&login.api_token), "{shown}");
    }
}
