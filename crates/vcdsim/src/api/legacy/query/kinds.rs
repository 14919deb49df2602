//! The types of queries: what each lists, and how the schemas name it.

use super::record::Record;
use crate::api::legacy::Call;
use crate::api::legacy::reference::Reference;
use crate::api::legacy::vapps::CREATED;
use crate::site::directory::{self, Org};
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
    items: fn(&Call) -> Vec<(&'static Org, Record)>,
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
            items: vapps,
        },
        Self {
            name: "adminVApp",
            record: "AdminVAppRecord",
            json_type: "QueryResultAdminVAppRecordType",
            references: "AdminVAppReferences",
            reference: "AdminVAppReference",
            for_provider: true,
            items: vapps,
        },
        Self {
            name: "vm",
            record: "VMRecord",
            json_type: "QueryResultVMRecordType",
            references: "VMReferences",
            reference: "VMReference",
            for_provider: false,
            items: vms,
        },
        Self {
            name: "adminVM",
            record: "AdminVMRecord",
            json_type: "QueryResultAdminVMRecordType",
            references: "AdminVMReferences",
            reference: "AdminVMReference",
            for_provider: true,
            items: vms,
        },
        Self {
            name: "organization",
            record: "OrgRecord",
            json_type: "QueryResultOrgRecordType",
            references: "OrganizationReferences",
            reference: "OrganizationReference",
            for_provider: false,
            items: orgs,
        },
        Self {
            name: "orgVdc",
            record: "OrgVdcRecord",
            json_type: "QueryResultOrgVdcRecordType",
            references: "OrgVdcReferences",
            reference: "OrgVdcReference",
            for_provider: false,
            items: vdcs,
        },
        Self {
            name: "adminOrgVdc",
            record: "AdminVdcRecord",
            json_type: "QueryResultAdminVdcRecordType",
            references: "AdminVdcReferences",
            reference: "AdminVdcReference",
            for_provider: true,
            items: vdcs,
        },
    ];

    pub(super) fn find(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|kind| kind.name == name)
    }

    /// What the caller may see of this type. What a provider gets from the types for everybody is not known.
    pub(super) fn records(&self, call: &Call) -> Vec<Record> {
        let items = (self.items)(call).into_iter();
        let with_org = |(org, record): (&Org, Record)| record.with_entity("org", Reference::org(call, org));
        if self.for_provider { items.map(with_org).collect() } else { items.map(|(_, record)| record).collect() }
    }
}

fn visible<'a>(call: &Call<'a>) -> impl Iterator<Item = &'a Vdc> {
    call.state.inventory.visible_to(&call.session.user)
}

fn vapps(call: &Call) -> Vec<(&'static Org, Record)> {
    let vapps = visible(call).flat_map(|vdc| vdc.vapps.iter().map(move |vapp| (vdc, vapp)));
    vapps.map(|(vdc, vapp)| (vdc.org, vapp_record(call, vdc, vapp))).collect()
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

fn vms(call: &Call) -> Vec<(&'static Org, Record)> {
    let vms = visible(call).flat_map(|vdc| vdc.vms().map(move |(vapp, vm)| (vdc, vapp, vm)));
    vms.map(|(vdc, vapp, vm)| (vdc.org, vm_record(call, vdc, vapp, vm))).collect()
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

fn orgs(call: &Call) -> Vec<(&'static Org, Record)> {
    let records = directory::orgs_visible_to(&call.session.user).map(|org| {
        let record = Record::new(Reference::org(call, org))
            .with("displayName", format!("{} (simulated)", org.name))
            .with("isEnabled", true)
            .with("isReadOnly", false)
            .with("canPublishCatalogs", false)
            .with("numberOfVdcs", visible(call).filter(|vdc| vdc.org.id == org.id).count());
        (org, record)
    });
    records.collect()
}

fn vdcs(call: &Call) -> Vec<(&'static Org, Record)> {
    let records = visible(call).map(|vdc| {
        let record = Record::new(Reference::vdc(call, vdc))
            .with("orgName", vdc.org.name)
            .with("status", "READY")
            .with("isBusy", false)
            .with("isEnabled", true)
            .with("numberOfVApps", vdc.vapps.len())
            .with("numberOfVMs", vdc.vms().count());
        (vdc.org, record)
    });
    records.collect()
}
