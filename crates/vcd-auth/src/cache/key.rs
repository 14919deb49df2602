//! What a session is found again by.

use std::path::{Path, PathBuf};

use once_cell::sync::Lazy;
use ring::hmac;
use ring::rand::SystemRandom;

use crate::organization::Organization;
use crate::route::Route;
use crate::secret::Secret;
use crate::site::Site;
use crate::{Failure, FailureKind};

/// Site, organization, way, which token (a keyed hash of it, so that no token is kept), and the file that it came from:
/// callers that share a flight also share where a new token goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    site: Site,
    organization: Organization,
    route: Route,
    token: [u8; 32],
    file: Option<PathBuf>,
}

impl Key {
    /// # Errors
    /// `OutOfResources` if the operating system gives no random numbers.
    pub(crate) fn new(
        site: &Site,
        organization: &Organization,
        route: &Route,
        token: &Secret,
        file: Option<&Path>,
    ) -> Result<Self, Failure> {
        static HASH_KEY: Lazy<Option<hmac::Key>> =
            Lazy::new(|| hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok());
        let Some(hash_key) = HASH_KEY.as_ref() else {
            return Err(Failure::new(FailureKind::OutOfResources, "The operating system gives no random numbers."));
        };
        let mut hash = [0; 32];
        hash.copy_from_slice(hmac::sign(hash_key, &token.in_blocks()).as_ref());
        let (site, organization, route) = (site.clone(), organization.clone(), route.clone());
        Ok(Key { site, organization, route, token: hash, file: file.map(Path::to_owned) })
    }

    /// The key of the token that replaces this one's.
    ///
    /// # Errors
    /// As for [`Key::new`].
    pub(crate) fn for_new_token(&self, token: &Secret) -> Result<Self, Failure> {
        Key::new(&self.site, &self.organization, &self.route, token, self.file.as_deref())
    }
}
