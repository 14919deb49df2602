//! Sessions at Cloud Director: what is known of one, checking it, ending it.

use std::sync::Arc;

use serde::Deserialize;
use time::OffsetDateTime;

use crate::cache::{self, HandOut, Release, SharedSession};
use crate::client::Client;
use crate::failure::presentable;
use crate::legacy_id::LegacyId;
use crate::method::Method;
use crate::organization::Organization;
use crate::retry::Repeatable;
use crate::route::Route;
use crate::secret::Bearer;
use crate::site::Site;
use crate::transport::{Answer, Request, Transport};
use crate::versions::Agreed;
use crate::{Failure, FailureKind, Progress};
use crate::{negotiation, refusal};

const CURRENT_SESSION: &str = "/cloudapi/1.0.0/sessions/current";
/// The longest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 256 * 1024;

/// A live session: the bearer, and what is known about it without asking again.
#[derive(Debug, Clone)]
pub struct Session {
    /// The site that granted it.
    pub site: Site,
    /// The organization it belongs to, as the caller named it.
    pub organization: Organization,
    /// The user's name, as the bearer states it.
    pub user: Option<String>,
    /// When the exchange was answered, by this machine's clock.
    pub issued_at: OffsetDateTime,
    /// When it ends at the latest. Cloud Director ends it earlier if it is idle for long (about 30 minutes).
    pub expires_at: Option<OffsetDateTime>,
    /// The bearer.
    pub bearer: Bearer,
}

/// A session that is being handed out, and that its caller has not received yet. Dropping it releases it again: a session
/// that nobody else holds is ended at Cloud Director, in the background, so that nothing is left behind by a caller who
/// went away.
#[derive(Debug)]
pub struct FreshSession {
    shared: Arc<SharedSession>,
    hand_out: HandOut,
    client: Client,
    accepted: bool,
}

impl FreshSession {
    pub(crate) fn new(shared: Arc<SharedSession>, hand_out: HandOut, client: Client) -> Self {
        FreshSession { shared, hand_out, client, accepted: false }
    }

    /// Hands the session over; ending it is the caller's affair from here on.
    pub fn accept(mut self) -> Session {
        self.accepted = true;
        self.shared.session.clone()
    }

    /// What is known about the session, without handing it over.
    pub fn session(&self) -> &Session {
        &self.shared.session
    }

    /// The number under which this caller holds the session.
    pub fn hand_out(&self) -> HandOut {
        self.hand_out
    }

    /// A question about the session, which stays undelivered.
    pub(crate) fn question(&self) -> SessionRequest {
        SessionRequest::about(&self.shared)
    }
}

impl Drop for FreshSession {
    fn drop(&mut self) {
        if self.accepted {
            return;
        }
        if let Release::Last(shared) = cache::release(self.hand_out) {
            let client = self.client.clone();
            crate::runtime::spawn_background(async move {
                let request = SessionRequest::about(&shared);
                // Nobody is left to tell; an idle session ends by itself.
                let _ = client.end(&request, &Progress::default()).await;
            });
        }
    }
}

/// A question about a session, or the wish to end it.
#[derive(Debug, Clone)]
pub struct SessionRequest {
    pub(crate) site: Site,
    pub(crate) bearer: Bearer,
    pub(crate) hand_out: Option<HandOut>,
    pub(crate) force: bool,
    pub(crate) legacy_id: bool,
    pub(crate) route: Option<Route>,
}

impl SessionRequest {
    /// A request about the session of this bearer, which nobody is known to hold.
    pub fn new(site: Site, bearer: Bearer) -> Self {
        SessionRequest { site, bearer, hand_out: None, force: false, legacy_id: false, route: None }
    }

    /// A request about a session that this process holds, on the way on which it was made.
    pub fn held(hand_out: HandOut) -> Option<Self> {
        Some(Self::about(&*cache::session_of(hand_out)?).held_as(hand_out))
    }

    pub(crate) fn about(shared: &SharedSession) -> Self {
        Self::new(shared.session.site.clone(), shared.session.bearer.clone()).over(shared.route.clone())
    }

    /// Names the number under which the caller holds the session, if it came from this process.
    pub fn held_as(self, hand_out: HandOut) -> Self {
        SessionRequest { hand_out: Some(hand_out), ..self }
    }

    /// Ends the session even if others hold it.
    pub fn force(self, force: bool) -> Self {
        SessionRequest { force, ..self }
    }

    /// Asks for the legacy id of the session as well, with [`Client::check`].
    pub fn with_legacy_id(self, wanted: bool) -> Self {
        SessionRequest { legacy_id: wanted, ..self }
    }

    /// Names the way to the site, which the client finds by itself otherwise ([`Client::route`]).
    pub fn over(self, route: Route) -> Self {
        SessionRequest { route: Some(route), ..self }
    }

    /// The session's site.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The way to the site, if it is known.
    pub fn route(&self) -> Option<&Route> {
        self.route.as_ref()
    }
}

/// What became of the wish to end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Cloud Director has ended it, now or earlier.
    AtServer,
    /// So many others hold it; nothing was sent.
    HeldByOthers(usize),
    /// This holder had released it before; nothing was sent.
    Before,
}

/// What Cloud Director says about a live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// The user's name.
    pub user: Option<String>,
    /// The organization's name.
    pub organization: Option<String>,
    /// The names of the user's roles.
    pub roles: Vec<String>,
    /// After how many minutes without use Cloud Director ends the session.
    pub idle_timeout_minutes: Option<u32>,
    /// The API version that was agreed on with the site.
    pub api_version: String,
    /// The session's legacy id, if it was asked for.
    pub legacy_id: Option<LegacyId>,
}

/// The parts of `GET sessions/current` that are of use.
#[derive(Deserialize)]
struct CurrentSession {
    user: Option<Reference>,
    org: Option<Reference>,
    #[serde(rename = "roleRefs", default)]
    roles: Option<Vec<Reference>>,
    #[serde(rename = "sessionIdleTimeoutMinutes")]
    idle_timeout_minutes: Option<u32>,
}

#[derive(Deserialize)]
struct Reference {
    name: Option<String>,
}

/// Asks whether the session is alive. Asking resets Cloud Director's idle clock.
pub(crate) async fn check(
    transport: &Transport,
    site: &Site,
    bearer: &Bearer,
    progress: &Progress,
) -> Result<SessionState, Failure> {
    let (answer, agreed) = current(transport, Method::Get, site, bearer, progress).await?;
    match answer.status {
        200 => {
            let session: CurrentSession = serde_json::from_slice(&answer.body).map_err(|_| {
                let kind = if answer.is_html() { FailureKind::NotCloudDirector } else { FailureKind::AnswerMalformed };
                Failure::new(kind, format!("The answer of {site} does not describe a session."))
                    .with_answer(answer.status, answer.request_id.clone())
            })?;
            let clean = |name: String| presentable(&name, bearer.secret().expose());
            let name = |reference: Option<Reference>| clean(reference?.name?);
            Ok(SessionState {
                user: name(session.user),
                organization: name(session.org),
                roles: session.roles.into_iter().flatten().filter_map(|role| clean(role.name?)).collect(),
                idle_timeout_minutes: session.idle_timeout_minutes,
                api_version: agreed.current.to_string(),
                legacy_id: None,
            })
        }
        _ => Err(refusal(&answer, site, bearer)),
    }
}

/// Ends the session. One that is dead already counts as ended.
pub(crate) async fn end(
    transport: &Transport,
    site: &Site,
    bearer: &Bearer,
    progress: &Progress,
) -> Result<(), Failure> {
    let (answer, _) = current(transport, Method::Delete, site, bearer, progress).await?;
    match answer.status {
        200..300 | 401 | 404 => Ok(()),
        _ => Err(refusal(&answer, site, bearer)),
    }
}

/// Sends one request about the bearer's own session.
async fn current(
    transport: &Transport,
    method: Method,
    site: &Site,
    bearer: &Bearer,
    progress: &Progress,
) -> Result<(Answer, Agreed), Failure> {
    let request = |agreed: Agreed| Request {
        method,
        // Ending a session twice ends it once.
        repeatable: Repeatable::Yes,
        url: site.url(CURRENT_SESSION),
        accept: format!("application/json;version={}", agreed.current),
        bearer: Some(bearer),
        body: None,
        answer_limit: ANSWER_LIMIT,
    };
    negotiation::send(transport, site, progress, &request).await
}

fn refusal(answer: &Answer, site: &Site, bearer: &Bearer) -> Failure {
    let refused = refusal::of(answer, site, bearer);
    match refused.kind() {
        FailureKind::NotFound => {
            let message = format!("{site} knows no sessions; it may not be Cloud Director.");
            Failure::new(FailureKind::NotCloudDirector, message).with_answer(answer.status, answer.request_id.clone())
        }
        _ => refused,
    }
}
