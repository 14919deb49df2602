//! Agreeing with a site on the API version that requests name in their `Accept` header.

use crate::method::Method;
use crate::progress::Progress;
use crate::retry::Repeatable;
use crate::site::Site;
use crate::transport::{Answer, Request, Transport};
use crate::versions::{self, Agreed};
use crate::{Failure, FailureKind};

/// The longest list of versions that is read, in bytes.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Sends what `request` makes of the versions that were agreed on, and tells them. That is done once for each site, and once more when the
/// site refuses the version with 406: it may have been upgraded since.
pub(crate) async fn send<'a>(
    transport: &Transport,
    site: &Site,
    progress: &Progress,
    request: &(dyn Fn(Agreed) -> Request<'a> + Sync),
) -> Result<(Answer, Agreed), Failure> {
    let send = async |agreed| transport.send(request(agreed), progress).await?.whole();
    let refused = match transport.agreed_versions(site) {
        Some(agreed) => match send(agreed).await? {
            answer if answer.status == 406 => Some((agreed, answer)),
            answer => return Ok((answer, agreed)),
        },
        None => None,
    };
    let agreed = negotiate(transport, site, progress).await?;
    transport.remember_versions(site, agreed);
    match refused {
        Some((same, answer)) if same == agreed => Ok((answer, agreed)),
        _ => Ok((send(agreed).await?, agreed)),
    }
}

/// Reads which API versions the site offers and chooses. A site that hides its list is asked in an assumed version.
async fn negotiate(transport: &Transport, site: &Site, progress: &Progress) -> Result<Agreed, Failure> {
    let request = Request {
        method: Method::Get,
        repeatable: Repeatable::Yes,
        url: site.url("/api/versions"),
        accept: "*/*".to_owned(),
        bearer: None,
        body: None,
        answer_limit: ANSWER_LIMIT,
    };
    let answer = transport.send(request, progress).await?.whole()?;
    let offers = if answer.status == 200 { versions::read(&answer.body) } else { None };
    let Some(offers) = offers else { return Ok(Agreed::ASSUMED) };
    versions::choose(&offers).ok_or_else(|| {
        Failure::new(FailureKind::ApiVersionUnsupported, format!("{site} offers no API version that knows API tokens."))
    })
}
