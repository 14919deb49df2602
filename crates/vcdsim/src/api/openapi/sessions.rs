//! `/cloudapi/1.0.0/sessions/current`, `sessions` and `sessions/<id>`: who am I, what else have I open, and log out.

use serde_json::{Value, json};

use super::Call;
use crate::http::Response;
use crate::site::directory::SITE_ID;
use crate::site::jwt::location;
use crate::site::release::ApiVersion;
use crate::site::sessions::Session;

/// The first API version with the `site` of a session.
const SITE_SINCE: ApiVersion = ApiVersion::new(37, 1);

pub(super) fn list(call: &Call) -> Vec<Value> {
    own(call).map(|session| describe(call, session)).collect()
}

/// The session of that id, if it is the caller's own.
pub(super) fn find<'a>(call: &Call<'a>, id: &str) -> Result<&'a Session, Response> {
    own(call).find(|session| session.id == id).ok_or_else(|| call.no_access())
}

pub(super) fn describe(call: &Call, session: &Session) -> Value {
    let user = &session.user;
    let mut body = json!({
        "id": session.id,
        "user": { "name": user.name, "id": format!("urn:vcloud:user:{}", user.id) },
        "org": { "name": user.org.name, "id": format!("urn:vcloud:org:{}", user.org.id) },
        "location": location(user),
        "roles": [user.role.name],
        "roleRefs": [{ "name": user.role.name, "id": format!("urn:vcloud:role:{}", user.role.id) }],
        "sessionIdleTimeoutMinutes": call.state.sessions.idle_timeout_minutes(),
    });
    if call.version >= SITE_SINCE {
        body["site"] = json!({ "name": "sim-site", "id": format!("urn:vcloud:site:{SITE_ID}") });
    }
    body
}

fn own<'a>(call: &Call<'a>) -> impl Iterator<Item = &'a Session> {
    call.state.sessions.of_user(&call.session.user, call.state.clock.now())
}
