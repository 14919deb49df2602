//! What requests stand for: exchange, connect, check, end, saving a token, call.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use vcd_auth::runtime::{self, Work};
use vcd_auth::{
    ApiToken, Bearer, CallOptions, CallRequest, Connected, ExchangeRequest, Failure, FailureKind, HandOut, Method,
    NewTokenFile, Organization, Progress, ProxyAddress, Reuse, Route, Secret, SessionRequest, Site, TokenFileForm,
};

use crate::client::Client;
use crate::description::{self, Wishes};
use crate::fields::Fields;
use crate::handles::{self, Object};
use crate::request::{Request, SettleOnDrop, Settlement};
use crate::status::Status;

const EXCHANGE_NAMES: &[&str] = &[
    "server",
    "org",
    "provider",
    "label",
    "token_file",
    "force_refresh",
    "no_cache",
    "save_new_api_token",
    "system_proxy",
];
const CHECK_NAMES: &[&str] = &["server", "session", "legacy_id", "system_proxy"];
const END_NAMES: &[&str] = &["server", "session", "force", "system_proxy"];
const CALL_NAMES: &[&str] =
    &["server", "session", "system_proxy", "method", "path", "api_version", "accept", "content_type"];
const SAVE_NAMES: &[&str] = &["path", "form", "scope", "account", "force"];

/// Starts an exchange and returns the request's handle. Input that is no good makes a request that has settled already.
pub(crate) fn exchange(client: &Arc<Client>, fields: &str, secret: &[u16]) -> Result<u64, Status> {
    start(client, |core, progress| {
        let fields = Fields::parse(fields, EXCHANGE_NAMES, &[])?;
        let (request, route, wishes) = wanted(&core, &fields, secret)?;
        Ok(async move {
            let exchanged = core.exchange(&request, &progress).await;
            description::exchange(exchanged, None, &route, &wishes)
        })
    })
}

/// Starts an exchange with questions about the session and returns the request's handle.
pub(crate) fn connect(client: &Arc<Client>, fields: &str, secret: &[u16]) -> Result<u64, Status> {
    start(client, |core, progress| {
        let fields = Fields::parse(fields, &[EXCHANGE_NAMES, &["legacy_id"]].concat(), &[])?;
        let (request, route, wishes) = wanted(&core, &fields, secret)?;
        let legacy_id = fields.flag("legacy_id")?;
        Ok(async move {
            let Connected { exchanged, state } = core.connect(&request, legacy_id, &progress).await;
            description::exchange(exchanged, state, &route, &wishes)
        })
    })
}

/// Starts the check of a session and returns the request's handle.
pub(crate) fn check(client: &Arc<Client>, fields: &str, secret: &[u16]) -> Result<u64, Status> {
    start(client, |core, progress| {
        let fields = Fields::parse(fields, CHECK_NAMES, &[])?;
        let (request, route) = session(&core, &fields, secret)?;
        let request = request.with_legacy_id(fields.flag("legacy_id")?);
        Ok(async move {
            let state = core.check(&request, &progress).await;
            description::settled(state, &route, |state, fields| description::alive(request.site(), state, fields))
        })
    })
}

/// Starts the end of a session and returns the request's handle.
pub(crate) fn end(client: &Arc<Client>, fields: &str, secret: &[u16]) -> Result<u64, Status> {
    start(client, |core, progress| {
        let fields = Fields::parse(fields, END_NAMES, &[])?;
        let (request, route) = session(&core, &fields, secret)?;
        let request = request.force(fields.flag("force")?);
        Ok(async move {
            let ended = core.end(&request, &progress).await;
            description::settled(ended, &route, |ended, fields| description::ended(request.site(), ended, fields))
        })
    })
}

/// Starts the writing of a token file and returns the request's handle.
pub(crate) fn save_token(client: &Arc<Client>, fields: &str, secret: &[u16]) -> Result<u64, Status> {
    start(client, |core, _| {
        let fields = Fields::parse(fields, SAVE_NAMES, &[])?;
        let Some(path) = fields.get("path").map(PathBuf::from) else {
            return Err(Failure::new(FailureKind::MissingParameter, "The path is missing."));
        };
        let form = TokenFileForm::named(fields.get("form"), fields.get("scope"))?;
        let account = fields.get("account").map(str::to_owned);
        let new = NewTokenFile { path, form, account, overwrite: fields.flag("force")? };
        let token = ApiToken::parse(&Secret::from_utf16(secret)?)?;
        Ok(async move { description::saved(vcd_auth::save_token_file(&new, &token, core.timeout()).await) })
    })
}

/// Starts a call and returns the request's handle.
pub(crate) fn call(client: &Arc<Client>, fields: &str, secret: &[u16], body: &[u8]) -> Result<u64, Status> {
    start(client, |core, progress| {
        let fields = Fields::parse(fields, CALL_NAMES, &[])?;
        let (session, route) = session(&core, &fields, secret)?;
        let site = session.site().clone();
        let request = called(session, &fields, body)?;
        Ok(async move {
            let response = core.call(&request, &progress).await;
            description::settled(response, &route, |response, fields| description::answered(&site, response, fields))
        })
    })
}

/// Makes a request, enters it with its client, and runs the work that `prepare` makes of the caller's input as soon as the
/// client's limit allows.
pub(crate) fn start<W>(
    client: &Arc<Client>,
    prepare: impl FnOnce(vcd_auth::Client, Progress) -> Result<W, Failure>,
) -> Result<u64, Status>
where
    W: Future<Output = Settlement> + Send + 'static,
{
    let (request, handle) = enter(client)?;
    let work = prepare(client.core(), request.progress().clone());
    run(client, request, work.map(|work| Box::pin(work) as Operation));
    Ok(handle)
}

/// What an operation does. Boxed, so that what stands around it exists once in the library, not once for each operation.
type Operation = Pin<Box<dyn Future<Output = Settlement> + Send>>;

/// A new request of the client, and its handle.
fn enter(client: &Arc<Client>) -> Result<(Arc<Request>, u64), Status> {
    let request = Arc::new(Request::new(client));
    let handle = handles::insert(Object::Request(Arc::clone(&request)))?;
    request.set_handle(handle);
    if let Err(closed) = client.enter(handle) {
        let _ = handles::remove_request(handle);
        return Err(closed);
    }
    Ok((request, handle))
}

/// Runs the work of a request, or settles it with the failure that came before.
fn run(client: &Arc<Client>, request: Arc<Request>, work: Result<Operation, Failure>) {
    let started = work.and_then(|work| {
        let in_flight = client.in_flight();
        let guard = SettleOnDrop(Arc::clone(&request));
        let work: Work = Box::pin(async move {
            // The semaphore is never closed, so waiting for it cannot fail.
            let _permit = in_flight.acquire().await;
            let settlement = work.await;
            guard.0.settle(settlement);
        });
        runtime::spawn(work)
    });
    match started {
        Ok(task) => request.set_task(task.abort_handle()),
        Err(failure) => request.fail(&failure),
    }
}

/// The session that a caller wants, the way to it, and what else is wanted.
fn wanted(
    core: &vcd_auth::Client,
    fields: &Fields,
    secret: &[u16],
) -> Result<(ExchangeRequest, Route, Wishes), Failure> {
    let (site, organization) = (site(fields)?, organization(fields)?);
    let route = core.route(&site, system_proxy(fields).as_ref())?;
    let (request, trimmed) = match (fields.get("token_file"), secret) {
        (None, secret) => {
            let token = ApiToken::parse(&Secret::from_utf16(secret)?)?;
            let trimmed = token.was_trimmed();
            (ExchangeRequest::new(site, organization, token), trimmed)
        }
        (Some(file), []) => (ExchangeRequest::from_file(site, organization, file.into()), false),
        (Some(_), _) => {
            let message = "An API token and a token file are both given.";
            return Err(Failure::new(FailureKind::InvalidOption, message));
        }
    };
    let label = fields.get("label").map(str::to_owned);
    let wishes = Wishes { label, trimmed, save: fields.flag("save_new_api_token")? };
    Ok((request.reuse(reuse(fields)?).over(route.clone()), route, wishes))
}

/// The call that the fields describe.
fn called(session: SessionRequest, fields: &Fields, body: &[u8]) -> Result<CallRequest, Failure> {
    let method = fields.get("method").map_or(Ok(Method::Get), str::parse)?;
    let Some(path) = fields.get("path") else {
        return Err(Failure::new(FailureKind::MissingParameter, "The path of the call is missing."));
    };
    let text = |name| fields.get(name).map(str::to_owned);
    let options = CallOptions {
        api_version: text("api_version"),
        accept: text("accept"),
        content_type: text("content_type"),
        body: Some(body.to_vec().into()),
    };
    CallRequest::new(session, method, path, options)
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

/// Whether a session that the process has already will do.
fn reuse(fields: &Fields) -> Result<Reuse, Failure> {
    match (fields.flag("force_refresh")?, fields.flag("no_cache")?) {
        (false, false) => Ok(Reuse::Allowed),
        (true, false) => Ok(Reuse::Renew),
        (false, true) => Ok(Reuse::Never),
        (true, true) => {
            let message = "A renewed shared session and a private one are both asked for.";
            Err(Failure::new(FailureKind::InvalidOption, message))
        }
    }
}

/// The proxy that the caller's system resolved. What cannot be read is no answer: nobody typed it.
fn system_proxy(fields: &Fields) -> Option<ProxyAddress> {
    fields.get("system_proxy").and_then(|address| ProxyAddress::parse(address).ok())
}

/// The session that a request is about, and the way to it: by the number that this process gave it, or by server and bearer.
fn session(core: &vcd_auth::Client, fields: &Fields, secret: &[u16]) -> Result<(SessionRequest, Route), Failure> {
    let hand_out = match fields.get("session").map(str::parse::<HandOut>) {
        None => None,
        Some(Ok(hand_out)) => Some(hand_out),
        Some(Err(())) => {
            return Err(Failure::new(FailureKind::InvalidOption, "The field session is not the number of a session."));
        }
    };
    let request = match hand_out {
        Some(hand_out) if secret.is_empty() => SessionRequest::held(hand_out).ok_or_else(|| {
            Failure::new(FailureKind::SessionRequired, "This process holds no session of that number.")
        })?,
        _ => SessionRequest::new(site(fields)?, Bearer::parse(&Secret::from_utf16(secret)?)?),
    };
    let request = match hand_out {
        Some(hand_out) => request.held_as(hand_out),
        None => request,
    };
    // A session that was found by its number is reached as it was when it was made.
    let route = match request.route() {
        Some(route) => route.clone(),
        None => core.route(request.site(), system_proxy(fields).as_ref())?,
    };
    Ok((request.over(route.clone()), route))
}
