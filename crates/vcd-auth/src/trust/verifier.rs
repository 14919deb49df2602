//! The verifier that decides on a server's certificate and says why it refused one.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};

use super::Trust;
use crate::{Failure, FailureKind};

/// Decides by the [`Trust`] it was made with. Whatever the decision, the server must sign the handshake with the key of
/// the certificate that it presents.
#[derive(Debug)]
pub(super) struct Verifier {
    decision: Decision,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum Decision {
    Chain(Arc<dyn ServerCertVerifier>),
    Pin([u8; 32]),
    Accept,
}

impl Verifier {
    pub(super) fn new(trust: &Trust, provider: Arc<CryptoProvider>) -> Result<Self, Failure> {
        use rustls_platform_verifier::Verifier as Platform;
        let chain = |verifier: Result<Platform, rustls::Error>| match verifier {
            Ok(verifier) => Ok(Decision::Chain(Arc::new(verifier))),
            Err(error) => Err(no_verifier(error)),
        };
        let decision = match trust {
            Trust::OperatingSystem => chain(Platform::new(Arc::clone(&provider)))?,
            Trust::AlsoAuthorities(authorities) => {
                chain(Platform::new_with_extra_roots(authorities.iter().cloned(), Arc::clone(&provider)))?
            }
            Trust::Pinned(pin) => Decision::Pin(*pin),
            Trust::Unchecked => Decision::Accept,
        };
        Ok(Verifier { decision, provider })
    }

    /// Lets a test stand in for the operating system's verifier.
    #[cfg(test)]
    pub(super) fn with_chain(chain: Arc<dyn ServerCertVerifier>, provider: Arc<CryptoProvider>) -> Self {
        Verifier { decision: Decision::Chain(chain), provider }
    }
}

fn no_verifier(error: rustls::Error) -> Failure {
    match error {
        rustls::Error::General(_) => {
            let message = "The operating system has no certificate authorities to verify the server with.";
            Failure::new(FailureKind::TrustStoreEmpty, message)
        }
        other => Failure::new(FailureKind::InvalidOption, format!("A certificate authority cannot be used: {other}.")),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let presented = sha256(end_entity);
        let refuse = |reason| Err(rustls::Error::Other(OtherError(Arc::new(Refusal { reason, presented }))));
        match &self.decision {
            Decision::Accept => Ok(ServerCertVerified::assertion()),
            Decision::Pin(pin) if *pin == presented => Ok(ServerCertVerified::assertion()),
            Decision::Pin(_) => refuse(Reason::Pin),
            // The operating system may look up revocation lists and block for seconds: other tasks of this thread,
            // deadlines among them, must go on meanwhile.
            Decision::Chain(chain) => tokio::task::block_in_place(|| {
                chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            })
            .or_else(|error| refuse(Reason::from(error))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Why a certificate was refused, and its fingerprint. Travels inside the TLS error.
#[derive(Debug)]
pub(crate) struct Refusal {
    reason: Reason,
    presented: [u8; 32],
}

#[derive(Debug)]
enum Reason {
    Expired,
    NotYetValid,
    Name,
    Pin,
    Untrusted(String),
}

impl From<rustls::Error> for Reason {
    fn from(error: rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(reason) => match reason {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Reason::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Reason::NotYetValid,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Reason::Name,
                CertificateError::UnknownIssuer => {
                    Reason::Untrusted("no authority that this machine trusts has signed it".into())
                }
                other => Reason::Untrusted(other.to_string()),
            },
            other => Reason::Untrusted(other.to_string()),
        }
    }
}

impl Refusal {
    /// The failure to report for `host`.
    pub(crate) fn failure(&self, host: &str) -> Failure {
        let fingerprint = hexadecimal(&self.presented);
        let presented = format!("(its SHA-256 is {fingerprint})");
        let (kind, message) = match &self.reason {
            Reason::Expired => {
                (FailureKind::CertificateExpired, format!("The certificate of {host} has expired {presented}."))
            }
            Reason::NotYetValid => (
                FailureKind::CertificateExpired,
                format!("The certificate of {host} is not valid yet by this machine's clock {presented}."),
            ),
            Reason::Name => (
                FailureKind::CertificateNameMismatch,
                format!("The certificate that {host} presents is made for another name {presented}."),
            ),
            Reason::Pin => (
                FailureKind::CertificatePinMismatch,
                format!("The certificate that {host} presents is not the pinned one {presented}."),
            ),
            Reason::Untrusted(why) => (
                FailureKind::CertificateUntrusted,
                format!("The certificate of {host} is not trusted: {why} {presented}."),
            ),
        };
        Failure::new(kind, message).with_presented_sha256(fingerprint)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate refused: {:?}", self.reason)
    }
}

impl std::error::Error for Refusal {}

fn sha256(certificate: &CertificateDer<'_>) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, certificate).as_ref());
    fingerprint
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
