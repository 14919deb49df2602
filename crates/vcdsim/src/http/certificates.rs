//! A certificate authority for one run, and the server's certificate signed by it.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use crate::site::random;

/// Within what Apple's verifier accepts (398 days).
const VALIDITY: Duration = Duration::days(365);
/// Clocks of other machines may be behind.
const CLOCK_SKEW: Duration = Duration::days(1);

/// What a listener needs, and what a client must be told to trust it.
pub(crate) struct Certificates {
    pub(crate) server: Arc<ServerConfig>,
    /// The authority's certificate.
    pub(crate) ca_pem: String,
    /// The SHA-256 of the server certificate's DER form: 64 lower-case hex digits.
    pub(crate) leaf_sha256: String,
}

/// Makes an authority and a certificate for `localhost`, the loopback addresses and `addresses`.
///
/// # Errors
/// When a key cannot be made; the text says why.
pub(crate) fn issue(addresses: &[IpAddr]) -> Result<Certificates, Box<dyn std::error::Error + Send + Sync>> {
    let ca_key = KeyPair::generate()?;
    let ca_params = authority();
    let ca = ca_params.self_signed(&ca_key)?;
    let issuer = Issuer::new(ca_params, ca_key);
    let key = KeyPair::generate()?;
    let leaf = server(addresses)?.signed_by(&key, &issuer)?;
    let leaf_sha256 = random::hex(ring::digest::digest(&ring::digest::SHA256, leaf.der()).as_ref());

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    // The provider is named, so that an embedding test may install another one, or none, for its process.
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Certificates { server: Arc::new(config), ca_pem: ca.pem(), leaf_sha256 })
}

fn authority() -> CertificateParams {
    let mut params = named("vcdsim simulated authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server(addresses: &[IpAddr]) -> Result<CertificateParams, rcgen::Error> {
    let mut ips = vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    for address in addresses {
        if !ips.contains(address) {
            ips.push(*address);
        }
    }
    let mut params = named("vcdsim simulated server");
    params.subject_alt_names = vec![SanType::DnsName("localhost".try_into()?)];
    params.subject_alt_names.extend(ips.into_iter().map(SanType::IpAddress));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Strict verifiers (Python 3.13's default context, for one) want to be told which key signed.
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn named(common_name: &str) -> CertificateParams {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = now - CLOCK_SKEW;
    params.not_after = now + VALIDITY;
    params
}
