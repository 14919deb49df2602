//! The way to a site.

use crate::proxy::NamedProxy;
use crate::trust::Trust;

/// The way to a site: whom to trust, and through which proxy. A session is asked about and ended on the way on which it was
/// made, whoever does it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Route {
    trust: Trust,
    proxy: Option<NamedProxy>,
}

impl Route {
    pub(crate) fn new(trust: Trust, proxy: Option<NamedProxy>) -> Self {
        Route { trust, proxy }
    }

    /// Whom to trust.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The proxy, if there is one.
    pub fn proxy(&self) -> Option<&NamedProxy> {
        self.proxy.as_ref()
    }
}
