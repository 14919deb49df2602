//! What requests stand for: exchange, check, end.

use std::future::Future;
use std::sync::Arc;

use vcd_auth::{ApiToken, Bearer, Failure, FailureKind, Organization, Progress, Secret, Site, runtime};

use crate::client::Client;
use crate::description;
use crate::fields::Fields;
use crate::handles::{self, Object};
use crate::request::{Request, SettleOnDrop, Settlement};
use crate::status::Status;

const EXCHANGE_NAMES: &[&str] = &["server", "org", "provider", "label", "save_new_api_token"];
const SESSION_NAMES: &[&str] = &["server"];

/// Starts an exchange and returns the request's handle. Input that is no good makes a request that has settled already.
pub(crate) fn exchange(client: &Arc<Client>, fields: &str, secret: &[u16]) -> Result<u64, Status> {
    start(client, |core, progress| {
        let fields = Fields::parse(fields, EXCHANGE_NAMES)?;
        let site = site(&fields)?;
        let organization = organization(&fields)?;
        let token = ApiToken::parse(&Secret::from_utf16(secret)?)?;
        let (label, save) = (fields.get("label").map(str::to_owned), fields.flag("save_new_api_token")?);
        Ok(async move {
            let exchanged = core.exchange(&site, &organization, &token, &progress).await;
            description::exchange(exchanged, label.as_deref(), token.was_trimmed(), save)
        })
    })
}

/// Starts the check of a session and returns the request's handle.
pub(crate) fn check(client: &Arc<Client>, fields: &str, secret: &[u16]) -> Result<u64, Status> {
    start(client, |core, progress| {
        let (site, bearer) = session(fields, secret)?;
        Ok(async move {
            let state = core.check(&site, &bearer, &progress).await;
            state.map_or_else(|failure| description::failure(&failure), |state| description::alive(&site, &state))
        })
    })
}

/// Starts the end of a session and returns the request's handle.
pub(crate) fn end(client: &Arc<Client>, fields: &str, secret: &[u16]) -> Result<u64, Status> {
    start(client, |core, progress| {
        let (site, bearer) = session(fields, secret)?;
        Ok(async move {
            let ended = core.end(&site, &bearer, &progress).await;
            ended.map_or_else(|failure| description::failure(&failure), |()| description::ended(&site))
        })
    })
}

/// Makes a request, enters it with its client, and runs the work that `prepare` makes of the caller's input as soon as the
/// client's limit allows.
fn start<Work>(
    client: &Arc<Client>,
    prepare: impl FnOnce(vcd_auth::Client, Progress) -> Result<Work, Failure>,
) -> Result<u64, Status>
where
    Work: Future<Output = Settlement> + Send + 'static,
{
    let request = Arc::new(Request::new(client));
    let handle = handles::insert(Object::Request(Arc::clone(&request)))?;
    request.set_handle(handle);
    if let Err(closed) = client.enter(handle) {
        let _ = handles::remove_request(handle);
        return Err(closed);
    }
    let started = prepare(client.core(), request.progress().clone()).and_then(|work| {
        let in_flight = client.in_flight();
        let guard = SettleOnDrop(Arc::clone(&request));
        runtime::spawn(async move {
            // The semaphore is never closed, so waiting for it cannot fail.
            let _permit = in_flight.acquire().await;
            let settlement = work.await;
            guard.0.settle(settlement);
        })
    });
    match started {
        Ok(task) => request.set_task(task.abort_handle()),
        Err(failure) => request.fail(&failure),
    }
    Ok(handle)
}

fn site(fields: &Fields) -> Result<Site, Failure> {
    match fields.get("server") {
        Some(server) => Site::parse(server),
        None => Err(Failure::new(FailureKind::MissingParameter, "The server is missing.")),
    }
}

fn organization(fields: &Fields) -> Result<Organization, Failure> {
    let named = fields.get("org").map(Organization::parse).transpose()?;
    match (named, fields.flag("provider")?) {
        (Some(organization), false) => Ok(organization),
        (None | Some(Organization::Provider), true) => Ok(Organization::Provider),
        (Some(_), true) => {
            let message = "The provider and a tenant's organization are both given.";
            Err(Failure::new(FailureKind::InvalidOption, message))
        }
        (None, false) => Err(Failure::new(FailureKind::MissingParameter, "The organization is missing.")),
    }
}

fn session(fields: &str, secret: &[u16]) -> Result<(Site, Bearer), Failure> {
    let fields = Fields::parse(fields, SESSION_NAMES)?;
    Ok((site(&fields)?, Bearer::parse(&Secret::from_utf16(secret)?)?))
}
