//! Getting a session: one that is there, one that is on its way, or a new one.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::cache::{self, Arrival, Flight, Key, Landed, Lookup, SharedSession};
use crate::claims::Claims;
use crate::client::{Client, ExchangeRequest, Exchanged, Reuse};
use crate::deadline;
use crate::exchange::{self, Tokens};
use crate::recovery::NewApiToken;
use crate::retry::{Repeatable, with_retries};
use crate::route::Route;
use crate::runtime;
use crate::session::{self, FreshSession, Session};
use crate::transport::Transport;
use crate::{Failure, FailureKind, Progress};

/// The way to the site, and the transport that goes it.
#[derive(Clone)]
struct Way {
    route: Route,
    transport: Arc<Transport>,
}

/// What one exchange at the server brought.
struct Granted {
    session: Result<Session, Failure>,
    new_api_token: Option<NewApiToken>,
    attempts: u32,
}

/// The session for a request.
pub(crate) async fn session(client: &Client, request: &ExchangeRequest, progress: &Progress) -> Exchanged {
    let route = request.route.clone().unwrap_or_else(|| client.route(&request.site, None));
    let way = match client.transport(&route) {
        Ok(transport) => Way { route, transport },
        Err(failure) => return Exchanged::failed(failure),
    };
    if request.reuse == Reuse::Never {
        return private(client, request, &way, progress).await;
    }
    match Key::new(&request.site, &request.organization, &way.route, request.token.secret()) {
        Ok(key) => shared(client, request, &way, &key, progress).await,
        Err(failure) => Exchanged::failed(failure),
    }
}

/// A session that nobody else gets.
async fn private(client: &Client, request: &ExchangeRequest, way: &Way, progress: &Progress) -> Exchanged {
    let Granted { session, new_api_token, attempts } = grant(client, request, &way.transport, progress).await;
    let session = session.map(|session| {
        let shared = SharedSession::new(session, way.route.clone());
        let hand_out = cache::hand_out(&shared);
        FreshSession::new(shared, hand_out, client.clone())
    });
    Exchanged { session, new_api_token, cached: false, attempts }
}

/// A session from the cache, or from a flight that is shared with whoever wants the same.
async fn shared(client: &Client, request: &ExchangeRequest, way: &Way, key: &Key, progress: &Progress) -> Exchanged {
    loop {
        let flight = match cache::look_up(key, request.reuse == Reuse::Renew) {
            Lookup::Ready(shared, hand_out) => {
                let session = Ok(FreshSession::new(shared, hand_out, client.clone()));
                return Exchanged { session, new_api_token: None, cached: true, attempts: 0 };
            }
            Lookup::Join(flight) => flight,
            Lookup::Lead(flight, stale) => {
                if let Err(failure) = take_off(client, request, way, key, &flight, stale) {
                    return Exchanged::failed(failure);
                }
                flight
            }
        };
        let Landed { session, new_api_token, cached, attempts } = flight.join(progress).await;
        let session = match session {
            // The flight's other callers went away just before this one came aboard.
            Err(failure) if failure.kind() == FailureKind::Cancelled => continue,
            Err(failure) => Err(failure),
            Ok(arrival) => match arrival.pick_up() {
                Some(fresh) => Ok(fresh),
                // This caller came aboard when the others had been counted; the cache has the session now.
                None => continue,
            },
        };
        return Exchanged { session, new_api_token, cached, attempts };
    }
}

/// Starts the task that gets the session for all who wait for the flight.
fn take_off(
    client: &Client,
    request: &ExchangeRequest,
    way: &Way,
    key: &Key,
    flight: &Arc<Flight>,
    stale: Option<Arc<SharedSession>>,
) -> Result<(), Failure> {
    let (client, request, way) = (client.clone(), request.clone(), way.clone());
    let lost = LostOnDrop { key: key.clone(), flight: Arc::clone(flight) };
    let task = runtime::spawn(async move {
        let LostOnDrop { key, flight } = &lost;
        let landed = fly(&client, &request, &way, key, flight, stale).await;
        flight.land(landed);
    })?;
    flight.set_task(task.abort_handle());
    Ok(())
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

/// Gets the session: what was there before if it is still alive, else a new one.
async fn fly(
    client: &Client,
    request: &ExchangeRequest,
    way: &Way,
    key: &Key,
    flight: &Arc<Flight>,
    stale: Option<Arc<SharedSession>>,
) -> Landed {
    if let Some(shared) = stale {
        let (site, bearer) = (&shared.session.site, &shared.session.bearer);
        if session::check(&way.transport, site, bearer, &flight.progress).await.is_ok() {
            shared.mark_alive();
            let session = Ok(arrive(client, key, flight, key.clone(), shared));
            return Landed { session, new_api_token: None, cached: true, attempts: 0 };
        }
        // Whatever is wrong with it, a new one is surer; whoever holds the old one keeps it.
    }
    let Granted { session, new_api_token, attempts } = grant(client, request, &way.transport, &flight.progress).await;
    let session = session.and_then(|session| {
        // The next caller comes with the new token, if there is one.
        let next_key = match &new_api_token {
            Some(new) => key.for_new_token(new.secret())?,
            None => key.clone(),
        };
        Ok(arrive(client, key, flight, next_key, SharedSession::new(session, way.route.clone())))
    });
    Landed { session, new_api_token, cached: false, attempts }
}

fn arrive(client: &Client, flown: &Key, flight: &Arc<Flight>, key: Key, shared: Arc<SharedSession>) -> Arc<Arrival> {
    let hand_outs = cache::land(flown, flight, key, &shared, flight.waiting());
    Arrival::new(&shared, hand_outs, client)
}

/// Exchanges the token at the server.
async fn grant(client: &Client, request: &ExchangeRequest, transport: &Transport, progress: &Progress) -> Granted {
    let ExchangeRequest { site, organization, token, .. } = request;
    let settings = client.settings();
    let send = || transport.send(exchange::request(site, organization, token), progress);
    let (answer, attempts) = with_retries(Repeatable::OnlyUnsent, settings.max_retries, send).await;
    let refused =
        |failure: Failure| Granted { session: Err(failure.with_attempts(attempts)), new_api_token: None, attempts };
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
    let new_api_token = new_api_token.map(|new| NewApiToken::new(new, site, organization, &settings.recovery_folder));
    let session = outcome.map_err(|failure| failure.with_attempts(attempts)).map(|grant| {
        let issued_at = OffsetDateTime::now_utc();
        let claims = Claims::of(&grant.bearer);
        let expires_at = grant.lifetime.and_then(|lifetime| issued_at.checked_add(lifetime.try_into().ok()?));
        Session {
            site: site.clone(),
            organization: organization.clone(),
            expires_at: expires_at.or_else(|| claims.expires_at()),
            user: claims.user,
            issued_at,
            bearer: grant.bearer,
        }
    });
    Granted { session, new_api_token, attempts }
}
