//! Whose call it is: the session that a request belongs to, and the API version that it asks for.

use super::errors::{self, Interface};
use crate::http::{Head, Request, Response};
use crate::options::Unauthenticated;
use crate::site::State;
use crate::site::journal::CredentialKind;
use crate::site::release::{Accepted, ApiVersion};
use crate::site::sessions::{Credential, Session};

/// The header that proved a session before there were access tokens, in requests and in answers.
pub(crate) const LEGACY_ID_HEADER: &str = "x-vcloud-authorization";

/// What a request asks for in `Accept`, or the answer to one that asks for no version that is offered. It is judged
/// before the session: what VCD does first is not documented.
pub(crate) fn accepted<'a>(
    state: &State,
    request: &'a Request,
    interface: Interface,
) -> Result<Accepted<'a>, Response> {
    let accepted = state.settings.release.negotiate(request.head.header_values("accept"));
    accepted.ok_or_else(|| interface.not_acceptable(state.settings.release))
}

/// The living session of a request, whose idle time starts again; or the answer to one that has none.
pub(crate) fn session(
    state: &mut State,
    request: &Request,
    version: ApiVersion,
    interface: Interface,
) -> Result<Session, Response> {
    let refused = || match state.settings.unauthenticated {
        Unauthenticated::Unauthorized => interface.error(401, "NOT_AUTHENTICATED", "simulated: operation denied"),
        Unauthenticated::Forbidden => interface.error(403, "NOT_AUTHENTICATED", "simulated: operation denied"),
        Unauthenticated::Empty => errors::dead_session(),
    };
    let credential = credential(&request.head).ok_or_else(refused)?;
    if matches!(credential, Credential::LegacyId(_)) && !state.settings.legacy_ids.exist_in(version) {
        return Err(refused());
    }
    state.sessions.touch(credential, state.clock.now()).cloned().ok_or_else(errors::dead_session)
}

/// What kind of credential a request shows, if any.
pub(crate) fn credential_kind(head: &Head) -> Option<CredentialKind> {
    Some(match credential(head)? {
        Credential::AccessToken(_) => CredentialKind::Bearer,
        Credential::LegacyId(_) => CredentialKind::Legacy,
    })
}

/// What a request shows. VCD takes the word `Bearer` in any case: go-vcloud-director sends it in lower case.
fn credential(head: &Head) -> Option<Credential<'_>> {
    if let Some(authorization) = head.header("authorization") {
        let (scheme, token) = authorization.trim().split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| Credential::AccessToken(token.trim()));
    }
    // A bearer in this header is what PowerCLI before 13.1 sends when it is given one: no id at all.
    let id = head.header(LEGACY_ID_HEADER)?.trim();
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(Credential::LegacyId(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_told_by_header_and_shape() {
        let (bearer, legacy) = (Some(CredentialKind::Bearer), Some(CredentialKind::Legacy));
        let id = "0123456789abcdef0123456789abcdef";
        for (headers, expected) in [
            (&[][..], None),
            (&[("Authorization", "bearer a.b.c")], bearer),
            (&[("Authorization", "a.b.c")], None),
            (&[("Authorization", "Basic a")], None),
            (&[("X-vCloud-Authorization", id)], legacy),
            (&[("x-vcloud-authorization", "Bearer a.b.c")], None),
            (&[("x-vcloud-authorization", &id[1..])], None),
            (&[("x-vcloud-authorization", id), ("Authorization", "Bearer a.b.c")], bearer),
        ] {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let head = Head { method: "GET".into(), target: "/".into(), minor_version: 1, headers };
            assert_eq!(credential_kind(&head), expected, "{head:?}");
        }
    }
}
