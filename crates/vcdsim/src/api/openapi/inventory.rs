//! `/cloudapi/1.0.0/orgs`, and `securityTags/entities`, the only list of VMs that this interface is known to have.

use serde_json::{Value, json};

use super::Call;
use crate::site::directory;
use crate::site::inventory::Vdc;

pub(super) fn orgs(call: &Call) -> Vec<Value> {
    let inventory = &call.state.inventory;
    let visible = directory::orgs_visible_to(&call.session.user).map(|org| {
        let vdcs: Vec<&Vdc> = inventory.visible_to(&call.session.user).filter(|vdc| vdc.org.id == org.id).collect();
        json!({
            "id": format!("urn:vcloud:org:{}", org.id),
            "name": org.name,
            "displayName": format!("{} (simulated)", org.name),
            "description": "simulated",
            "isEnabled": true,
            "orgVdcCount": vdcs.len(),
            "vappCount": vdcs.iter().map(|vdc| vdc.vapps.len()).sum::<usize>(),
            "runningVMCount": vdcs.iter().flat_map(|vdc| vdc.vms()).filter(|(_, vm)| vm.is_on).count(),
        })
    });
    visible.collect()
}

/// The entities that have a security tag. Here all VMs have one.
pub(super) fn tagged_entities(call: &Call) -> Vec<Value> {
    let vdcs = call.state.inventory.visible_to(&call.session.user);
    let vms = vdcs.flat_map(|vdc| vdc.vms().map(move |(vapp, vm)| (vdc, vapp, vm)));
    let entities = vms.map(|(vdc, vapp, vm)| {
        json!({
            "entityType": "vm",
            "id": format!("urn:vcloud:vm:{}", vm.id),
            "name": vm.name,
            "ownerRef": { "name": vdc.name, "id": format!("urn:vcloud:vdc:{}", vdc.id) },
            "parentRef": { "name": vapp.name, "id": format!("urn:vcloud:vapp:{}", vapp.id) },
        })
    });
    entities.collect()
}
