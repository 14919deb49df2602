//! How a document refers to what has a document of its own.

use super::Call;
use crate::api::document::Element;
use crate::site::directory::Org;
use crate::site::inventory::{VApp, Vdc, Vm};

/// Something with a name, an id and an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) name: String,
    /// `urn:vcloud:<type>:<uuid>`
    pub(super) urn: String,
    pub(super) href: String,
    pub(super) media_type: &'static str,
}

impl Reference {
    pub(super) fn org(call: &Call, org: &Org) -> Self {
        Self::new(call, org.name, ("org", org.id), "org/", "application/vnd.vmware.vcloud.org+xml")
    }

    pub(super) fn vdc(call: &Call, vdc: &Vdc) -> Self {
        Self::new(call, &vdc.name, ("vdc", &vdc.id), "vdc/", "application/vnd.vmware.vcloud.vdc+xml")
    }

    pub(super) fn vapp(call: &Call, vapp: &VApp) -> Self {
        Self::new(call, &vapp.name, ("vapp", &vapp.id), "vApp/vapp-", "application/vnd.vmware.vcloud.vApp+xml")
    }

    pub(super) fn vm(call: &Call, vm: &Vm) -> Self {
        Self::new(call, &vm.name, ("vm", &vm.id), "vApp/vm-", "application/vnd.vmware.vcloud.vm+xml")
    }

    fn new(call: &Call, name: &str, (of_type, id): (&str, &str), path: &str, media_type: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            urn: format!("urn:vcloud:{of_type}:{id}"),
            href: format!("{}/{path}{id}", call.base),
            media_type,
        }
    }

    /// An element that refers to it with all that there is to tell.
    pub(super) fn element(&self, element: &'static str) -> Element {
        let Self { name, urn, href, media_type } = self;
        Element::new(element)
            .with("href", href.as_str())
            .with("id", urn.as_str())
            .with("type", *media_type)
            .with("name", name.as_str())
    }

    /// A `Link` to it. VCD leaves the id out of most.
    pub(super) fn link(&self, relation: &str) -> Element {
        link(relation, &self.href, self.media_type).with("name", self.name.as_str())
    }
}

/// A `Link` to an address.
pub(super) fn link(relation: &str, href: &str, media_type: &str) -> Element {
    Element::new("Link").with("rel", relation).with("href", href).with("type", media_type)
}
