//! The virtual data centers of the simulated organizations and what runs in them. The same at each start.

use super::directory::{self, Org, User};

/// VMs in one vApp of the organization whose size can be chosen.
const VMS_PER_VAPP: usize = 5;

const GUESTS: [&str; 3] =
    ["Ubuntu Linux (64-bit)", "Microsoft Windows Server 2019 (64-bit)", "Red Hat Enterprise Linux 8 (64-bit)"];

/// All virtual data centers.
pub(crate) struct Inventory(Vec<Vdc>);

/// An organization's virtual data center.
pub(crate) struct Vdc {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) org: &'static Org,
    pub(crate) vapps: Vec<VApp>,
}

pub(crate) struct VApp {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The name of the user to whom it belongs.
    pub(crate) owner: &'static str,
    pub(crate) vms: Vec<Vm>,
}

pub(crate) struct Vm {
    pub(crate) id: String,
    /// Its id within the vApp.
    pub(crate) local_id: String,
    pub(crate) name: String,
    pub(crate) is_on: bool,
    pub(crate) cpus: usize,
    pub(crate) memory_mb: usize,
    pub(crate) guest_os: &'static str,
}

/// Whether a vApp or a VM runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    On,
    Off,
    /// Some VMs of a vApp are on, some off.
    Mixed,
}

impl Inventory {
    /// An inventory in which `acme` has `vms` VMs. The other tenants have one each, one of them with a name that must be
    /// escaped wherever it stands.
    pub(crate) fn new(vms: usize) -> Self {
        let names: Vec<String> = (1..=vms.div_ceil(VMS_PER_VAPP)).map(|number| format!("app-{number:03}")).collect();
        let mut numbers = Numbers { vapps: 0, vms: 0 };
        let mut acme = Vec::new();
        for name in names {
            let count = VMS_PER_VAPP.min(vms - acme.len() * VMS_PER_VAPP);
            acme.push(numbers.vapp(&name, "alice", count));
        }
        Self(vec![
            vdc(1, "acme-vdc", "acme", acme),
            vdc(2, "globex-vdc", "globex", vec![numbers.vapp("shop", "carol", 1)]),
            vdc(3, "sky <blue>", "Blue Sky", vec![numbers.vapp("R&D \"lab\"", "dave", 1)]),
        ])
    }

    /// The data centers that a user may see: all of them as the provider, else those of the user's organization.
    pub(crate) fn visible_to(&self, user: &User) -> impl Iterator<Item = &Vdc> {
        self.0.iter().filter(|vdc| user.may_see(vdc.org))
    }
}

impl Vdc {
    pub(crate) fn vms(&self) -> impl Iterator<Item = (&VApp, &Vm)> {
        self.vapps.iter().flat_map(|vapp| vapp.vms.iter().map(move |vm| (vapp, vm)))
    }
}

impl VApp {
    pub(crate) fn status(&self) -> Status {
        match (self.vms.iter().any(|vm| vm.is_on), self.vms.iter().any(|vm| !vm.is_on)) {
            (true, true) => Status::Mixed,
            (true, false) => Status::On,
            (false, _) => Status::Off,
        }
    }
}

impl Vm {
    pub(crate) fn status(&self) -> Status {
        if self.is_on { Status::On } else { Status::Off }
    }
}

impl Status {
    /// As a query tells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::On => "POWERED_ON",
            Self::Off => "POWERED_OFF",
            Self::Mixed => "MIXED",
        }
    }

    /// As a document tells it.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::On => 4,
            Self::Off => 8,
            Self::Mixed => 10,
        }
    }
}

/// Counts what has been made, for ids that never change.
struct Numbers {
    vapps: usize,
    vms: usize,
}

impl Numbers {
    fn vapp(&mut self, name: &str, owner: &'static str, vms: usize) -> VApp {
        self.vapps += 1;
        let id = format!("aaaa0000-0000-4000-8000-{:012}", self.vapps);
        let vms = (1..=vms).map(|number| self.vm(format!("{name}-vm-{number}"))).collect();
        VApp { id, name: name.to_owned(), owner, vms }
    }

    fn vm(&mut self, name: String) -> Vm {
        self.vms += 1;
        let number = self.vms;
        Vm {
            id: format!("bbbb0000-0000-4000-8000-{number:012}"),
            local_id: format!("cccc0000-0000-4000-8000-{number:012}"),
            name,
            is_on: !number.is_multiple_of(4),
            cpus: 1 << (number % 3),
            memory_mb: 1024 << (number % 4),
            guest_os: GUESTS[number % GUESTS.len()],
        }
    }
}

fn vdc(number: usize, name: &str, org: &str, vapps: Vec<VApp>) -> Vdc {
    let id = format!("dddd0000-0000-4000-8000-{number:012}");
    let org = directory::find_org(org).expect("the inventory names organizations of the directory");
    Vdc { id, name: name.to_owned(), org, vapps }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn user(name: &str) -> User {
        let mut accounts = directory::first_accounts().into_iter();
        accounts.find(|(_, user)| user.name == name).expect("a first account").1
    }

    #[test]
    fn acme_has_as_many_vms_as_wanted() {
        for (wanted, vapps) in [(0, 0), (1, 1), (5, 1), (12, 3), (600, 120)] {
            let inventory = Inventory::new(wanted);
            let vdcs: Vec<&Vdc> = inventory.visible_to(&user("bob")).collect();
            assert_eq!((vdcs.len(), vdcs[0].vapps.len(), vdcs[0].vms().count()), (1, vapps, wanted));
            let ids: HashSet<&str> = vdcs[0].vms().map(|(_, vm)| vm.id.as_str()).collect();
            assert_eq!(ids.len(), wanted);
        }
    }

    #[test]
    fn tenants_see_their_own_and_the_provider_all() {
        let inventory = Inventory::new(3);
        let seen = |name| inventory.visible_to(&user(name)).map(|vdc| vdc.org.name).collect::<Vec<_>>();
        assert_eq!(seen("carol"), ["globex"]);
        assert_eq!(seen("administrator"), ["acme", "globex", "Blue Sky"]);
    }

    #[test]
    fn a_vapp_is_as_its_vms_are() {
        let mut numbers = Numbers { vapps: 0, vms: 0 };
        assert_eq!(numbers.vapp("a", "alice", 3).status(), Status::On);
        assert_eq!(numbers.vapp("b", "alice", 1).status(), Status::Off);
        assert_eq!(numbers.vapp("c", "alice", 4).status(), Status::Mixed);
        assert_eq!(numbers.vapp("d", "alice", 0).status(), Status::Off);
    }
}
