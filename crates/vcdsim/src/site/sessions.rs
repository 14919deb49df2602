//! Open sessions: each access token is one, until it expires, idles out, is logged out or its API token is revoked.

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

/// What a request shows to prove that it belongs to a session. Both are good for the same session, and die with it.
#[derive(Clone, Copy)]
pub(crate) enum Credential<'a> {
    /// The JWT of `Authorization: Bearer`.
    AccessToken(&'a str),
    /// The value of `x-vcloud-authorization`.
    LegacyId(&'a str),
}

/// An open session. Times are since the Unix epoch, by the simulator's clock.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) access_token: String,
    /// What clients sent before there were access tokens: 32 hex digits.
    pub(crate) legacy_id: String,
    pub(crate) user: User,
    kind: Kind,
    token_name: String,
    expires: Duration,
    last_used: Duration,
}

impl Session {
    fn is_alive(&self, now: Duration, idle_timeout: Duration) -> bool {
        now < self.expires && now.saturating_sub(self.last_used) <= idle_timeout
    }

    fn is_shown_by(&self, credential: Credential) -> bool {
        match credential {
            Credential::AccessToken(token) => self.access_token == token,
            Credential::LegacyId(id) => self.legacy_id == id,
        }
    }
}

/// All sessions, oldest first.
pub(crate) struct SessionStore {
    idle_timeout: Duration,
    sessions: Vec<Session>,
}

impl SessionStore {
    pub(crate) fn new(idle_timeout: Duration) -> Self {
        Self { idle_timeout, sessions: Vec::new() }
    }

    /// Opens a session for a redeemed API token and returns its access token.
    pub(crate) fn open(&mut self, redeemed: &Redeemed, now: Duration) -> String {
        let expires = Duration::from_secs((now + LIFETIME).as_secs());
        let access_token = jwt::issue(&redeemed.user, expires);
        self.sessions.push(Session {
            id: format!("urn:vcloud:session:{}", random::uuid()),
            access_token: access_token.clone(),
            legacy_id: random::hex_128(),
            user: redeemed.user.clone(),
            kind: redeemed.kind,
            token_name: redeemed.token_name.clone(),
            expires,
            last_used: now,
        });
        access_token
    }

    /// The living session of a credential; asking is a use and restarts its idle time. A dead one is forgotten.
    pub(crate) fn touch(&mut self, credential: Credential, now: Duration) -> Option<&Session> {
        let index = self.sessions.iter().position(|session| session.is_shown_by(credential))?;
        if !self.sessions[index].is_alive(now, self.idle_timeout) {
            self.sessions.remove(index);
            return None;
        }
        let session = &mut self.sessions[index];
        session.last_used = now;
        Some(session)
    }

    /// Ends the session of that id.
    pub(crate) fn end(&mut self, id: &str) {
        self.sessions.retain(|session| session.id != id);
    }

    /// Ends all sessions made from an API token. VCD does so when the token is revoked.
    pub(crate) fn end_all_of(&mut self, token_name: &str) {
        self.sessions.retain(|session| session.token_name != token_name);
    }

    /// The living sessions of a user, oldest first.
    pub(crate) fn of_user(&self, user: &User, now: Duration) -> impl Iterator<Item = &Session> {
        self.sessions
            .iter()
            .filter(move |session| session.user.id == user.id && session.is_alive(now, self.idle_timeout))
    }

    /// The living sessions, oldest first.
    pub(crate) fn list(&self, now: Duration) -> Vec<SessionInfo> {
        let alive = self.sessions.iter().filter(|session| session.is_alive(now, self.idle_timeout));
        alive.map(Session::info).collect()
    }

    /// The idle limit as VCD tells it, in whole minutes.
    pub(crate) fn idle_timeout_minutes(&self) -> u64 {
        self.idle_timeout.as_secs().div_ceil(60)
    }

    /// All access tokens and legacy ids, for masking.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.sessions.iter().flat_map(|session| [session.access_token.as_str(), session.legacy_id.as_str()])
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
        assert!(
            sessions.touch(Credential::AccessToken(&token), 130 * MINUTE).is_some(),
            "exactly the limit is not longer than the limit"
        );
        assert!(sessions.touch(Credential::AccessToken(&token), 159 * MINUTE).is_some());
        assert_eq!(sessions.list(189 * MINUTE).len(), 1);
        assert_eq!(sessions.list(190 * MINUTE).len(), 0, "listing is not a use");
        assert!(sessions.touch(Credential::AccessToken(&token), 190 * MINUTE).is_none());
        assert!(sessions.touch(Credential::AccessToken(&token), 159 * MINUTE).is_none(), "dead is dead");
    }

    #[test]
    fn no_session_outlives_its_expiry() {
        let mut sessions = SessionStore::new(30 * MINUTE);
        let token = open(&mut sessions, Duration::ZERO);
        let mut now = Duration::ZERO;
        while now + 20 * MINUTE < LIFETIME {
            now += 20 * MINUTE;
            assert!(sessions.touch(Credential::AccessToken(&token), now).is_some(), "{now:?}");
        }
        assert!(sessions.touch(Credential::AccessToken(&token), LIFETIME).is_none());
    }

    #[test]
    fn both_credentials_share_the_idle_time_and_the_end() {
        let mut sessions = SessionStore::new(30 * MINUTE);
        let token = open(&mut sessions, Duration::ZERO);
        let Session { id, legacy_id, .. } = sessions.sessions[0].clone();
        let (token, legacy_id) = (Credential::AccessToken(&token), Credential::LegacyId(&legacy_id));
        assert!(sessions.touch(legacy_id, 20 * MINUTE).is_some());
        assert!(sessions.touch(token, 50 * MINUTE).is_some());
        assert!(sessions.touch(legacy_id, 80 * MINUTE).is_some());
        sessions.end(&id);
        assert!(sessions.touch(token, 80 * MINUTE).is_none() && sessions.touch(legacy_id, 80 * MINUTE).is_none());
    }

    #[test]
    fn credentials_are_not_taken_for_each_other() {
        let mut sessions = SessionStore::new(30 * MINUTE);
        let token = open(&mut sessions, Duration::ZERO);
        let legacy_id = sessions.sessions[0].legacy_id.clone();
        assert!(sessions.touch(Credential::LegacyId(&token), MINUTE).is_none());
        assert!(sessions.touch(Credential::AccessToken(&legacy_id), MINUTE).is_none());
        assert!(sessions.secrets().any(|secret| secret == legacy_id));
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
        assert!(
            sessions.touch(Credential::AccessToken(&alice), MINUTE).is_none()
                && sessions.touch(Credential::AccessToken(&alice_again), MINUTE).is_none()
        );
        assert!(sessions.touch(Credential::AccessToken(&bob), MINUTE).is_some());
    }

    #[test]
    fn the_idle_limit_is_told_in_minutes_rounded_up() {
        assert_eq!(SessionStore::new(30 * MINUTE).idle_timeout_minutes(), 30);
        assert_eq!(SessionStore::new(Duration::from_secs(61)).idle_timeout_minutes(), 2);
    }
}
