//! The calls that this library is for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cache::{self, Release};
use crate::call::{self, CallRequest, Response};
use crate::deadline::{TimeLimit, within};
use crate::legacy_id;
use crate::login;
use crate::organization::Organization;
use crate::proxy::{self, ProxyAddress, ProxyChoice};
use crate::recovery::{self, NewApiToken};
use crate::retry::{Repeatable, with_retries};
use crate::route::Route;
use crate::secret::{ApiToken, Bearer};
use crate::session::{self, Ended, FreshSession, SessionRequest, SessionState};
use crate::site::Site;
use crate::token_file::TokenFileReport;
use crate::transport::Transport;
use crate::trust::{self, Trust};
use crate::{Failure, FailureKind, Progress};

/// How requests are made.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Which server certificates are trusted.
    pub trust: Trust,
    /// Which proxy requests take.
    pub proxy: ProxyChoice,
    /// The time limit of one whole operation, attempts and pauses included; 30 s unless set. What is not counted is the time
    /// in line for a token file, which ends when nothing happens there for half of this.
    pub timeout: Duration,
    /// The time limit for a connection to stand, TLS included; 10 s unless set, and never more than `timeout`.
    pub connect_timeout: Duration,
    /// How often a request is tried again where that cannot do harm; 2 unless set.
    pub max_retries: u32,
    /// Where new API tokens go that nobody takes; the user's own folder unless set.
    pub recovery_folder: Option<PathBuf>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            trust: Trust::OperatingSystem,
            proxy: ProxyChoice::Automatic,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            max_retries: 2,
            recovery_folder: None,
        }
    }
}

/// Makes requests with fixed options. Clones are cheap and share everything. All its calls may be made from any runtime;
/// the work itself runs on this library's own.
#[derive(Debug, Clone)]
pub struct Client(Arc<Settings>);

#[derive(Debug)]
pub(crate) struct Settings {
    trust: Trust,
    proxy: ProxyChoice,
    timeout: Duration,
    connect_timeout: Duration,
    pub(crate) max_retries: u32,
    pub(crate) recovery_folder: PathBuf,
}

/// Whether a session that this process has already may be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reuse {
    /// Yes, if it is alive.
    #[default]
    Allowed,
    /// No: a new session takes its place.
    Renew,
    /// No: the caller gets a session of its own.
    Never,
}

/// Where the API token comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Given(ApiToken),
    File(PathBuf),
}

/// The wish for a session.
#[derive(Debug, Clone)]
pub struct ExchangeRequest {
    pub(crate) site: Site,
    pub(crate) organization: Organization,
    pub(crate) source: Source,
    pub(crate) reuse: Reuse,
    pub(crate) route: Option<Route>,
}

impl ExchangeRequest {
    /// A session for this token; one that this process has already will do.
    pub fn new(site: Site, organization: Organization, token: ApiToken) -> Self {
        ExchangeRequest { site, organization, source: Source::Given(token), reuse: Reuse::Allowed, route: None }
    }

    /// A session for the token in this file: Terraform's JSON, a SecureString or PSCredential of `Export-Clixml`, or one line
    /// of text. A token that Cloud Director replaces is replaced in the file as well; the file is locked meanwhile. Others who have the
    /// lock are waited for as long as it changes hands: a holder who keeps it for half the client's time limit makes an end of
    /// that, and so do ten times as much in all.
    pub fn from_file(site: Site, organization: Organization, file: PathBuf) -> Self {
        ExchangeRequest { site, organization, source: Source::File(file), reuse: Reuse::Allowed, route: None }
    }

    /// Says whether a session that this process has already will do.
    pub fn reuse(self, reuse: Reuse) -> Self {
        ExchangeRequest { reuse, ..self }
    }

    /// Names the way to the site, which the client finds by itself otherwise ([`Client::route`]).
    pub fn over(self, route: Route) -> Self {
        ExchangeRequest { route: Some(route), ..self }
    }
}

/// What came of exchanging an API token. The new API token stands beside the outcome, because Cloud Director may hand one
/// out although the rest of its answer cannot be used.
#[derive(Debug)]
pub struct Exchanged {
    /// The session, or why there is none.
    pub session: Result<FreshSession, Failure>,
    /// The API token that replaces the one exchanged, which is dead now. Most tokens are not replaced.
    pub new_api_token: Option<NewApiToken>,
    /// Whether this process had the session already.
    pub cached: bool,
    /// Whether this process had a session that was found dead, so that a new one had to be made.
    pub renewed: bool,
    /// How often the exchange was tried; 0 if it never came to that.
    pub attempts: u32,
    /// What became of the token file, if the token came from one that could be read.
    pub token_file: Option<TokenFileReport>,
}

impl Exchanged {
    pub(crate) fn failed(failure: Failure) -> Self {
        let attempts = failure.attempts();
        Exchanged {
            session: Err(failure),
            new_api_token: None,
            cached: false,
            renewed: false,
            attempts,
            token_file: None,
        }
    }
}

/// What came of connecting: the session, and what Cloud Director says about it.
#[derive(Debug)]
pub struct Connected {
    /// The session, or why there is none. One that could not be asked about is none either, and has been ended.
    pub exchanged: Exchanged,
    /// What Cloud Director says about the session, if there is one.
    pub state: Option<SessionState>,
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
        trust::verifier(&options.trust)?;
        Ok(Client(Arc::new(Settings {
            trust: options.trust,
            proxy: options.proxy,
            timeout: options.timeout,
            connect_timeout: options.connect_timeout.min(options.timeout),
            max_retries: options.max_retries,
            recovery_folder: options.recovery_folder.unwrap_or_else(recovery::default_folder),
        })))
    }

    /// The time limit of one whole operation.
    pub fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// The way to `site` as the options and the environment have it now. `system_proxy` is the proxy that the caller's system
    /// resolved for the site, used if nothing else names one. Makes no connection.
    ///
    /// # Errors
    /// `InvalidOption` when `HTTPS_PROXY` is no address.
    pub fn route(&self, site: &Site, system_proxy: Option<&ProxyAddress>) -> Result<Route, Failure> {
        Ok(Route::new(self.0.trust.clone(), proxy::resolve(&self.0.proxy, site, system_proxy)?))
    }

    /// Gets a session for an API token: one that this process has and that is alive, or a new one. Callers that want the
    /// same session at the same time share one exchange. The token is sent at most once, whatever happens on the way.
    ///
    /// Dropping the future is safe at any moment: an exchange that was not sent yet never is, and one that was goes on in the
    /// background until ten seconds after its time limit, where a new API token is kept and the session ended. `progress` tells
    /// which.
    pub async fn exchange(&self, request: &ExchangeRequest, progress: &Progress) -> Exchanged {
        self.exchange_within(self.time_limit(), request, progress).await
    }

    async fn exchange_within(&self, limit: TimeLimit, request: &ExchangeRequest, progress: &Progress) -> Exchanged {
        let work = {
            let (client, request, progress) = (self.clone(), request.clone(), progress.clone());
            async move { login::session(&client, &request, &progress).await }
        };
        within(limit, progress, work).await.unwrap_or_else(Exchanged::failed)
    }

    /// Gets a session as [`Client::exchange`] does, asks Cloud Director who is logged in, and for the session's legacy id if
    /// `legacy_id` says so.
    ///
    /// If a question fails, the session is ended unless somebody else holds it; a new API token stands beside the failure.
    pub async fn connect(&self, request: &ExchangeRequest, legacy_id: bool, progress: &Progress) -> Connected {
        let limit = self.time_limit();
        let exchanged = self.exchange_within(limit, request, progress).await;
        let question = match &exchanged.session {
            Ok(session) => session.question().with_legacy_id(legacy_id),
            Err(_) => return Connected { exchanged, state: None },
        };
        let limit = limit.without(progress.time_in_line());
        // A progress of its own: that the token was sent says nothing about the questions.
        match self.check_within(limit, &question, &Progress::default()).await {
            Ok(state) => Connected { exchanged, state: Some(state) },
            Err(failure) => Connected { exchanged: Exchanged { session: Err(failure), ..exchanged }, state: None },
        }
    }

    /// Asks whether a session is alive, which resets Cloud Director's idle clock.
    ///
    /// # Errors
    /// `SessionExpired` if it is not; `LegacyIdUnavailable` if its legacy id was asked for and there is none; otherwise why the
    /// question could not be answered.
    pub async fn check(&self, request: &SessionRequest, progress: &Progress) -> Result<SessionState, Failure> {
        self.check_within(self.time_limit(), request, progress).await
    }

    async fn check_within(
        &self,
        limit: TimeLimit,
        request: &SessionRequest,
        progress: &Progress,
    ) -> Result<SessionState, Failure> {
        let work = {
            let (client, request, progress) = (self.clone(), request.clone(), progress.clone());
            async move {
                let state = client.check_now(&request, &progress).await;
                note_liveness(&request.bearer, &state);
                state
            }
        };
        within(limit, progress, work).await?
    }

    async fn check_now(&self, request: &SessionRequest, progress: &Progress) -> Result<SessionState, Failure> {
        let SessionRequest { site, bearer, .. } = request;
        let (transport, retries) = (self.transport_for(request)?, self.0.max_retries);
        let check = || session::check(&transport, site, bearer, progress);
        let state = with_retries(Repeatable::Yes, retries, check).await.0?;
        if !request.legacy_id {
            return Ok(state);
        }
        let ask = || legacy_id::ask(&transport, site, bearer, progress);
        let legacy_id = with_retries(Repeatable::Yes, retries, ask).await.0?;
        Ok(SessionState { legacy_id: Some(legacy_id), ..state })
    }

    /// Makes a call. What only asks (GET, HEAD) is tried again where that helps; everything else is sent at most once.
    ///
    /// Dropping the future is safe: a call that was not sent yet never is, and one that was goes on to its time limit in the
    /// background. `progress` tells which; what only asks never counts as sent.
    ///
    /// # Errors
    /// Any answer other than 2xx, with what the server said, its code and its id of the request; `SessionExpired` if the
    /// session is dead; `ApiVersionUnsupported` if the site offers no version that serves; otherwise why there is no answer.
    pub async fn call(&self, request: &CallRequest, progress: &Progress) -> Result<Response, Failure> {
        let work = {
            let (client, request, progress) = (self.clone(), request.clone(), progress.clone());
            async move {
                let response = client.call_now(&request, &progress).await;
                note_liveness(&request.session.bearer, &response);
                response
            }
        };
        let called = within(self.time_limit(), progress, work).await.and_then(|called| called);
        called.map_err(call::with_outcome)
    }

    async fn call_now(&self, request: &CallRequest, progress: &Progress) -> Result<Response, Failure> {
        let transport = self.transport_for(&request.session)?;
        let send = || call::send(&transport, request, progress);
        let (response, attempts) = with_retries(request.repeatable(), self.0.max_retries, send).await;
        response.map(|response| Response { attempts, ..response })
    }

    /// Releases a session, and ends it at Cloud Director if nobody else holds it. One that is dead already counts as ended.
    ///
    /// # Errors
    /// Why it could not be ended; its holder still holds it then.
    pub async fn end(&self, request: &SessionRequest, progress: &Progress) -> Result<Ended, Failure> {
        let released = request.hand_out.map(|hand_out| (hand_out, cache::release(hand_out)));
        let others = match &released {
            Some((_, Release::HeldByOthers(others))) => *others,
            Some((_, Release::Forgotten)) => cache::holders(&request.bearer),
            Some(_) | None => 0,
        };
        let last = match released {
            _ if others > 0 && !request.force => return Ok(Ended::HeldByOthers(others)),
            Some((_, Release::Again)) if !request.force => return Ok(Ended::Before),
            Some((hand_out, Release::Last(shared))) => Some((hand_out, shared)),
            Some(_) | None => None,
        };
        let work = {
            let (client, request, progress) = (self.clone(), request.clone(), progress.clone());
            async move { client.end_now(&request, &progress).await }
        };
        let ended = within(self.time_limit(), progress, work).await.and_then(|ended| ended);
        match ended {
            Ok(()) => cache::evict(&request.bearer),
            Err(_) => last.into_iter().for_each(|(hand_out, shared)| cache::hold_again(hand_out, &shared)),
        }
        ended.map(|()| Ended::AtServer)
    }

    async fn end_now(&self, request: &SessionRequest, progress: &Progress) -> Result<(), Failure> {
        let transport = self.transport_for(request)?;
        let end = || session::end(&transport, &request.site, &request.bearer, progress);
        with_retries(Repeatable::Yes, self.0.max_retries, end).await.0
    }

    /// One operation's, which begins now.
    fn time_limit(&self) -> TimeLimit {
        TimeLimit::from_now(self.0.timeout)
    }

    fn transport_for(&self, request: &SessionRequest) -> Result<Arc<Transport>, Failure> {
        match &request.route {
            Some(route) => self.transport(route),
            None => self.transport(&self.route(&request.site, None)?),
        }
    }

    /// What goes this way.
    pub(crate) fn transport(&self, route: &Route) -> Result<Arc<Transport>, Failure> {
        Transport::shared(route, self.0.connect_timeout)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0
    }
}

/// Keeps in mind what an answer says about the life of the session.
fn note_liveness<T>(bearer: &Bearer, answer: &Result<T, Failure>) {
    match answer {
        Ok(_) => cache::mark_alive(bearer),
        Err(failure) if failure.kind() == FailureKind::SessionExpired => cache::evict(bearer),
        Err(_) => {}
    }
}
