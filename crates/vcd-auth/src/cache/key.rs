//! What a session is found again by.

use once_cell::sync::Lazy;
use ring::hmac;
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use crate::organization::Organization;
use crate::route::Route;
use crate::secret::Secret;
use crate::site::Site;
use crate::{Failure, FailureKind};

/// The length of SHA-256's blocks. Input that fills whole blocks is hashed where it lies; a remainder would be copied into
/// the hasher, on the stack, and stay there.
const BLOCK: usize = 64;

/// Site, organization, way, and which token: a keyed hash of it, so that no token is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    site: Site,
    organization: Organization,
    route: Route,
    token: [u8; 32],
}

impl Key {
    /// # Errors
    /// `OutOfResources` if the operating system gives no random numbers.
    pub(crate) fn new(
        site: &Site,
        organization: &Organization,
        route: &Route,
        token: &Secret,
    ) -> Result<Self, Failure> {
        static HASH_KEY: Lazy<Option<hmac::Key>> =
            Lazy::new(|| hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok());
        let Some(hash_key) = HASH_KEY.as_ref() else {
            return Err(Failure::new(FailureKind::OutOfResources, "The operating system gives no random numbers."));
        };
        let text = token.expose().as_bytes();
        let mut padded = Zeroizing::new(vec![0; (text.len() / BLOCK + 1) * BLOCK]);
        padded[..text.len()].copy_from_slice(text);
        // A bit after the end, as in the hash's own padding, keeps "a" and "a\0" apart.
        padded[text.len()] = 0x80;
        let mut hash = [0; 32];
        hash.copy_from_slice(hmac::sign(hash_key, &padded).as_ref());
        Ok(Key { site: site.clone(), organization: organization.clone(), route: route.clone(), token: hash })
    }

    /// The key of the token that replaces this one's.
    ///
    /// # Errors
    /// As for [`Key::new`].
    pub(crate) fn for_new_token(&self, token: &Secret) -> Result<Self, Failure> {
        Key::new(&self.site, &self.organization, &self.route, token)
    }
}
