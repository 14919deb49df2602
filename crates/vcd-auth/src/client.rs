//! The calls that this library is for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::claims::Claims;
use crate::deadline::within;
use crate::exchange::{self, Tokens};
use crate::organization::Organization;
use crate::recovery::{self, NewApiToken};
use crate::secret::{ApiToken, Bearer};
use crate::session::{self, FreshSession, Session, SessionState};
use crate::site::Site;
use crate::transport::Transport;
use crate::trust::Trust;
use crate::{Failure, FailureKind, Progress};

/// How requests are made.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Which server certificates are trusted.
    pub trust: Trust,
    /// The time limit of one whole operation; 30 s unless set.
    pub timeout: Duration,
    /// The time limit for a connection to stand, TLS included; 10 s unless set, and never more than `timeout`.
    pub connect_timeout: Duration,
    /// Where new API tokens go that nobody takes; the user's own folder unless set.
    pub recovery_folder: Option<PathBuf>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            trust: Trust::OperatingSystem,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            recovery_folder: None,
        }
    }
}

/// Makes requests with fixed options. Clones are cheap and share everything. All its calls may be made from any runtime;
/// the work itself runs on this library's own.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Arc<Transport>,
    timeout: Duration,
    recovery_folder: PathBuf,
}

/// What came of exchanging an API token. The new API token stands beside the outcome, because Cloud Director may hand one
/// out although the rest of its answer cannot be used.
#[derive(Debug)]
pub struct Exchanged {
    /// The session, or why there is none.
    pub session: Result<FreshSession, Failure>,
    /// The API token that replaces the one exchanged, which is dead now. Most tokens are not replaced.
    pub new_api_token: Option<NewApiToken>,
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// `InvalidOption` for a time limit of zero or a certificate authority that cannot be one; `TrustStoreEmpty` where the
    /// operating system has none.
    pub fn new(options: ClientOptions) -> Result<Self, Failure> {
        if options.timeout.is_zero() || options.connect_timeout.is_zero() {
            return Err(Failure::new(FailureKind::InvalidOption, "A time limit is zero."));
        }
        let transport = Transport::shared(&options.trust, options.connect_timeout.min(options.timeout))?;
        let recovery_folder = options.recovery_folder.unwrap_or_else(recovery::default_folder);
        Ok(Client { transport, timeout: options.timeout, recovery_folder })
    }

    #[cfg(test)]
    pub(crate) fn with_transport(transport: Transport, timeout: Duration) -> Self {
        Client { transport: Arc::new(transport), timeout, recovery_folder: recovery::default_folder() }
    }

    /// Exchanges an API token for a session. The token is sent at most once, whatever happens on the way.
    ///
    /// Dropping the future is safe at any moment: an exchange that was not sent yet never is, and one that was goes on
    /// to its time limit in the background, where a new API token is kept and the session ended. `progress` tells which.
    pub async fn exchange(
        &self,
        site: &Site,
        organization: &Organization,
        token: &ApiToken,
        progress: &Progress,
    ) -> Exchanged {
        let work = {
            let (client, site, organization) = (self.clone(), site.clone(), organization.clone());
            let (token, progress) = (token.clone(), progress.clone());
            async move { client.exchange_once(&site, &organization, &token, &progress).await }
        };
        within(self.timeout, progress, work)
            .await
            .unwrap_or_else(|failure| Exchanged { session: Err(failure), new_api_token: None })
    }

    async fn exchange_once(
        &self,
        site: &Site,
        organization: &Organization,
        token: &ApiToken,
        progress: &Progress,
    ) -> Exchanged {
        let nothing_new = |failure| Exchanged { session: Err(failure), new_api_token: None };
        let answer = match self.transport.send(exchange::request(site, organization, token), progress).await {
            Ok(answer) => answer,
            Err(failure) => return nothing_new(failure),
        };
        if !(200..300).contains(&answer.status) {
            let refused = answer.whole().map(|answer| exchange::refusal(&answer, site, organization, token));
            return nothing_new(refused.unwrap_or_else(|broken| broken));
        }
        let Tokens { outcome, new_api_token } = exchange::read(&answer, site, token.secret());
        // First of all: from here on the new token is safe, whatever happens to the rest.
        let new_api_token = new_api_token.map(|new| NewApiToken::new(new, site, organization, &self.recovery_folder));
        let session = outcome.map(|grant| {
            let issued_at = OffsetDateTime::now_utc();
            let claims = Claims::of(&grant.bearer);
            let expires_at = grant.lifetime.and_then(|lifetime| issued_at.checked_add(lifetime.try_into().ok()?));
            let session = Session {
                site: site.clone(),
                organization: organization.clone(),
                expires_at: expires_at.or_else(|| claims.expires_at()),
                user: claims.user,
                issued_at,
                bearer: grant.bearer,
            };
            FreshSession::new(session, self.clone())
        });
        Exchanged { session, new_api_token }
    }

    /// Asks whether a session is alive, which resets Cloud Director's idle clock.
    ///
    /// # Errors
    /// `SessionExpired` if it is not; otherwise why the question could not be answered.
    pub async fn check(&self, site: &Site, bearer: &Bearer, progress: &Progress) -> Result<SessionState, Failure> {
        let work = {
            let (transport, site, bearer, progress) =
                (Arc::clone(&self.transport), site.clone(), bearer.clone(), progress.clone());
            async move { session::check(&transport, &site, &bearer, &progress).await }
        };
        within(self.timeout, progress, work).await?
    }

    /// Ends a session at Cloud Director. One that is dead already counts as ended.
    ///
    /// # Errors
    /// Why it could not be ended.
    pub async fn end(&self, site: &Site, bearer: &Bearer, progress: &Progress) -> Result<(), Failure> {
        let work = {
            let (transport, site, bearer, progress) =
                (Arc::clone(&self.transport), site.clone(), bearer.clone(), progress.clone());
            async move { session::end(&transport, &site, &bearer, &progress).await }
        };
        within(self.timeout, progress, work).await?
    }
}
