//! Sending one request over HTTPS. The only place that knows the HTTP client.

mod answer;
mod body;
mod connector;
mod fault;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use zeroize::Zeroizing;

use crate::method::Method;
use crate::progress::Progress;
use crate::proxy::ProxyAddress;
use crate::retry::Repeatable;
use crate::route::Route;
use crate::secret::Bearer;
use crate::site::Site;
use crate::token_file;
use crate::trust;
use crate::versions::Agreed;
use crate::{Failure, FailureKind};

pub(crate) use answer::Answer;
use body::GatedBody;
use connector::{PROGRESS, WatchLayer};

/// Few, as a process has few routes.
type Shared = Vec<((Route, Duration), Arc<Transport>)>;

static SHARED: Mutex<Shared> = Mutex::new(Shared::new());

/// An HTTPS client for one combination of route and connect time. Building one reads the trust store, so they are kept
/// for the life of the process, or until [`forget_all`], and shared.
pub(crate) struct Transport {
    /// Makes a new connection for every request: nothing below can send a token exchange a second time.
    single_use: reqwest::Client,
    /// Keeps connections alive, for requests that may be repeated without harm.
    pooled: reqwest::Client,
    /// The API versions agreed on with each site.
    versions: Mutex<Vec<(Site, Agreed)>>,
    /// The proxy that all requests go through, for messages.
    proxy: Option<ProxyAddress>,
}

/// One request.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    /// Whether it may reach the server more than once.
    pub(crate) repeatable: Repeatable,
    pub(crate) url: String,
    pub(crate) accept: String,
    pub(crate) bearer: Option<&'a Bearer>,
    pub(crate) body: Option<Content>,
    /// The longest answer that is read, in bytes.
    pub(crate) answer_limit: usize,
}

/// The body of a request. Clones share its bytes, which are wiped when the last one goes.
#[derive(Clone)]
pub(crate) struct Content {
    content_type: String,
    bytes: Bytes,
}

impl Content {
    /// `content_type` can stand in a header: it is visible ASCII.
    pub(crate) fn new(content_type: String, bytes: Zeroizing<Vec<u8>>) -> Self {
        Content { content_type, bytes: Bytes::from_owner(bytes) }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
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
        if let Some((_, transport)) = shared.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(transport));
        }
        let transport = Arc::new(Self::new(route, connect_timeout)?);
        shared.push((key, Arc::clone(&transport)));
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

    /// The API versions agreed on with `site` earlier in this process.
    pub(crate) fn agreed_versions(&self, site: &Site) -> Option<Agreed> {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.iter().find(|(known, _)| known == site).map(|(_, agreed)| *agreed)
    }

    /// Keeps the API versions agreed on with `site`.
    pub(crate) fn remember_versions(&self, site: &Site, agreed: Agreed) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.retain(|(known, _)| known != site);
        versions.push((site.clone(), agreed));
    }

    /// Sends `request` once and reads the answer. One that must not reach the server twice goes over a connection of its own.
    pub(crate) async fn send(&self, request: Request<'_>, progress: &Progress) -> Result<Answer, Failure> {
        let site = fault::Origin::of(&request.url, self.proxy.as_ref());
        let limit = request.answer_limit;
        let work = async {
            let request = self.prepare(request, progress)?;
            let response = request.send().await.map_err(|error| fault::explain(&error, &site, progress))?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let (body, broken) = answer::read_body(response, limit, &site, progress).await;
            Ok(Answer::new(status, &headers, body, broken))
        };
        PROGRESS.scope(progress.clone(), work).await
    }

    fn prepare(&self, request: Request<'_>, progress: &Progress) -> Result<reqwest::RequestBuilder, Failure> {
        let client = match request.repeatable {
            Repeatable::OnlyUnsent => {
                progress.waiting();
                &self.single_use
            }
            Repeatable::Yes => {
                // A pooled connection may serve at once; the connector corrects this if a new one has to be made.
                progress.connected();
                &self.pooled
            }
        };
        // Without a body there is no later moment to stop a request that changes something.
        if !request.method.is_question() && request.body.is_none() && !progress.try_send() {
            return Err(Failure::new(FailureKind::Cancelled, "The request was given up before anything was sent."));
        }
        let mut builder = client.request(request.method.into(), &request.url);
        builder = builder.header(ACCEPT, request.accept);
        if let Some(bearer) = request.bearer {
            builder = builder.header(AUTHORIZATION, authorization(bearer)?);
        }
        if let Some(Content { content_type, bytes }) = request.body {
            builder = builder
                .header(CONTENT_TYPE, content_type)
                .body(reqwest::Body::wrap(GatedBody::new(bytes, progress.clone())));
        }
        Ok(builder)
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        }
    }
}

fn authorization(bearer: &Bearer) -> Result<HeaderValue, Failure> {
    let text = Zeroizing::new(format!("Bearer {}", bearer.secret().expose()));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| Failure::new(FailureKind::InvalidToken, "The bearer cannot stand in an HTTP header."))?;
    value.set_sensitive(true);
    Ok(value)
}
