//! Which call a method and a path name.

use super::document::Form;
use super::errors::{self, Interface};
use super::{legacy, oauth, openapi, versions};
use crate::http::{Request, Response};
use crate::site::State;
use crate::site::directory;

const NO_SUCH_PATH: &str = "simulated: there is no such path";

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
        ["api", "versions"] => Interface::Legacy(Form::Xml).method_not_allowed("GET"),
        ["api", path @ ..] => match legacy::Resource::at(path) {
            Some(resource) => legacy::answer(state, request, resource),
            None => Interface::Legacy(Form::Xml).not_found(NO_SUCH_PATH),
        },
        ["cloudapi", path @ ..] => match openapi::Resource::at(path) {
            Some(resource) => openapi::answer(state, request, resource),
            None => Interface::OpenApi.not_found(NO_SUCH_PATH),
        },
        ["oauth", "provider", "token"] | ["oauth", "tenant", _, "token"] if method != "POST" => {
            Interface::OpenApi.method_not_allowed("POST")
        }
        ["oauth", "provider", "token"] => oauth::token(state, request, Some(directory::provider())),
        ["oauth", "tenant", name, "token"] => oauth::token(state, request, directory::find_tenant(name)),
        _ => errors::html(404, "Not found."),
    }
}
