//! Reading an answer: what its head tells, and its body as far as it comes.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, LINK, LOCATION, RETRY_AFTER};
use url::Url;
use zeroize::Zeroizing;

use super::fault::{self, Origin};
use crate::progress::Progress;
use crate::secret::Secret;
use crate::{Failure, FailureKind};

/// The longest pause within a body: what came until then is judged, rather than lost when the time limit strikes.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-vmware-vcloud-request-id");
const TASK: HeaderName = HeaderName::from_static("x-vmware-vcloud-task-href");
const LEGACY_ID: HeaderName = HeaderName::from_static("x-vcloud-authorization");

/// An answer of any status.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Where something else is: the target of a redirect, what was created, or how it goes on.
    pub(crate) location: Option<String>,
    /// The task that carries the request out.
    pub(crate) task: Option<String>,
    /// The `Link` headers.
    pub(crate) links: Vec<String>,
    /// The session id of the old kind.
    pub(crate) legacy_id: Option<Secret>,
    /// The body, as far as it came.
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// Why the body is not whole, if it is not.
    pub(crate) broken: Option<Failure>,
}

impl Answer {
    pub(super) fn new(status: u16, headers: &HeaderMap, body: Zeroizing<Vec<u8>>, broken: Option<Failure>) -> Self {
        let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let text = |name: HeaderName| value(name).map(str::to_owned);
        Answer {
            status,
            content_type: text(CONTENT_TYPE).unwrap_or_default(),
            request_id: value(REQUEST_ID).map(|id| id.chars().take(128).collect()),
            retry_after: value(RETRY_AFTER).and_then(|value| value.trim().parse().ok()).map(Duration::from_secs),
            location: text(LOCATION),
            task: text(TASK),
            links: headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect(),
            legacy_id: value(LEGACY_ID).map(Secret::new),
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
        const HTML: &str = "text/html";
        self.content_type.get(..HTML.len()).is_some_and(|start| start.eq_ignore_ascii_case(HTML))
    }

    /// The host that a redirect points to.
    pub(crate) fn location_host(&self) -> Option<String> {
        Url::parse(self.location.as_deref()?).ok()?.host_str().map(str::to_owned)
    }
}

/// Reads the body as far as it comes, and tells why it is not whole, if it is not.
pub(super) async fn read_body(
    mut response: reqwest::Response,
    limit: usize,
    site: &Origin,
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
