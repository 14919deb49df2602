//! `GET /api/org/`, `/api/org/<id>` and `/api/admin/`.

use super::reference::{Reference, link};
use super::{Call, Document};
use crate::api::document::Element;
use crate::http::Response;
use crate::site::directory::{self, Org};

const LIST: &str = "application/vnd.vmware.vcloud.orgList+xml";
const ORG: &str = "application/vnd.vmware.vcloud.org+xml";
const ADMIN: &str = "application/vnd.vmware.admin.vcloud+xml";
const ADMIN_ORG: &str = "application/vnd.vmware.admin.organization+xml";

pub(super) fn list(call: &Call) -> Document {
    let orgs = visible(call).map(|org| Reference::org(call, org).element("Org"));
    Document { media_type: LIST, root: call.resource("OrgList", "org/", LIST).children("Org", orgs) }
}

pub(super) fn org(call: &Call, id: &str) -> Result<Document, Response> {
    let org = visible(call).find(|org| org.id == id).ok_or_else(|| call.no_access())?;
    let vdcs = call.state.inventory.visible_to(&call.session.user).filter(|vdc| vdc.org.id == org.id);
    let mut links: Vec<Element> = vdcs.map(|vdc| Reference::vdc(call, vdc).link("down")).collect();
    links.push(link("up", &format!("{}/org/", call.base), LIST));
    let root = Reference::org(call, org)
        .element("Org")
        .children("Link", links)
        .child(Element::text("Description", "simulated"))
        .child(Element::text("FullName", format!("{} (simulated)", org.name)))
        .child(Element::text("IsEnabled", true));
    Ok(Document { media_type: ORG, root })
}

/// The provider's view, in which clients look for the version of the product. That PowerCLI bears it when a tenant gets
/// 404 was measured; what a real tenant gets was not.
pub(super) fn admin(call: &Call) -> Result<Document, Response> {
    if !call.session.user.org.is_provider() {
        return Err(call.interface.not_found("simulated: the provider's view is not for tenants"));
    }
    let orgs = visible(call).map(|org| {
        let href = format!("{}/admin/org/{}", call.base, org.id);
        Element::new("OrganizationReference").with("href", href).with("type", ADMIN_ORG).with("name", org.name)
    });
    let version = call.state.settings.release.product_version();
    let root = call
        .resource("VCloud", "admin/", ADMIN)
        .with("name", "VMware Cloud Director (simulated)")
        .children("Link", [link("down", &format!("{}/org/", call.base), LIST)])
        .child(Element::text("Description", format!("{version} Mon Jan 01 00:00:00 UTC 2024")))
        .child(Element::new("OrganizationReferences").children("OrganizationReference", orgs));
    Ok(Document { media_type: ADMIN, root })
}

fn visible(call: &Call) -> impl Iterator<Item = &'static Org> {
    directory::orgs_visible_to(&call.session.user)
}
