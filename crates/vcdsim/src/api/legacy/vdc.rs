//! `GET /api/vdc/<id>`: a virtual data center.

use super::reference::Reference;
use super::{Call, Document};
use crate::api::document::Element;
use crate::http::Response;

pub(super) fn document(call: &Call, id: &str) -> Result<Document, Response> {
    let mut visible = call.state.inventory.visible_to(&call.session.user);
    let vdc = visible.find(|vdc| vdc.id == id).ok_or_else(|| call.no_access())?;
    let reference = Reference::vdc(call, vdc);
    let vapps = vdc.vapps.iter().map(|vapp| Reference::vapp(call, vapp).element("ResourceEntity"));
    let capacity = Element::new("ComputeCapacity").child(resource("Cpu", "MHz")).child(resource("Memory", "MB"));
    let root = reference
        .element("Vdc")
        .with("status", 1)
        .children("Link", [Reference::org(call, vdc.org).link("up")])
        .child(Element::text("Description", "simulated"))
        .child(Element::text("AllocationModel", "Flex"))
        .child(capacity)
        .child(Element::new("ResourceEntities").children("ResourceEntity", vapps))
        .child(Element::new("AvailableNetworks").children("Network", []))
        .child(Element::text("NicQuota", 0))
        .child(Element::text("NetworkQuota", 100))
        .child(Element::text("UsedNetworkCount", 0))
        .child(Element::text("VmQuota", 0))
        .child(Element::text("IsEnabled", true));
    Ok(Document { media_type: reference.media_type, root })
}

/// A resource without limits. VCD writes 0 for "no limit".
fn resource(name: &'static str, unit: &str) -> Element {
    let amounts = ["Allocated", "Limit", "Reserved", "Used"].map(|amount| Element::text(amount, 0));
    amounts.into_iter().fold(Element::new(name).child(Element::text("Units", unit)), Element::child)
}
