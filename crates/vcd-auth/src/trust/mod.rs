//! Which server certificates are trusted.

mod verifier;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::sync::Lazy;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::{Failure, FailureKind};

pub(crate) use verifier::Refusal;

/// Which server certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Trust {
    /// What the operating system trusts. On Linux `SSL_CERT_FILE` and `SSL_CERT_DIR` count.
    #[default]
    OperatingSystem,
    /// What the operating system trusts, and these certificate authorities.
    AlsoAuthorities(Arc<[CertificateDer<'static>]>),
    /// The one certificate with this SHA-256 of its DER form, in place of chain, name and expiry. It is the right
    /// answer for a self-signed certificate; the server must still prove that it holds the key.
    Pinned([u8; 32]),
    /// Any certificate. Anyone on the way can then read the token.
    Unchecked,
}

impl Trust {
    /// Reads certificate authorities from a PEM file.
    ///
    /// # Errors
    /// `InvalidOption` if the file cannot be read or holds no certificate.
    pub fn from_ca_file(path: &Path) -> Result<Self, Failure> {
        let refused = |why: String| Failure::new(FailureKind::InvalidOption, why);
        let shown = path.display();
        let pem = fs::read(path).map_err(|error| refused(format!("The CA file {shown} cannot be read: {error}.")))?;
        let authorities: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        match authorities {
            Ok(authorities) if !authorities.is_empty() => Ok(Trust::AlsoAuthorities(authorities.into())),
            _ => Err(refused(format!("The CA file {shown} holds no certificate in PEM form."))),
        }
    }

    /// Reads a fingerprint: the SHA-256 of a certificate's DER form in hexadecimal, colons and white space allowed.
    ///
    /// # Errors
    /// `InvalidOption` for anything but 64 hexadecimal digits.
    pub fn from_fingerprint(text: &str) -> Result<Self, Failure> {
        let digits: String = text.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
        let mut pin = [0; 32];
        let valid = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !valid {
            let message = "The certificate's fingerprint is not a SHA-256 (64 hexadecimal digits, colons allowed).";
            return Err(Failure::new(FailureKind::InvalidOption, message));
        }
        for (byte, pair) in pin.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).unwrap_or_default();
            *byte = u8::from_str_radix(pair, 16).unwrap_or_default();
        }
        Ok(Trust::Pinned(pin))
    }
}

static PROVIDER: Lazy<Arc<CryptoProvider>> = Lazy::new(|| Arc::new(rustls::crypto::ring::default_provider()));

type SharedVerifier = Arc<dyn ServerCertVerifier>;

/// The verifiers made so far: making one reads the operating system's certificate authorities.
static VERIFIERS: Mutex<Vec<(Trust, SharedVerifier)>> = Mutex::new(Vec::new());

/// The verifier for this trust.
///
/// # Errors
/// `TrustStoreEmpty` where the operating system has no certificate authorities; `InvalidOption` for an authority that
/// cannot be one.
pub(crate) fn verifier(trust: &Trust) -> Result<SharedVerifier, Failure> {
    let mut verifiers = VERIFIERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, verifier)) = verifiers.iter().find(|(known, _)| known == trust) {
        return Ok(Arc::clone(verifier));
    }
    let verifier: SharedVerifier = Arc::new(verifier::Verifier::new(trust, Arc::clone(&PROVIDER))?);
    verifiers.push((trust.clone(), Arc::clone(&verifier)));
    Ok(verifier)
}

/// Puts `chain` in place of the operating system's verifier for this trust.
#[cfg(test)]
pub(crate) fn stand_in(trust: &Trust, chain: SharedVerifier) {
    let verifier = Arc::new(verifier::Verifier::with_chain(chain, Arc::clone(&PROVIDER)));
    VERIFIERS.lock().expect("not poisoned").push((trust.clone(), verifier));
}

/// TLS 1.2 and 1.3 with this verifier; sessions are resumed, no keys are logged whatever `SSLKEYLOGFILE` says.
pub(crate) fn tls_config(verifier: Arc<dyn ServerCertVerifier>) -> Result<rustls::ClientConfig, Failure> {
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new(FailureKind::Internal, format!("TLS cannot be set up: {error}.")))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_come_with_and_without_colons() {
        let plain = "ab".repeat(32);
        let colons = ["AB"; 32].join(":");
        assert_eq!(Trust::from_fingerprint(&plain).expect("valid"), Trust::Pinned([0xab; 32]));
        assert_eq!(Trust::from_fingerprint(&colons).expect("valid"), Trust::Pinned([0xab; 32]));
        for text in ["", "ab", &"xy".repeat(32), &"ab".repeat(33), &"\u{e9}".repeat(32)] {
            assert_eq!(Trust::from_fingerprint(text).expect_err(text).kind(), FailureKind::InvalidOption);
        }
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("ca.pem");
        assert_eq!(Trust::from_ca_file(&path).expect_err("missing").kind(), FailureKind::InvalidOption);
        fs::write(&path, "nothing here").expect("writable");
        assert_eq!(Trust::from_ca_file(&path).expect_err("empty").kind(), FailureKind::InvalidOption);
    }
}
