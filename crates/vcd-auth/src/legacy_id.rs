//! The session id of the old kind, which PowerCLI up to 13.0 wants in place of the bearer.

use crate::method::Method;
use crate::negotiation;
use crate::refusal;
use crate::retry::Repeatable;
use crate::secret::{Bearer, Secret, foreign_character};
use crate::site::Site;
use crate::transport::{Request, Transport};
use crate::versions::Agreed;
use crate::{Failure, FailureKind, Progress};

const SESSION: &str = "/api/session";
/// The longest description of a session that is read, in bytes.
const ANSWER_LIMIT: usize = 256 * 1024;
/// The longest id that is taken for one, in bytes. Cloud Director's have 32 hexadecimal digits; no document fixes that.
const LENGTH_LIMIT: usize = 4096;

/// The legacy id of a session, as good as its bearer: it stands in the header `x-vcloud-authorization`. It dies with the
/// session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyId(Secret);

impl LegacyId {
    /// The id's text.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

/// Asks for the legacy id of the bearer's session.
pub(crate) async fn ask(
    transport: &Transport,
    site: &Site,
    bearer: &Bearer,
    progress: &Progress,
) -> Result<LegacyId, Failure> {
    let request = |agreed: Agreed| Request {
        method: Method::Get,
        repeatable: Repeatable::Yes,
        url: site.url(SESSION),
        accept: format!("application/*+xml;version={}", agreed.legacy),
        bearer: Some(bearer),
        body: None,
        answer_limit: ANSWER_LIMIT,
    };
    let (answer, _) = negotiation::send(transport, site, progress, &request).await?;
    // A site without the old interface has none of its ids either.
    if !matches!(answer.status, 200 | 404) {
        return Err(refusal::of(&answer, site, bearer));
    }
    let failed = |kind, message| Err(Failure::new(kind, message).with_answer(answer.status, answer.request_id.clone()));
    match answer.legacy_id.filter(|id| !id.expose().is_empty()) {
        Some(id) if id.expose().len() <= LENGTH_LIMIT && foreign_character(id.expose()).is_none() => Ok(LegacyId(id)),
        Some(_) => failed(FailureKind::AnswerMalformed, format!("The legacy session id of {site} is none.")),
        None => failed(FailureKind::LegacyIdUnavailable, format!("{site} gives no legacy session id any more.")),
    }
}
