//! `GET /api/vApp/vapp-<id>`, its `controlAccess/`, and `GET /api/vApp/vm-<id>`.

use super::reference::{Reference, link};
use super::{Call, Document};
use crate::api::document::Element;
use crate::http::Response;
use crate::site::inventory::{Status, VApp, Vdc, Vm};

const CONTROL_ACCESS: &str = "application/vnd.vmware.vcloud.controlAccess+xml";
const OWNER: &str = "application/vnd.vmware.vcloud.owner+xml";
const USER: &str = "application/vnd.vmware.admin.user+xml";

/// When all of the inventory was made.
pub(super) const CREATED: &str = "2024-01-15T08:00:00.000Z";

pub(super) fn vapp(call: &Call, id: &str) -> Result<Document, Response> {
    let (vdc, vapp) = find(call, id)?;
    let reference = Reference::vapp(call, vapp);
    let links = [
        Reference::vdc(call, vdc).link("up"),
        link("down", &format!("{}/controlAccess/", reference.href), CONTROL_ACCESS),
    ];
    let owner = Element::new("User").with("type", USER).with("name", vapp.owner);
    let vms = vapp.vms.iter().map(|child| vm_element(call, vapp, child));
    let root = started(reference.element("VApp"), vapp.status())
        .with("ovfDescriptorUploaded", true)
        .children("Link", links)
        .child(Element::text("Description", "simulated"))
        .child(Element::text("DateCreated", CREATED))
        .child(Element::new("Owner").with("type", OWNER).child(owner))
        .child(Element::text("InMaintenanceMode", false))
        .child(Element::new("Children").children("Vm", vms));
    Ok(Document { media_type: reference.media_type, root })
}

pub(super) fn control_access(call: &Call, id: &str) -> Result<Document, Response> {
    find(call, id)?;
    let root = Element::new("ControlAccessParams").child(Element::text("IsSharedToEveryone", false));
    Ok(Document { media_type: CONTROL_ACCESS, root })
}

pub(super) fn vm(call: &Call, id: &str) -> Result<Document, Response> {
    let is_named = |vm: &Vm| id.strip_prefix("vm-") == Some(&vm.id);
    let mut visible = call.state.inventory.visible_to(&call.session.user).flat_map(Vdc::vms);
    let (vapp, vm) = visible.find(|(_, vm)| is_named(vm)).ok_or_else(|| call.no_access())?;
    Ok(Document { media_type: Reference::vm(call, vm).media_type, root: vm_element(call, vapp, vm) })
}

/// A VM, as a document of its own and within its vApp.
fn vm_element(call: &Call, vapp: &VApp, vm: &Vm) -> Element {
    started(Reference::vm(call, vm).element("Vm"), vm.status())
        .with("needsCustomization", false)
        .children("Link", [Reference::vapp(call, vapp).link("up")])
        .child(Element::text("Description", "simulated"))
        .child(Element::text("DateCreated", CREATED))
        .child(Element::text("VAppScopedLocalId", vm.local_id.as_str()))
}

fn started(element: Element, status: Status) -> Element {
    element.with("deployed", status != Status::Off).with("status", status.number())
}

fn find<'a>(call: &Call<'a>, id: &str) -> Result<(&'a Vdc, &'a VApp), Response> {
    let visible = call.state.inventory.visible_to(&call.session.user);
    let mut vapps = visible.flat_map(|vdc| vdc.vapps.iter().map(move |vapp| (vdc, vapp)));
    vapps.find(|(_, vapp)| id.strip_prefix("vapp-") == Some(&vapp.id)).ok_or_else(|| call.no_access())
}
