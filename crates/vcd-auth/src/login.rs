//! Getting a session: one that is there, one that is on its way, or a new one.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::task::block_in_place;

use crate::cache::{self, Arrival, Flight, Key, Landed, Lookup, SharedSession};
use crate::claims::Claims;
use crate::client::{Client, ExchangeRequest, Exchanged, Reuse, Source};
use crate::deadline::{self, TimeLimit, carried_through};
use crate::exchange::{self, Grant, Tokens};
use crate::file_login;
use crate::recovery::NewApiToken;
use crate::retry::{Repeatable, with_retries};
use crate::route::Route;
use crate::runtime::{self, Background, Work};
use crate::secret::{ApiToken, Secret};
use crate::session::{self, FreshSession, Session};
use crate::token_file::{FileLock, TokenFile, TokenFileReport};
use crate::transport::Transport;
use crate::{Failure, FailureKind, Progress};

/// How much longer an answer is waited for than its caller does: it may carry the only token that still works.
const GRACE: Duration = Duration::from_secs(10);

/// What is needed to get a session. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) client: Client,
    pub(crate) request: ExchangeRequest,
    token: Token,
    route: Route,
    transport: Arc<Transport>,
}

/// The token, and where a new one goes.
#[derive(Clone)]
enum Token {
    /// To the caller.
    Given(ApiToken),
    /// Into the file.
    InFile(Arc<TokenFile>),
}

/// What came of a token.
pub(crate) struct Granted {
    pub(crate) session: Result<Arc<SharedSession>, Failure>,
    /// Whether the session was there already.
    pub(crate) cached: bool,
    pub(crate) new_api_token: Option<NewApiToken>,
    /// The token by which the next caller finds the session, if it is another one than this caller came with.
    pub(crate) next_token: Option<Secret>,
    pub(crate) attempts: u32,
    pub(crate) token_file: Option<TokenFileReport>,
    /// The lock of the token file, to be held until the session can be found by those who wait for it.
    pub(crate) lock: Option<FileLock>,
}

impl Granted {
    /// A session, or why there is none, and nothing else.
    pub(crate) fn of(session: Result<Arc<SharedSession>, Failure>) -> Self {
        let attempts = session.as_ref().err().map(Failure::attempts).unwrap_or_default();
        let (new_api_token, next_token, token_file, lock) = (None, None, None, None);
        Granted { session, cached: false, new_api_token, next_token, attempts, token_file, lock }
    }
}

/// What one exchange at the server brought; `K` is what became of a new token.
pub(crate) struct Answered<K> {
    pub(crate) session: Result<Arc<SharedSession>, Failure>,
    pub(crate) kept: Option<K>,
    pub(crate) attempts: u32,
}

/// The session for a request.
pub(crate) async fn session(client: &Client, request: &ExchangeRequest, progress: &Progress) -> Exchanged {
    let login = match Login::new(client, request) {
        Ok(login) => login,
        Err(failure) => return Exchanged::failed(failure),
    };
    if request.reuse == Reuse::Never {
        return login.private(progress).await;
    }
    match login.key() {
        Ok(key) => login.shared(&key, progress).await,
        Err(failure) => Exchanged::failed(failure),
    }
}

impl Login {
    fn new(client: &Client, request: &ExchangeRequest) -> Result<Self, Failure> {
        let token = match &request.source {
            Source::Given(token) => Token::Given(token.clone()),
            Source::File(path) => Token::InFile(Arc::new(block_in_place(|| TokenFile::read(path))?)),
        };
        let route = request.route.clone().map_or_else(|| client.route(&request.site, None), Ok)?;
        let transport = client.transport(&route)?;
        Ok(Login { client: client.clone(), request: request.clone(), token, route, transport })
    }

    fn key(&self) -> Result<Key, Failure> {
        let ExchangeRequest { site, organization, .. } = &self.request;
        let (token, file) = match &self.token {
            Token::Given(token) => (token, None),
            Token::InFile(file) => (file.token(), Some(file.path())),
        };
        Key::new(site, organization, &self.route, token.secret(), file)
    }

    /// What there is to tell of the token file without touching it.
    fn report(&self) -> Option<TokenFileReport> {
        match &self.token {
            Token::Given(_) => None,
            Token::InFile(file) => Some(file.report()),
        }
    }

    /// A session that nobody else gets.
    async fn private(self, progress: &Progress) -> Exchanged {
        let own = progress.clone();
        carried_through(progress, async move { self.own(&own).await }).await.unwrap_or_else(Exchanged::failed)
    }

    async fn own(&self, progress: &Progress) -> Exchanged {
        let Granted { session, cached, new_api_token, attempts, token_file, .. } = self.grant(None, progress).await;
        let session = session.map(|session| self.fresh(session));
        Exchanged { session, new_api_token, cached, renewed: false, attempts, token_file }
    }

    /// A session for somebody who is not counted as its holder yet. Dropping it ends the session if nobody else holds it.
    pub(crate) fn fresh(&self, shared: Arc<SharedSession>) -> FreshSession {
        let hand_out = cache::hand_out(&shared);
        FreshSession::new(shared, hand_out, self.client.clone())
    }

    /// A session from the cache, or from a flight that is shared with whoever wants the same.
    async fn shared(&self, key: &Key, progress: &Progress) -> Exchanged {
        loop {
            let flight = match cache::look_up(key, self.request.reuse == Reuse::Renew) {
                Lookup::Ready(shared, hand_out) => {
                    let session = Ok(FreshSession::new(shared, hand_out, self.client.clone()));
                    let (new_api_token, token_file) = (None, self.report());
                    return Exchanged { session, new_api_token, cached: true, renewed: false, attempts: 0, token_file };
                }
                Lookup::Join(flight) => flight,
                Lookup::Lead(flight, stale) => {
                    if let Err(failure) = self.take_off(key, &flight, stale) {
                        return Exchanged::failed(failure);
                    }
                    flight
                }
            };
            let Landed { session, new_api_token, cached, renewed, attempts, token_file } = flight.join(progress).await;
            let session = match session {
                // Others wanted what was there before, and this caller a new one.
                Ok(_) if cached && self.request.reuse == Reuse::Renew => continue,
                // The flight's other callers went away just before this one came aboard.
                Err(failure) if failure.kind() == FailureKind::Cancelled => continue,
                Err(failure) => Err(failure),
                Ok(arrival) => match arrival.pick_up() {
                    Some(fresh) => Ok(fresh),
                    // This caller came aboard when the others had been counted; the cache has the session now.
                    None => continue,
                },
            };
            return Exchanged { session, new_api_token, cached, renewed, attempts, token_file };
        }
    }

    /// Starts the task that gets the session for all who wait for the flight.
    fn take_off(&self, key: &Key, flight: &Arc<Flight>, stale: Option<Arc<SharedSession>>) -> Result<(), Failure> {
        let login = self.clone();
        let lost = LostOnDrop { key: key.clone(), flight: Arc::clone(flight) };
        let goes_on = Background::exchange(&flight.progress);
        let work: Work = Box::pin(async move {
            // Until a new token that nobody receives is saved, which is when the flight is dropped.
            let _goes_on = goes_on;
            let lost = lost;
            let LostOnDrop { key, flight } = &lost;
            let landed = login.fly(key, flight, stale).await;
            flight.land(landed);
        });
        let task = runtime::spawn(work)?;
        flight.set_task(task.abort_handle());
        Ok(())
    }

    /// Gets the session: what was there before if it is still alive, else a new one.
    async fn fly(&self, key: &Key, flight: &Arc<Flight>, stale: Option<Arc<SharedSession>>) -> Landed {
        let renewed = stale.is_some();
        if let Some(shared) = stale
            && self.is_alive(&shared, &flight.progress).await
        {
            let (session, token_file) = (Ok(self.arrive(key, flight, key.clone(), shared)), self.report());
            return Landed { session, new_api_token: None, cached: true, renewed: false, attempts: 0, token_file };
        }
        // Whatever is wrong with it, a new one is surer; whoever holds the old one keeps it.
        let reusable = (self.request.reuse == Reuse::Allowed).then_some(key);
        let granted = self.grant(reusable, &flight.progress).await;
        let Granted { session, cached, new_api_token, next_token, attempts, token_file, lock } = granted;
        let session = session.and_then(|session| {
            // The next caller comes with the new token, if there is one.
            let next_key = match &next_token {
                Some(next) => key.for_new_token(next)?,
                None => key.clone(),
            };
            Ok(self.arrive(key, flight, next_key, session))
        });
        drop(lock);
        Landed { session, new_api_token, cached, renewed, attempts, token_file }
    }

    /// Enters the session for those who wait. If nobody does any more, it is entered for nobody, and ended as soon as it has
    /// arrived.
    fn arrive(&self, flown: &Key, flight: &Arc<Flight>, key: Key, shared: Arc<SharedSession>) -> Arc<Arrival> {
        let hand_outs = cache::land(flown, flight, key, &shared, flight.waiting().max(1));
        Arrival::new(&shared, hand_outs, &self.client)
    }

    /// Asks Cloud Director whether a session is alive.
    pub(crate) async fn is_alive(&self, shared: &SharedSession, progress: &Progress) -> bool {
        let (site, bearer) = (&shared.session.site, &shared.session.bearer);
        let check = session::check(&self.transport, site, bearer, progress);
        // Half of the caller's time is left for the exchange that follows.
        let checked = tokio::time::timeout(self.client.timeout() / 2, check).await;
        let alive = checked.is_ok_and(|answer| answer.is_ok());
        if alive {
            shared.mark_alive();
        }
        alive
    }

    /// Exchanges the token. For one in a file, the session of `key` will do as well if the token has become another one
    /// meanwhile. Boxed, so that it exists once in the library, not once for each who calls it.
    fn grant<'a>(
        &'a self,
        key: Option<&'a Key>,
        progress: &'a Progress,
    ) -> Pin<Box<dyn Future<Output = Granted> + Send + 'a>> {
        match &self.token {
            Token::InFile(file) => Box::pin(file_login::grant(self, file, key, progress)),
            Token::Given(token) => Box::pin(self.to_caller(token, progress)),
        }
    }

    /// Exchanges a token whose replacement, if there is one, is the caller's to keep.
    pub(crate) async fn to_caller(&self, token: &ApiToken, progress: &Progress) -> Granted {
        let Answered { session, kept, attempts } = self.exchange(token, progress, |new| self.hand_over(new)).await;
        let next_token = kept.as_ref().map(|new: &NewApiToken| new.secret().clone());
        Granted { new_api_token: kept, next_token, attempts, ..Granted::of(session) }
    }

    /// A new token that is the caller's to keep.
    pub(crate) fn hand_over(&self, new: Secret) -> NewApiToken {
        let ExchangeRequest { site, organization, .. } = &self.request;
        NewApiToken::new(new, site, organization, &self.client.settings().recovery_folder)
    }

    /// Exchanges a token at the server, once. `keep` gets a new token as soon as it is read. The answer is waited for somewhat
    /// longer than the caller waits.
    pub(crate) async fn exchange<K>(
        &self,
        token: &ApiToken,
        progress: &Progress,
        keep: impl FnOnce(Secret) -> K,
    ) -> Answered<K> {
        let whole = self.client.timeout() + GRACE;
        let limit = TimeLimit::from_now(whole);
        match tokio::time::timeout(whole, self.exchange_now(token, progress, keep)).await {
            Ok(answered) => answered,
            Err(_) => Answered { session: Err(deadline::passed(limit, progress)), kept: None, attempts: 1 },
        }
    }

    async fn exchange_now<K>(
        &self,
        token: &ApiToken,
        progress: &Progress,
        keep: impl FnOnce(Secret) -> K,
    ) -> Answered<K> {
        let ExchangeRequest { site, organization, .. } = &self.request;
        let send = || self.transport.send(exchange::request(site, organization, token), progress);
        let (answer, attempts) = with_retries(Repeatable::OnlyUnsent, self.client.settings().max_retries, send).await;
        let refused =
            |failure: Failure| Answered { session: Err(failure.with_attempts(attempts)), kept: None, attempts };
        let answer = match answer {
            Ok(answer) if (200..300).contains(&answer.status) => answer,
            Ok(answer) => {
                let refusal = answer.whole().map(|answer| exchange::refusal(&answer, site, organization, token));
                return refused(refusal.unwrap_or_else(|broken| broken));
            }
            Err(failure) => return refused(failure),
        };
        let Tokens { outcome, new_api_token } = exchange::read(&answer, site, token.secret());
        // First of all: from here on the new token is safe, whatever happens to the rest.
        let kept = new_api_token.map(keep);
        let session = outcome.map_err(|failure| failure.with_attempts(attempts)).map(|grant| self.begin(grant));
        Answered { session, kept, attempts }
    }

    /// What is known about a session that was just granted.
    fn begin(&self, grant: Grant) -> Arc<SharedSession> {
        let issued_at = OffsetDateTime::now_utc();
        let claims = Claims::of(&grant.bearer);
        let expires_at = grant.lifetime.and_then(|lifetime| issued_at.checked_add(lifetime.try_into().ok()?));
        let session = Session {
            site: self.request.site.clone(),
            organization: self.request.organization.clone(),
            expires_at: expires_at.or_else(|| claims.expires_at()),
            user: claims.user,
            issued_at,
            bearer: grant.bearer,
        };
        SharedSession::new(session, self.route.clone())
    }
}

/// A flight whose task ends without landing leaves nobody waiting, and nothing in the cache.
struct LostOnDrop {
    key: Key,
    flight: Arc<Flight>,
}

impl Drop for LostOnDrop {
    fn drop(&mut self) {
        cache::lose(&self.key, &self.flight);
        self.flight.land_if_underway(|| {
            let given_up = Failure::new(FailureKind::Cancelled, "The request was given up by those who shared it.");
            let failure = if std::thread::panicking() { deadline::defect() } else { given_up };
            Landed::failed(failure)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientOptions, Organization, ProxyChoice, Site, Trust};

    #[test]
    fn a_renewed_session_is_new_although_others_check_the_old_one() {
        let simulator = vcdsim::Simulator::start(vcdsim::Options::default()).expect("simulator");
        let token = &simulator.login("acme", vcdsim::Kind::Tenant).expect("login").api_token;
        let trust = Trust::from_fingerprint(simulator.leaf_sha256()).expect("a pin");
        let options = ClientOptions { trust, proxy: ProxyChoice::Direct, ..ClientOptions::default() };
        let client = Client::new(options).expect("client");
        let site = Site::parse(simulator.url()).expect("valid");
        let organization = Organization::parse("acme").expect("valid");
        let token = ApiToken::parse(&Secret::new(token)).expect("valid");
        let request = ExchangeRequest::new(site, organization, token);
        let get = |reuse| {
            let (client, request) = (client.clone(), request.clone().reuse(reuse));
            runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime")
        };
        let session = |task: tokio::task::JoinHandle<Exchanged>| {
            let exchanged = runtime::block_on(task).expect("runtime").expect("finished");
            exchanged.session.expect("session").accept()
        };
        let old = session(get(Reuse::Allowed));
        let key = Login::new(&client, &request).and_then(|login| login.key()).expect("a key");
        cache::ready(&key).expect("cached").0.forget_sighting();
        let effect = vcdsim::Effect { delay_ms: 1000, ..vcdsim::Effect::default() };
        let matching = vcdsim::Match { path: Some("/sessions/current".to_owned()), ..vcdsim::Match::default() };
        simulator.add_fault(vcdsim::Fault { matching, effect, ..vcdsim::Fault::default() });

        let checking = get(Reuse::Allowed);
        while simulator.journal().requests.iter().all(|request| !request.path.ends_with("/sessions/current")) {
            std::thread::yield_now();
        }
        let renewed = session(get(Reuse::Renew));
        assert_eq!(session(checking).bearer, old.bearer);
        assert_ne!(renewed.bearer, old.bearer);
    }
}
