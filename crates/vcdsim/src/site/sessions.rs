//! Open sessions: each access token is one, until it expires, idles out, is logged out or its API token is revoked.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use super::directory::{Kind, User};
use super::tokens::Redeemed;
use super::{jwt, random};

/// How long a session may last however busy it is: VCD's absolute limit, also the `expires_in` of an exchange.
pub(crate) const LIFETIME: Duration = Duration::from_secs(86_400);

/// What can be told about an open session without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionInfo {
    /// The session's id, as `sessions/current` shows it: `urn:vcloud:session:<uuid>`.
    pub id: String,
    /// The organization.
    pub org: String,
    /// The user or the service account.
    pub user: String,
    /// The kind of the API token that the session was made from.
    pub kind: Kind,
    /// The name of that API token.
    pub token: String,
}

/// An open session. Times are since the Unix epoch, by the simulator's clock.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: User,
    kind: Kind,
    token_name: String,
    expires: Duration,
    last_used: Duration,
    /// Position in the order of opening.
    serial: u64,
}

impl Session {
    fn is_alive(&self, now: Duration, idle_timeout: Duration) -> bool {
        now < self.expires && now.saturating_sub(self.last_used) <= idle_timeout
    }
}

/// All sessions by their access token.
pub(crate) struct SessionStore {
    idle_timeout: Duration,
    by_access_token: HashMap<String, Session>,
    opened: u64,
}

impl SessionStore {
    pub(crate) fn new(idle_timeout: Duration) -> Self {
        Self { idle_timeout, by_access_token: HashMap::new(), opened: 0 }
    }

    /// Opens a session for a redeemed API token and returns its access token.
    pub(crate) fn open(&mut self, redeemed: &Redeemed, now: Duration) -> String {
        self.opened += 1;
        let expires = Duration::from_secs((now + LIFETIME).as_secs());
        let access_token = jwt::issue(&redeemed.user, expires);
        let session = Session {
            id: format!("urn:vcloud:session:{}", random::uuid()),
            user: redeemed.user.clone(),
            kind: redeemed.kind,
            token_name: redeemed.token_name.clone(),
            expires,
            last_used: now,
            serial: self.opened,
        };
        self.by_access_token.insert(access_token.clone(), session);
        access_token
    }

    /// The living session of an access token; asking is a use and restarts its idle time. A dead one is forgotten.
    pub(crate) fn touch(&mut self, access_token: &str, now: Duration) -> Option<&Session> {
        if !self.by_access_token.get(access_token)?.is_alive(now, self.idle_timeout) {
            self.end(access_token);
            return None;
        }
        let session = self.by_access_token.get_mut(access_token)?;
        session.last_used = now;
        Some(session)
    }

    pub(crate) fn end(&mut self, access_token: &str) {
        self.by_access_token.remove(access_token);
    }

    /// Ends all sessions made from an API token. VCD does so when the token is revoked.
    pub(crate) fn end_all_of(&mut self, token_name: &str) {
        self.by_access_token.retain(|_, session| session.token_name != token_name);
    }

    /// The living sessions, oldest first.
    pub(crate) fn list(&self, now: Duration) -> Vec<SessionInfo> {
        let mut alive: Vec<&Session> =
            self.by_access_token.values().filter(|session| session.is_alive(now, self.idle_timeout)).collect();
        alive.sort_by_key(|session| session.serial);
        alive.into_iter().map(Session::info).collect()
    }

    /// The idle limit as VCD tells it, in whole minutes.
    pub(crate) fn idle_timeout_minutes(&self) -> u64 {
        self.idle_timeout.as_secs().div_ceil(60)
    }

    /// All access tokens, for masking.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.by_access_token.keys().map(String::as_str)
    }
}

impl Session {
    fn info(&self) -> SessionInfo {
        SessionInfo {
            id: self.id.clone(),
            org: self.user.org.name.to_owned(),
            user: self.user.name.clone(),
            kind: self.kind,
            token: self.token_name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tokens::TokenStore;

    const MINUTE: Duration = Duration::from_secs(60);

    fn open(sessions: &mut SessionStore, now: Duration) -> String {
        let mut tokens = TokenStore::new(true);
        let value = tokens.logins().remove(0).api_token;
        let redeemed = tokens.redeem("acme", &value).unwrap();
        sessions.open(&redeemed, now)
    }

    #[test]
    fn use_restarts_the_idle_time() {
        let mut sessions = SessionStore::new(30 * MINUTE);
        let token = open(&mut sessions, 100 * MINUTE);
        assert!(sessions.touch(&token, 130 * MINUTE).is_some(), "exactly the limit is not longer than the limit");
        assert!(sessions.touch(&token, 159 * MINUTE).is_some());
        assert_eq!(sessions.list(189 * MINUTE).len(), 1);
        assert_eq!(sessions.list(190 * MINUTE).len(), 0, "listing is not a use");
        assert!(sessions.touch(&token, 190 * MINUTE).is_none());
        assert!(sessions.touch(&token, 159 * MINUTE).is_none(), "dead is dead");
    }

    #[test]
    fn no_session_outlives_its_expiry() {
        let mut sessions = SessionStore::new(30 * MINUTE);
        let token = open(&mut sessions, Duration::ZERO);
        let mut now = Duration::ZERO;
        while now + 20 * MINUTE < LIFETIME {
            now += 20 * MINUTE;
            assert!(sessions.touch(&token, now).is_some(), "{now:?}");
        }
        assert!(sessions.touch(&token, LIFETIME).is_none());
    }

    #[test]
    fn revoking_a_token_ends_its_sessions_only() {
        let mut sessions = SessionStore::new(30 * MINUTE);
        let mut tokens = TokenStore::new(true);
        let logins = tokens.logins();
        let mut exchange = |index: usize| {
            let redeemed = tokens.redeem("acme", &logins[index].api_token).unwrap();
            sessions.open(&redeemed, MINUTE)
        };
        let (alice, alice_again, bob) = (exchange(0), exchange(0), exchange(1));
        sessions.end_all_of(&logins[0].name);
        assert!(sessions.touch(&alice, MINUTE).is_none() && sessions.touch(&alice_again, MINUTE).is_none());
        assert!(sessions.touch(&bob, MINUTE).is_some());
    }

    #[test]
    fn the_idle_limit_is_told_in_minutes_rounded_up() {
        assert_eq!(SessionStore::new(30 * MINUTE).idle_timeout_minutes(), 30);
        assert_eq!(SessionStore::new(Duration::from_secs(61)).idle_timeout_minutes(), 2);
    }
}
