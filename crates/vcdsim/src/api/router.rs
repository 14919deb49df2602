//! Which call a method and a path name.

use super::{current_session, errors, oauth, versions};
use crate::http::{Request, Response};
use crate::site::State;
use crate::site::directory;

/// Applies a request to the state and answers it as VCD would.
pub(crate) fn route(state: &mut State, request: &Request) -> Response {
    // Seen from load balancers in front of VCD (go-vcloud-director issue 425).
    if request.head.header_values("authorization").count() > 1 {
        return errors::html(400, "The request has more than one Authorization header.");
    }
    let segments = request.head.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = request.head.method.as_str();
    match segments.as_slice() {
        ["api", "versions"] if method == "GET" => versions::list(state, request),
        ["api", "versions"] => errors::xml(405, "METHOD_NOT_ALLOWED", "simulated: the method is not allowed here")
            .with_header("Allow", "GET"),
        ["oauth", "provider", "token"] | ["oauth", "tenant", _, "token"] if method != "POST" => {
            errors::method_not_allowed("POST")
        }
        ["oauth", "provider", "token"] => oauth::token(state, request, Some(directory::provider())),
        ["oauth", "tenant", name, "token"] => oauth::token(state, request, directory::find_tenant(name)),
        ["cloudapi", "1.0.0", "sessions", "current"] => current_session::call(state, request),
        ["cloudapi", ..] => errors::openapi(404, "RESOURCE_NOT_FOUND", "simulated: there is no such resource"),
        ["api", ..] => errors::xml(404, "RESOURCE_NOT_FOUND", "simulated: there is no such resource"),
        _ => errors::html(404, "Not found."),
    }
}
