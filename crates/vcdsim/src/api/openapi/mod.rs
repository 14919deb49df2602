//! The newer interface, `/cloudapi`: JSON throughout.

mod collection;
mod inventory;
mod sessions;

use super::authentication;
use super::errors::Interface;
use crate::http::{Request, Response};
use crate::site::State;
use crate::site::release::ApiVersion;
use crate::site::sessions::Session;

/// What a path below `/cloudapi` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource<'a> {
    CurrentSession,
    Sessions,
    Session(&'a str),
    Orgs,
    TaggedEntities,
    Tokens,
    Token,
}

impl<'a> Resource<'a> {
    pub(crate) fn at(path: &[&'a str]) -> Option<Self> {
        Some(match path {
            ["1.0.0", "sessions", "current"] => Self::CurrentSession,
            ["1.0.0", "sessions"] => Self::Sessions,
            ["1.0.0", "sessions", id] => Self::Session(id),
            ["1.0.0", "orgs"] => Self::Orgs,
            ["1.0.0", "securityTags", "entities"] => Self::TaggedEntities,
            ["1.0.0", "tokens"] => Self::Tokens,
            ["1.0.0", "tokens", _] => Self::Token,
            _ => return None,
        })
    }

    /// The methods that it has, each with the first API version that has it: from the OpenAPI documents of VCD for
    /// sessions and tokens, from what go-vcloud-director asks for otherwise.
    fn methods(self) -> &'static [(&'static str, ApiVersion)] {
        const V33: ApiVersion = ApiVersion::new(33, 0);
        const V34: ApiVersion = ApiVersion::new(34, 0);
        const V36: ApiVersion = ApiVersion::new(36, 0);
        const V37: ApiVersion = ApiVersion::new(37, 0);
        match self {
            Self::CurrentSession => &[("GET", V34), ("DELETE", V36)],
            Self::Session(_) | Self::Token => &[("GET", V33), ("DELETE", V33)],
            Self::Sessions | Self::Tokens => &[("GET", V33)],
            Self::TaggedEntities => &[("GET", V36)],
            Self::Orgs => &[("GET", V37)],
        }
    }
}

/// A call that has a version and a session.
struct Call<'a> {
    state: &'a State,
    session: &'a Session,
    version: ApiVersion,
    request: &'a Request,
}

impl Call<'_> {
    fn no_access(&self) -> Response {
        Interface::OpenApi.no_access("simulated: no access to this resource")
    }
}

pub(crate) fn answer(state: &mut State, request: &Request, resource: Resource) -> Response {
    answered(state, request, resource).unwrap_or_else(|refused| refused)
}

fn answered(state: &mut State, request: &Request, resource: Resource) -> Result<Response, Response> {
    let method = request.head.method.as_str();
    let methods = resource.methods();
    let Some((_, since)) = methods.iter().find(|(name, _)| *name == method) else {
        let allowed: Vec<&str> = methods.iter().map(|(name, _)| *name).collect();
        return Err(Interface::OpenApi.method_not_allowed(&allowed.join(", ")));
    };
    let version = authentication::accepted(state, request, Interface::OpenApi)?.version;
    if version < *since {
        return Err(Interface::OpenApi.not_found("simulated: this call came with a later API version"));
    }
    let session = authentication::session(state, request, version, Interface::OpenApi)?;
    let call = Call { state, session: &session, version, request };
    let body = match resource {
        Resource::CurrentSession | Resource::Session(_) => {
            let meant = if let Resource::Session(id) = resource { sessions::find(&call, id)? } else { &session };
            if method == "DELETE" {
                let id = meant.id.clone();
                state.sessions.end(&id);
                return Ok(Response::empty(204));
            }
            sessions::describe(&call, meant)
        }
        Resource::Sessions => return collection::answer(&call, sessions::list(&call)),
        Resource::Orgs => return collection::answer(&call, inventory::orgs(&call)),
        Resource::TaggedEntities => return collection::answer(&call, inventory::tagged_entities(&call)),
        // Every session here comes from an API token or a service account, and VCD lets none of those see, make or
        // revoke tokens.
        Resource::Tokens | Resource::Token => return Err(call.no_access()),
    };
    Ok(json(version, &body))
}

fn json(version: ApiVersion, body: &serde_json::Value) -> Response {
    Response::new(200, format!("application/json;version={version}"), body.to_string())
}
