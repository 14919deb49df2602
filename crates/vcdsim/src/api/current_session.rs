//! `GET` and `DELETE /cloudapi/1.0.0/sessions/current`: who am I, and log out.

use serde_json::{Value, json};

use super::errors;
use crate::http::{Head, Request, Response};
use crate::site::State;
use crate::site::directory::SITE_ID;
use crate::site::jwt::location;
use crate::site::release::ApiVersion;
use crate::site::sessions::Session;

/// The first API versions with each call, and with the `site` of a session (the OpenAPI documents of VCD).
const GET_SINCE: ApiVersion = ApiVersion::new(34, 0);
const DELETE_SINCE: ApiVersion = ApiVersion::new(36, 0);
const SITE_SINCE: ApiVersion = ApiVersion::new(37, 1);

/// The version is judged before the session: what VCD does first is not documented.
pub(crate) fn call(state: &mut State, request: &Request) -> Response {
    let deletes = match request.head.method.as_str() {
        "GET" => false,
        "DELETE" => true,
        _ => return errors::method_not_allowed("GET, DELETE"),
    };
    let Some(version) = state.release.negotiate(request.head.header_values("accept")) else {
        return errors::not_acceptable(state.release);
    };
    if version < if deletes { DELETE_SINCE } else { GET_SINCE } {
        return errors::openapi(404, "RESOURCE_NOT_FOUND", "simulated: this call came with a later API version");
    }
    let idle_minutes = state.sessions.idle_timeout_minutes();
    let Some(access_token) = bearer(&request.head) else { return errors::dead_session() };
    let Some(session) = state.sessions.touch(access_token, state.clock.now()) else { return errors::dead_session() };
    if deletes {
        state.sessions.end(access_token);
        return Response::empty(204);
    }
    let body = describe(session, version, idle_minutes);
    Response::new(200, format!("application/json;version={version}"), body.to_string())
}

/// The access token of a request. VCD takes the word `Bearer` in any case: go-vcloud-director sends it in lower case.
fn bearer(head: &Head) -> Option<&str> {
    let (scheme, token) = head.header("authorization")?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn describe(session: &Session, version: ApiVersion, idle_minutes: u64) -> Value {
    let user = &session.user;
    let mut body = json!({
        "id": session.id,
        "user": { "name": user.name, "id": format!("urn:vcloud:user:{}", user.id) },
        "org": { "name": user.org.name, "id": format!("urn:vcloud:org:{}", user.org.id) },
        "location": location(user),
        "roles": [user.role.name],
        "roleRefs": [{ "name": user.role.name, "id": format!("urn:vcloud:role:{}", user.role.id) }],
        "sessionIdleTimeoutMinutes": idle_minutes,
    });
    if version >= SITE_SINCE {
        body["site"] = json!({ "name": "sim-site", "id": format!("urn:vcloud:site:{SITE_ID}") });
    }
    body
}
