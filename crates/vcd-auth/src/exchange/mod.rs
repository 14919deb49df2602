//! Exchanging an API token for a bearer: building the request, and judging the answer.
//!
//! The request is that of RFC 6749, section 6, sent as a form, never in the address (which proxies and servers log).

mod answer;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::method::Method;
use crate::organization::Organization;
use crate::retry::Repeatable;
use crate::secret::ApiToken;
use crate::server_error::ServerError;
use crate::site::Site;
use crate::transport::{Answer, Content, Request};
use crate::{Failure, FailureKind, refusal};

pub(crate) use answer::{Grant, Tokens, read};

/// The longest answer of the token endpoint that is read, in bytes.
const ANSWER_LIMIT: usize = 256 * 1024;
/// What the WHATWG form encoding leaves as it is.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// The request that exchanges `token` at `site`. Asks for JSON without an API version: the endpoint needs none.
pub(crate) fn request<'a>(site: &Site, organization: &Organization, token: &ApiToken) -> Request<'a> {
    Request {
        method: Method::Post,
        repeatable: Repeatable::OnlyUnsent,
        url: site.url(&organization.oauth_path("token")),
        accept: "application/json".to_owned(),
        bearer: None,
        body: Some(Content::new("application/x-www-form-urlencoded".to_owned(), form(token))),
        answer_limit: ANSWER_LIMIT,
    }
}

/// The form, in a buffer of exactly its length, so that no stale copy is left behind by growth.
fn form(token: &ApiToken) -> Zeroizing<Vec<u8>> {
    const PREFIX: &str = "grant_type=refresh_token&refresh_token=";
    let value = || utf8_percent_encode(token.secret().expose(), FORM);
    let length = PREFIX.len() + value().map(str::len).sum::<usize>();
    let mut body = Zeroizing::new(Vec::with_capacity(length));
    body.extend_from_slice(PREFIX.as_bytes());
    for part in value() {
        body.extend_from_slice(part.as_bytes());
    }
    body
}

/// The failure that an answer other than 2xx means. `token` is what was sent, so that no server text repeats it.
pub(crate) fn refusal(answer: &Answer, site: &Site, organization: &Organization, token: &ApiToken) -> Failure {
    let error = ServerError::read(&answer.body);
    let status = answer.status;
    let said = error.said(token.secret());
    let (kind, message) = match status {
        300..=399 => return refusal::redirected(answer, site),
        400 | 401 if error.is("invalid_grant") => {
            let message = format!(
                "{site} does not accept the API token for the organization {organization}: it belongs to another organization, is misspelled, was revoked, or was already used up."
            );
            (FailureKind::TokenRejected, message)
        }
        400 if error.code.is_some() => {
            (FailureKind::RequestRejected, format!("{site} rejected the request for a session.{said}"))
        }
        401 | 403 => (FailureKind::AccessDenied, format!("{site} denies the user of this API token access.{said}")),
        404 if error.code.is_some() && !organization.is_provider() => {
            (FailureKind::OrganizationNotFound, format!("{site} knows no organization {organization}.{said}"))
        }
        404 => (
            FailureKind::NotCloudDirector,
            format!(
                "{site} has no place to exchange API tokens at: it is older than Cloud Director 10.3.1 or something else."
            ),
        ),
        406 => (FailureKind::ApiVersionUnsupported, format!("{site} wants another API version.{said}")),
        429 => (FailureKind::RateLimited, format!("{site} limits how often it may be asked{}.", refusal::wait(answer))),
        502..=504 => (
            FailureKind::ServiceUnavailable,
            format!("{site} is not available now (HTTP {status}){}.", refusal::wait(answer)),
        ),
        _ => (
            FailureKind::UnexpectedStatus,
            format!("{site} answered with HTTP status {status}, which this call does not know.{said}"),
        ),
    };
    Failure::new(kind, message)
        .with_answer(status, answer.request_id.clone())
        .with_minor_error_code(error.presentable_code(token.secret()))
        .with_retry_after(answer.retry_after)
        .with_outcome_unknown(refusal::leaves_outcome_open(status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            retry_after: Some(std::time::Duration::from_secs(7)),
            location: Some("https://elsewhere.example/login".into()),
            body: Zeroizing::new(body.as_bytes().to_vec()),
            ..Answer::default()
        }
    }

    fn parts() -> (Site, Organization, ApiToken) {
        let site = Site::parse("vcd.example.com").expect("valid");
        let organization = Organization::parse("acme").expect("valid");
        (site, organization, ApiToken::parse(&Secret::new("tok+en/=&%")).expect("valid"))
    }

    #[test]
    fn the_token_is_encoded_into_the_body_and_nothing_else() {
        let (site, organization, token) = parts();
        assert_eq!(request(&site, &organization, &token).url, "https://vcd.example.com/oauth/tenant/acme/token");
        let body = form(&token);
        assert_eq!(body.as_slice(), b"grant_type=refresh_token&refresh_token=tok%2Ben%2F%3D%26%25");
        assert_eq!(body.len(), body.capacity());
    }

    #[test]
    fn refusals_are_told_apart_by_evidence() {
        let (site, organization, token) = parts();
        let grant = r#"{"minorErrorCode":"invalid_grant","message":"Invalid refresh token","stackTrace":null}"#;
        let rfc = r#"{"error":"invalid_grant"}"#;
        let other = r#"{"minorErrorCode":"unsupported_grant_type","message":"no"}"#;
        for (status, body, kind) in [
            (400, grant, FailureKind::TokenRejected),
            (400, rfc, FailureKind::TokenRejected),
            (400, other, FailureKind::RequestRejected),
            (400, "<html>", FailureKind::UnexpectedStatus),
            (401, "", FailureKind::AccessDenied),
            (403, other, FailureKind::AccessDenied),
            (404, other, FailureKind::OrganizationNotFound),
            (404, "<html>", FailureKind::NotCloudDirector),
            (406, "", FailureKind::ApiVersionUnsupported),
            (302, "", FailureKind::RedirectRefused),
            (429, "", FailureKind::RateLimited),
            (503, "<html>", FailureKind::ServiceUnavailable),
            (500, "", FailureKind::UnexpectedStatus),
        ] {
            let failure = super::refusal(&answer(status, body), &site, &organization, &token);
            assert_eq!(failure.kind(), kind, "{status} {body}");
            assert_eq!(failure.http_status(), Some(status));
            assert_eq!(failure.outcome_unknown(), status == 500);
        }
        let failure = super::refusal(&answer(503, ""), &site, &organization, &token);
        assert!(failure.message().contains("wait 7 s"), "{failure}");
        let redirect = super::refusal(&answer(302, ""), &site, &organization, &token);
        assert!(redirect.message().contains("elsewhere.example"), "{redirect}");
    }

    #[test]
    fn server_text_that_repeats_the_token_is_dropped() {
        let (site, organization, token) = parts();
        let body = r#"{"minorErrorCode":"x","message":"bad tok+en/=&%"}"#;
        let failure = super::refusal(&answer(400, body), &site, &organization, &token);
        assert!(!failure.message().contains("tok+en"), "{failure}");
    }
}
