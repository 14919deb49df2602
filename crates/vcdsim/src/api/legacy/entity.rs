//! `GET /api/entity/<urn>`: where the document of an entity is.

use super::reference::{Reference, link};
use super::{Call, Document};
use crate::http::Response;
use crate::site::directory;

const MEDIA_TYPE: &str = "application/vnd.vmware.vcloud.entity+xml";

pub(super) fn document(call: &Call, urn: &str) -> Result<Document, Response> {
    let entity = entities(call).into_iter().find(|entity| entity.urn == urn).ok_or_else(|| call.no_access())?;
    let root = call
        .resource("Entity", &format!("entity/{urn}"), MEDIA_TYPE)
        .with("id", urn)
        .with("name", urn)
        .children("Link", [link("alternate", &entity.href, entity.media_type)]);
    Ok(Document { media_type: MEDIA_TYPE, root })
}

/// All entities that the caller may see.
fn entities(call: &Call) -> Vec<Reference> {
    let user = &call.session.user;
    let mut entities: Vec<Reference> = directory::orgs_visible_to(user).map(|org| Reference::org(call, org)).collect();
    for vdc in call.state.inventory.visible_to(user) {
        entities.push(Reference::vdc(call, vdc));
        entities.extend(vdc.vapps.iter().map(|vapp| Reference::vapp(call, vapp)));
        entities.extend(vdc.vms().map(|(_, vm)| Reference::vm(call, vm)));
    }
    entities
}
