//! The types of queries: what each lists, and how the schemas name it.

use super::record::Record;
use crate::api::legacy::Call;
use crate::api::legacy::reference::Reference;
use crate::api::legacy::vapps::CREATED;
use crate::site::directory;
use crate::site::inventory::{Status, VApp, Vdc, Vm};

/// A type of query.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// The element of a record, and its schema type.
    pub(super) record: &'static str,
    pub(super) json_type: &'static str,
    /// The elements of the whole list and of an item in the format of references.
    pub(super) references: &'static str,
    pub(super) reference: &'static str,
    /// Whether only the provider may ask.
    pub(super) for_provider: bool,
    pub(super) records: fn(&Call) -> Vec<Record>,
}

impl Kind {
    pub(super) const ALL: &'static [Self] = &[
        Self {
            name: "vApp",
            record: "VAppRecord",
            json_type: "QueryResultVAppRecordType",
            references: "VAppReferences",
            reference: "VAppReference",
            for_provider: false,
            records: vapps,
        },
        Self {
            name: "adminVApp",
            record: "AdminVAppRecord",
            json_type: "QueryResultAdminVAppRecordType",
            references: "AdminVAppReferences",
            reference: "AdminVAppReference",
            for_provider: true,
            records: vapps_with_org,
        },
        Self {
            name: "vm",
            record: "VMRecord",
            json_type: "QueryResultVMRecordType",
            references: "VMReferences",
            reference: "VMReference",
            for_provider: false,
            records: vms,
        },
        Self {
            name: "adminVM",
            record: "AdminVMRecord",
            json_type: "QueryResultAdminVMRecordType",
            references: "AdminVMReferences",
            reference: "AdminVMReference",
            for_provider: true,
            records: vms_with_org,
        },
        Self {
            name: "organization",
            record: "OrgRecord",
            json_type: "QueryResultOrgRecordType",
            references: "OrganizationReferences",
            reference: "OrganizationReference",
            for_provider: false,
            records: orgs,
        },
        Self {
            name: "orgVdc",
            record: "OrgVdcRecord",
            json_type: "QueryResultOrgVdcRecordType",
            references: "OrgVdcReferences",
            reference: "OrgVdcReference",
            for_provider: false,
            records: vdcs,
        },
        Self {
            name: "adminOrgVdc",
            record: "AdminVdcRecord",
            json_type: "QueryResultAdminVdcRecordType",
            references: "AdminVdcReferences",
            reference: "AdminVdcReference",
            for_provider: true,
            records: vdcs_with_org,
        },
    ];

    pub(super) fn find(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|kind| kind.name == name)
    }
}

/// The virtual data centers that the caller may see. What a provider gets from the types for everybody is not known.
fn visible<'a>(call: &Call<'a>) -> impl Iterator<Item = &'a Vdc> {
    call.state.inventory.visible_to(&call.session.user)
}

fn vapps(call: &Call) -> Vec<Record> {
    visible(call).flat_map(|vdc| vdc.vapps.iter().map(|vapp| vapp_record(call, vdc, vapp))).collect()
}

fn vapps_with_org(call: &Call) -> Vec<Record> {
    let records = visible(call).flat_map(|vdc| {
        let org = Reference::org(call, vdc.org);
        vdc.vapps.iter().map(move |vapp| vapp_record(call, vdc, vapp).with_entity("org", org.clone()))
    });
    records.collect()
}

fn vapp_record(call: &Call, vdc: &Vdc, vapp: &VApp) -> Record {
    let sum = |amount: fn(&Vm) -> usize| vapp.vms.iter().map(amount).sum::<usize>();
    Record::new(Reference::vapp(call, vapp))
        .with_entity("vdc", Reference::vdc(call, vdc))
        .with("vdcName", vdc.name.as_str())
        .with("ownerName", vapp.owner)
        .with("status", vapp.status().name())
        .with("creationDate", CREATED)
        .with("isDeployed", vapp.status() != Status::Off)
        .with("isEnabled", true)
        .with("isBusy", false)
        .with("isExpired", false)
        .with("isInMaintenanceMode", false)
        .with("isPublic", false)
        .with("numberOfVMs", vapp.vms.len())
        .with("numberOfCpus", sum(|vm| vm.cpus))
        .with("memoryAllocationMB", sum(|vm| vm.memory_mb))
        .with("storageKB", vapp.vms.len() * 1_048_576)
}

fn vms(call: &Call) -> Vec<Record> {
    visible(call).flat_map(|vdc| vdc.vms().map(move |(vapp, vm)| vm_record(call, vdc, vapp, vm))).collect()
}

fn vms_with_org(call: &Call) -> Vec<Record> {
    let records = visible(call).flat_map(|vdc| {
        let org = Reference::org(call, vdc.org);
        vdc.vms().map(move |(vapp, vm)| vm_record(call, vdc, vapp, vm).with_entity("org", org.clone()))
    });
    records.collect()
}

fn vm_record(call: &Call, vdc: &Vdc, vapp: &VApp, vm: &Vm) -> Record {
    Record::new(Reference::vm(call, vm))
        .with_entity("container", Reference::vapp(call, vapp))
        .with("containerName", vapp.name.as_str())
        .with_entity("vdc", Reference::vdc(call, vdc))
        .with("guestOs", vm.guest_os)
        .with("hardwareVersion", 19)
        .with("status", vm.status().name())
        .with("numberOfCpus", vm.cpus)
        .with("memoryMB", vm.memory_mb)
        .with("isBusy", false)
        .with("isDeleted", false)
        .with("isDeployed", vm.is_on)
        .with("isInMaintenanceMode", false)
        .with("isPublished", false)
        .with("isVAppTemplate", false)
        .with("storageProfileName", "*")
}

fn orgs(call: &Call) -> Vec<Record> {
    let records = directory::orgs_visible_to(&call.session.user).map(|org| {
        let vdcs = visible(call).filter(|vdc| vdc.org.id == org.id).count();
        Record::new(Reference::org(call, org))
            .with("displayName", format!("{} (simulated)", org.name))
            .with("isEnabled", true)
            .with("isReadOnly", false)
            .with("canPublishCatalogs", false)
            .with("numberOfVdcs", vdcs)
    });
    records.collect()
}

fn vdcs(call: &Call) -> Vec<Record> {
    visible(call).map(|vdc| vdc_record(call, vdc)).collect()
}

fn vdcs_with_org(call: &Call) -> Vec<Record> {
    visible(call).map(|vdc| vdc_record(call, vdc).with_entity("org", Reference::org(call, vdc.org))).collect()
}

fn vdc_record(call: &Call, vdc: &Vdc) -> Record {
    Record::new(Reference::vdc(call, vdc))
        .with("orgName", vdc.org.name)
        .with("status", "READY")
        .with("isBusy", false)
        .with("isEnabled", true)
        .with("numberOfVApps", vdc.vapps.len())
        .with("numberOfVMs", vdc.vms().count())
}
