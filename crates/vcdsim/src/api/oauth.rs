//! `POST /oauth/provider/token` and `POST /oauth/tenant/<org>/token`: an API token for an access token.

use serde_json::json;
use url::form_urlencoded;

use super::errors::Interface;
use crate::http::{Request, Response};
use crate::options::UnknownOrg;
use crate::site::State;
use crate::site::directory::Org;
use crate::site::sessions::LIFETIME;

const FORM: &str = "application/x-www-form-urlencoded";

/// Exchanges the request's refresh token on the endpoint of `org`, which is none if the path names one that does not
/// exist. No `Accept` header and no version are needed.
pub(crate) fn token(state: &mut State, request: &Request, org: Option<&Org>) -> Response {
    if !request.body.is_empty() && !is_form(request) {
        return Interface::OpenApi.error(415, "UNSUPPORTED_MEDIA_TYPE", "simulated: the body must be a form");
    }
    let fields = match Fields::read(request) {
        Ok(fields) => fields,
        Err(message) => return Interface::OpenApi.error(400, "invalid_request", message),
    };
    match fields.grant_type.as_deref() {
        Some("refresh_token") => {}
        Some(_) => return Interface::OpenApi.error(400, "unsupported_grant_type", "simulated: unsupported grant_type"),
        None => return Interface::OpenApi.error(400, "invalid_request", "grant_type missing"),
    }
    let Some(refresh_token) = fields.refresh_token else {
        return Interface::OpenApi.error(400, "invalid_request", "refresh_token missing");
    };
    let Some(org) = org else { return unknown_org(state.settings.unknown_org) };
    let Some(redeemed) = state.tokens.redeem(org.name, &refresh_token) else { return invalid_grant() };
    let access_token = state.sessions.open(&redeemed, state.clock.now());
    Response::json(
        200,
        &json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": LIFETIME.as_secs(),
            "refresh_token": redeemed.new_value,
        }),
    )
}

fn is_form(request: &Request) -> bool {
    let content_type = request.head.header("content-type").unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM)
}

/// The fields of an exchange. VCD takes them from the body and from the query (Broadcom KB 429004 uses the latter).
#[derive(Default)]
struct Fields {
    grant_type: Option<String>,
    refresh_token: Option<String>,
}

impl Fields {
    /// Reads both places; a field given twice is an error (RFC 6749, section 3.2).
    fn read(request: &Request) -> Result<Self, &'static str> {
        let mut fields = Self::default();
        for source in [&request.body, request.head.query().as_bytes()] {
            for (name, value) in form_urlencoded::parse(source) {
                let field = match &*name {
                    "grant_type" => &mut fields.grant_type,
                    "refresh_token" => &mut fields.refresh_token,
                    _ => continue,
                };
                if field.replace(value.into_owned()).is_some() {
                    return Err("simulated: a field is given twice");
                }
            }
        }
        Ok(fields)
    }
}

/// A token that is wrong, revoked, used up or another organization's.
fn invalid_grant() -> Response {
    Interface::OpenApi.error(400, "invalid_grant", "Invalid refresh token")
}

fn unknown_org(answer: UnknownOrg) -> Response {
    match answer {
        UnknownOrg::InvalidGrant => invalid_grant(),
        UnknownOrg::NotFound => Interface::OpenApi.not_found("simulated: there is no such organization"),
        UnknownOrg::Forbidden => Interface::OpenApi.no_access("simulated: no access to this organization"),
    }
}
