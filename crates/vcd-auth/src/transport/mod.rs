//! Sending one request over HTTPS. The only place that knows the HTTP client.

mod body;
mod connector;
mod fault;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use once_cell::sync::Lazy;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use url::Url;
use zeroize::Zeroizing;

use crate::progress::Progress;
use crate::proxy::ProxyAddress;
use crate::route::Route;
use crate::secret::Bearer;
use crate::site::Site;
use crate::token_file;
use crate::trust;
use crate::versions::ApiVersion;
use crate::{Failure, FailureKind};

use body::GatedBody;
use connector::{PROGRESS, WatchLayer};

/// The longest pause within a body: what came until then is judged, rather than lost when the time limit strikes.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-vmware-vcloud-request-id");

type Shared = HashMap<(Route, Duration), Arc<Transport>>;

static SHARED: Lazy<Mutex<Shared>> = Lazy::new(Mutex::default);

/// An HTTPS client for one combination of route and connect time. Building one reads the trust store, so they are kept
/// for the life of the process, or until [`forget_all`], and shared.
pub(crate) struct Transport {
    /// Makes a new connection for every request: nothing below can send a token exchange a second time.
    single_use: reqwest::Client,
    /// Keeps connections alive, for requests that may be repeated without harm.
    pooled: reqwest::Client,
    /// The API version agreed on with each site.
    versions: Mutex<HashMap<Site, ApiVersion>>,
    /// The proxy that all requests go through, for messages.
    proxy: Option<ProxyAddress>,
}

/// One request. `body`, if there is one, is form-encoded and holds a secret.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) accept: String,
    pub(crate) bearer: Option<&'a Bearer>,
    pub(crate) body: Option<Zeroizing<Vec<u8>>>,
    /// The longest answer that is read, in bytes.
    pub(crate) answer_limit: usize,
}

/// The request methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

/// An answer of any status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// The host that a redirect points to.
    pub(crate) location_host: Option<String>,
    /// The body, as far as it came.
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// Why the body is not whole, if it is not.
    pub(crate) broken: Option<Failure>,
}

/// Forgets the process's transports. Requests on their way keep theirs; idle connections are closed, whose buffers hold the
/// bearer of their last request.
pub(crate) fn forget_all() {
    let forgotten = std::mem::take(&mut *SHARED.lock().unwrap_or_else(PoisonError::into_inner));
    drop(forgotten);
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl Transport {
    /// The process's transport for these settings, made on first use.
    ///
    /// # Errors
    /// `TrustStoreEmpty` where the operating system has no certificate authorities; `Internal` if the HTTP client
    /// cannot be built.
    pub(crate) fn shared(route: &Route, connect_timeout: Duration) -> Result<Arc<Self>, Failure> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (route.clone(), connect_timeout);
        if let Some(transport) = shared.get(&key) {
            return Ok(Arc::clone(transport));
        }
        let transport = Arc::new(Self::new(route, connect_timeout)?);
        shared.insert(key, Arc::clone(&transport));
        Ok(transport)
    }

    fn new(route: &Route, connect_timeout: Duration) -> Result<Self, Failure> {
        let tls = trust::tls_config(trust::verifier(route.trust())?)?;
        let proxy = route.proxy().map(|proxy| proxy.address.to_reqwest()).transpose()?;
        let build = |idle_connections| {
            // The HTTP client would read the environment by itself otherwise.
            let builder = reqwest::Client::builder().no_proxy();
            let builder = match &proxy {
                Some(proxy) => builder.proxy(proxy.clone()),
                None => builder,
            };
            builder
                .tls_backend_preconfigured(tls.clone())
                .https_only(true)
                .http1_only()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .user_agent(token_file::WRITER)
                .connect_timeout(connect_timeout)
                .pool_max_idle_per_host(idle_connections)
                .connector_layer(WatchLayer)
                .build()
                .map_err(|error| {
                    Failure::new(FailureKind::Internal, format!("The HTTP client cannot be built: {error}."))
                })
        };
        Ok(Transport {
            single_use: build(0)?,
            pooled: build(8)?,
            versions: Mutex::default(),
            proxy: route.proxy().map(|proxy| proxy.address.clone()),
        })
    }

    /// The API version agreed on with `site` earlier in this process.
    pub(crate) fn known_version(&self, site: &Site) -> Option<ApiVersion> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner).get(site).copied()
    }

    /// Keeps the API version agreed on with `site`.
    pub(crate) fn remember_version(&self, site: &Site, version: ApiVersion) {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner).insert(site.clone(), version);
    }

    /// Sends `request` once and reads the answer. A request with a body goes over a connection of its own.
    pub(crate) async fn send(&self, request: Request<'_>, progress: &Progress) -> Result<Answer, Failure> {
        let site = fault::Origin::of(&request.url, self.proxy.as_ref());
        let limit = request.answer_limit;
        let work = async {
            let request = self.prepare(request, progress)?;
            let response = request.send().await.map_err(|error| fault::explain(&error, &site, progress))?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let (body, broken) = read_body(response, limit, &site, progress).await;
            Ok(Answer::new(status, &headers, body, broken))
        };
        PROGRESS.scope(progress.clone(), work).await
    }

    fn prepare(&self, request: Request<'_>, progress: &Progress) -> Result<reqwest::RequestBuilder, Failure> {
        let client = if request.body.is_some() {
            progress.waiting();
            &self.single_use
        } else {
            // A pooled connection may serve at once; the connector corrects this if a new one has to be made.
            progress.connected();
            &self.pooled
        };
        // Without a body there is no later moment to stop a request that changes something.
        if request.method == Method::Delete && !progress.try_send() {
            return Err(Failure::new(FailureKind::Cancelled, "The request was given up before anything was sent."));
        }
        let mut builder = match request.method {
            Method::Get => client.get(&request.url),
            Method::Post => client.post(&request.url),
            Method::Delete => client.delete(&request.url),
        };
        builder = builder.header(ACCEPT, request.accept);
        if let Some(bearer) = request.bearer {
            builder = builder.header(AUTHORIZATION, authorization(bearer)?);
        }
        if let Some(content) = request.body {
            builder = builder
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(reqwest::Body::wrap(GatedBody::new(content, progress.clone())));
        }
        Ok(builder)
    }
}

fn authorization(bearer: &Bearer) -> Result<HeaderValue, Failure> {
    let text = Zeroizing::new(format!("Bearer {}", bearer.secret().expose()));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| Failure::new(FailureKind::InvalidToken, "The bearer cannot stand in an HTTP header."))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads the body as far as it comes, and tells why it is not whole, if it is not.
async fn read_body(
    mut response: reqwest::Response,
    limit: usize,
    site: &fault::Origin,
    progress: &Progress,
) -> (Zeroizing<Vec<u8>>, Option<Failure>) {
    let mut body = Zeroizing::new(Vec::with_capacity(expected_length(&response, limit)));
    loop {
        let Ok(chunk) = tokio::time::timeout(LONGEST_PAUSE, response.chunk()).await else {
            let message = format!("The answer of {site} came to a halt before it was complete.");
            let failure = Failure::new(FailureKind::AnswerTimeout, message);
            return (body, Some(failure.with_outcome_unknown(progress.is_sent())));
        };
        match chunk {
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => append(&mut body, &chunk),
            Ok(Some(_)) => {
                let message = format!("The answer of {site} is longer than {} KiB.", limit / 1024);
                let failure = Failure::new(FailureKind::AnswerTooLarge, message);
                return (body, Some(failure.with_outcome_unknown(progress.is_sent())));
            }
            Ok(None) => return (body, None),
            Err(error) => return (body, Some(fault::explain(&error, site, progress))),
        }
    }
}

fn expected_length(response: &reqwest::Response, limit: usize) -> usize {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    announced.unwrap_or(4096).min(limit)
}

/// Appends without leaving an unwiped copy behind when the buffer has to grow.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if body.capacity() - body.len() < chunk.len() {
        let mut grown = Zeroizing::new(Vec::with_capacity((body.len() + chunk.len()) * 2));
        grown.extend_from_slice(body);
        *body = grown;
    }
    body.extend_from_slice(chunk);
}

impl Answer {
    fn new(status: u16, headers: &HeaderMap, body: Zeroizing<Vec<u8>>, broken: Option<Failure>) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Answer {
            status,
            content_type: text(CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase(),
            request_id: text(REQUEST_ID).map(|id| id.chars().take(128).collect()),
            retry_after: text(RETRY_AFTER).and_then(|value| value.trim().parse().ok()).map(Duration::from_secs),
            location_host: text(LOCATION)
                .and_then(|location| Url::parse(&location).ok())
                .and_then(|url| url.host_str().map(str::to_owned)),
            body,
            broken,
        }
    }

    /// The answer, if its body is whole.
    pub(crate) fn whole(self) -> Result<Self, Failure> {
        match self.broken {
            Some(failure) => Err(failure),
            None => Ok(self),
        }
    }

    /// Whether the body says of itself that it is a page for people.
    pub(crate) fn is_html(&self) -> bool {
        self.content_type.starts_with("text/html")
    }
}
