//! What an answer other than 2xx means for a request that a session makes.

use crate::secret::Bearer;
use crate::server_error::ServerError;
use crate::site::Site;
use crate::transport::Answer;
use crate::{Failure, FailureKind};

/// The failure that the answer means. It goes by the status; what the server says and its code are passed on.
pub(crate) fn of(answer: &Answer, site: &Site, bearer: &Bearer) -> Failure {
    let error = ServerError::read(&answer.body);
    let status = answer.status;
    let said = error.said(bearer.secret());
    let code = error.presentable_code(bearer.secret());
    let coded = code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    let (kind, message) = match status {
        300..=399 => return redirected(answer, site),
        401 => (FailureKind::SessionExpired, format!("The session at {site} is no longer alive.")),
        403 => (FailureKind::AccessDenied, format!("{site} denies the user of this session access{coded}.{said}")),
        404 => (FailureKind::NotFound, format!("{site} has nothing at this address{coded}.{said}")),
        406 => (FailureKind::ApiVersionUnsupported, format!("{site} wants another API version.{said}")),
        400 | 405 | 409 | 410 | 412 | 413 | 415 | 422 | 423 => {
            (FailureKind::RequestRejected, format!("{site} rejects the request{coded}.{said}"))
        }
        429 => (FailureKind::RateLimited, format!("{site} limits how often it may be asked{}.", wait(answer))),
        502..=504 => {
            (FailureKind::ServiceUnavailable, format!("{site} is not available now (HTTP {status}){}.", wait(answer)))
        }
        _ => (
            FailureKind::UnexpectedStatus,
            format!("{site} answered with HTTP status {status}, which this call does not know{coded}.{said}"),
        ),
    };
    let failure = Failure::new(kind, message)
        .with_answer(status, answer.request_id.clone())
        .with_minor_error_code(code)
        .with_retry_after(answer.retry_after);
    match kind {
        // The kind's own advice is about log-ins as well.
        FailureKind::RequestRejected => failure.with_action("Read what the server said, and correct the request."),
        _ => failure,
    }
}

/// The failure that a redirect means: nothing follows it, so that no secret travels to another place.
pub(crate) fn redirected(answer: &Answer, site: &Site) -> Failure {
    let to = answer.location_host().map(|host| format!(" to {host}")).unwrap_or_default();
    Failure::new(FailureKind::RedirectRefused, format!("{site} redirects{to}, which was not followed."))
        .with_answer(answer.status, answer.request_id.clone())
}

/// How long the server asks to wait, as the end of a sentence.
pub(crate) fn wait(answer: &Answer) -> String {
    answer.retry_after.map(|wait| format!("; it asks to wait {} s", wait.as_secs())).unwrap_or_default()
}

/// Whether a status leaves open if Cloud Director itself has carried the request out: a gateway's 502 and 504 and a plain
/// 500 do.
pub(crate) fn leaves_outcome_open(status: u16) -> bool {
    matches!(status, 500 | 502 | 504)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::secret::Secret;

    fn refused(status: u16, body: &str) -> Failure {
        let answer = Answer {
            status,
            request_id: Some("id-7".into()),
            body: Zeroizing::new(body.as_bytes().to_vec()),
            ..Answer::default()
        };
        let site = Site::parse("vcd.example.com").expect("valid");
        of(&answer, &site, &Bearer::parse(&Secret::new("aaa.bbb.ccc")).expect("valid"))
    }

    #[test]
    fn the_status_decides_and_what_the_server_said_is_passed_on() {
        let xml = r#"<Error xmlns="x" majorErrorCode="400" minorErrorCode="BUSY_ENTITY" message="simulated: busy"/>"#;
        for (status, kind) in [
            (302, FailureKind::RedirectRefused),
            (400, FailureKind::RequestRejected),
            (401, FailureKind::SessionExpired),
            (403, FailureKind::AccessDenied),
            (404, FailureKind::NotFound),
            (405, FailureKind::RequestRejected),
            (406, FailureKind::ApiVersionUnsupported),
            (409, FailureKind::RequestRejected),
            (412, FailureKind::RequestRejected),
            (415, FailureKind::RequestRejected),
            (418, FailureKind::UnexpectedStatus),
            (422, FailureKind::RequestRejected),
            (429, FailureKind::RateLimited),
            (500, FailureKind::UnexpectedStatus),
            (503, FailureKind::ServiceUnavailable),
        ] {
            let failure = refused(status, xml);
            assert_eq!(failure.kind(), kind, "{status}");
            assert_eq!((failure.http_status(), failure.request_id()), (Some(status), Some("id-7")), "{status}");
        }
        let busy = refused(400, xml);
        assert_eq!(busy.minor_error_code(), Some("BUSY_ENTITY"));
        assert!(busy.message().contains("(BUSY_ENTITY)") && busy.message().contains("simulated: busy"), "{busy}");
        assert_eq!(refused(400, "<html>").minor_error_code(), None);
    }

    #[test]
    fn what_repeats_the_bearer_is_dropped() {
        let failure = refused(400, r#"{"minorErrorCode":"x-aaa.bbb.ccc","message":"bad aaa.bbb.ccc"}"#);
        assert!(!failure.message().contains("aaa"), "{failure}");
        assert_eq!(failure.minor_error_code(), None);
    }
}
