//! `GET /api/session`: who am I, where can I go from here, and the id that older clients use.

use super::reference::{Reference, link};
use super::{Call, Document};
use crate::api::authentication::LEGACY_ID_HEADER;
use crate::api::document::Element;
use crate::http::Response;
use crate::site::jwt::location;

const MEDIA_TYPE: &str = "application/vnd.vmware.vcloud.session+xml";

pub(super) fn document(call: &Call) -> Document {
    let user = &call.session.user;
    let root = call
        .resource("Session", "session", MEDIA_TYPE)
        .with("user", user.name.as_str())
        .with("userId", format!("urn:vcloud:user:{}", user.id))
        .with("org", user.org.name)
        .with("roles", user.role.name)
        .with("locationId", location(user))
        .children("Link", links(call))
        .child(Element::new("AuthorizedLocations").children("Location", [authorized_location(call)]));
    Document { media_type: MEDIA_TYPE, root }
}

/// Adds the headers with which an old client goes on, where the version has them.
pub(super) fn with_credentials(call: &Call, response: Response) -> Response {
    if !call.state.settings.legacy_ids.exist_in(call.version) {
        return response;
    }
    response
        .with_header(LEGACY_ID_HEADER, &*call.session.legacy_id)
        .with_header("X-VMWARE-VCLOUD-ACCESS-TOKEN", &*call.session.access_token)
        .with_header("X-VMWARE-VCLOUD-TOKEN-TYPE", "Bearer")
}

fn links(call: &Call) -> Vec<Element> {
    let Call { base, session, .. } = call;
    let site = base.trim_end_matches("/api");
    let mut links = vec![
        link("down", &format!("{base}/org/"), "application/vnd.vmware.vcloud.orgList+xml"),
        Element::new("Link").with("rel", "remove").with("href", format!("{base}/session")),
    ];
    if session.user.org.is_provider() {
        links.push(link("down", &format!("{base}/admin/"), "application/vnd.vmware.admin.vcloud+xml"));
    }
    links.extend([
        Reference::org(call, session.user.org).link("down"),
        link("down", &format!("{base}/query"), "application/vnd.vmware.vcloud.query.queryList+xml"),
        link("entityResolver", &format!("{base}/entity/"), "application/vnd.vmware.vcloud.entity+xml"),
        link("openapi", &format!("{site}/cloudapi"), "application/json"),
    ]);
    links
}

fn authorized_location(call: &Call) -> Element {
    let user = &call.session.user;
    let site = call.base.trim_end_matches("/api");
    Element::new("Location")
        .child(Element::text("LocationId", location(user)))
        .child(Element::text("SiteName", "sim-site"))
        .child(Element::text("OrgName", user.org.name))
        .child(Element::text("RestApiEndpoint", site))
        .child(Element::text("UIEndpoint", site))
        .child(Element::text("AuthContext", user.org.name))
}
