//! The options of a client, from its fields.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vcd_auth::{
    Client, ClientOptions, Exceptions, Failure, FailureKind, NamedProxy, ProxyAddress, ProxyChoice, ProxySource,
    Secret, Trust,
};

use crate::fields::Fields;

const NAMES: &[&str] = &[
    "ca_file",
    "certificate_sha256",
    "skip_certificate_check",
    "proxy",
    "proxy_user",
    "proxy_source",
    "max_retries",
    "timeout_ms",
    "connect_timeout_ms",
    "max_in_flight",
    "recovery_dir",
];
const LISTS: &[&str] = &["no_proxy"];
const DEFAULT_IN_FLIGHT: u32 = 16;
/// More could exhaust the sockets of the process before they would be any faster.
const MOST_IN_FLIGHT: u32 = 1000;

/// More would only make a lost cause take longer.
const MOST_RETRIES: u32 = 10;

/// What a client is opened with.
pub(crate) struct Options {
    pub(crate) client: Client,
    pub(crate) max_in_flight: usize,
}

impl Options {
    /// Reads and checks the fields, the CA file included.
    pub(crate) fn parse(text: &str, proxy_password: &[u16]) -> Result<Self, Failure> {
        let fields = Fields::parse(text, NAMES, LISTS)?;
        let (trust, proxy) = (trust(&fields)?, proxy(&fields, proxy_password)?);
        let mut options = ClientOptions { trust, proxy, ..ClientOptions::default() };
        let milliseconds = |name| Ok(fields.number(name)?.map(|number| Duration::from_millis(number.into())));
        if let Some(timeout) = milliseconds("timeout_ms")? {
            options.timeout = timeout;
        }
        if let Some(timeout) = milliseconds("connect_timeout_ms")? {
            options.connect_timeout = timeout;
        }
        if let Some(retries) = fields.get("max_retries") {
            options.max_retries = match retries.parse() {
                Ok(retries) if retries <= MOST_RETRIES => retries,
                _ => return refused("The field max_retries is not a whole number from 0 to 10."),
            };
        }
        options.recovery_folder = fields.get("recovery_dir").map(PathBuf::from);
        let max_in_flight = fields.number("max_in_flight")?.unwrap_or(DEFAULT_IN_FLIGHT);
        if max_in_flight > MOST_IN_FLIGHT {
            return refused("The field max_in_flight is above 1000.");
        }
        Ok(Options { client: Client::new(options)?, max_in_flight: max_in_flight as usize })
    }
}

/// At most one of the three ways to trust a server differently may be given.
fn trust(fields: &Fields) -> Result<Trust, Failure> {
    match (fields.get("ca_file"), fields.get("certificate_sha256"), fields.flag("skip_certificate_check")?) {
        (None, None, false) => Ok(Trust::OperatingSystem),
        (Some(path), None, false) => Trust::from_ca_file(Path::new(path)),
        (None, Some(fingerprint), false) => Trust::from_fingerprint(fingerprint),
        (None, None, true) => Ok(Trust::Unchecked),
        _ => refused("A CA file, a pinned certificate and skipping the check exclude each other."),
    }
}

/// `proxy` names a proxy, `no_proxy` the sites that go without it; `no_proxy=*` alone goes without any.
fn proxy(fields: &Fields, password: &[u16]) -> Result<ProxyChoice, Failure> {
    let exceptions = fields.list("no_proxy").collect::<Vec<_>>().join(",");
    let Some(address) = fields.get("proxy") else {
        if fields.get("proxy_user").or(fields.get("proxy_source")).is_some() || !password.is_empty() {
            return refused("A proxy's user, password or source is given without a proxy.");
        }
        return match exceptions.as_str() {
            "" => Ok(ProxyChoice::Automatic),
            "*" => Ok(ProxyChoice::Direct),
            _ => refused("Exceptions from a proxy are given without a proxy."),
        };
    };
    // A shell may have an environment of its own, which this process does not see.
    let (source, address) = match fields.get("proxy_source") {
        None | Some("option") => (ProxySource::Option, ProxyAddress::parse(address)?),
        Some("environment") => (ProxySource::Environment, ProxyAddress::from_environment(address)?),
        Some(_) => return refused("The field proxy_source is neither option nor environment."),
    };
    let address = match (fields.get("proxy_user"), password) {
        (None, []) => address,
        (Some(user), password) => address.with_credentials(user.to_owned(), Secret::from_utf16(password)?),
        (None, _) => return refused("A proxy's password is given without its user."),
    };
    Ok(ProxyChoice::Explicit(NamedProxy { address, source }, Exceptions::parse(&exceptions)))
}

fn refused<T>(message: &str) -> Result<T, Failure> {
    Err(Failure::new(FailureKind::InvalidOption, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_contradict_or_make_no_sense_are_refused() {
        let pin = "ab".repeat(32);
        for text in [
            format!("certificate_sha256={pin}\nskip_certificate_check=true\n"),
            format!("certificate_sha256={pin}\nca_file=/x\n"),
            "ca_file=/x\nskip_certificate_check=true\n".into(),
            "ca_file=/does/not/exist\n".into(),
            "certificate_sha256=12\n".into(),
            "timeout_ms=0\n".into(),
            "max_in_flight=1001\n".into(),
            "proxy_host=x\n".into(),
            "proxy=socks5://x\n".into(),
            "proxy=http://user:password@x\n".into(),
            "proxy_user=x\n".into(),
            "proxy_source=environment\n".into(),
            "proxy=http://p\nproxy_source=elsewhere\n".into(),
            "no_proxy=example.com\n".into(),
            "max_retries=11\n".into(),
        ] {
            let failure = Options::parse(&text, &[]).err().expect(&text);
            assert_eq!(failure.kind(), FailureKind::InvalidOption, "{text}");
        }
        assert!(Options::parse("", &[0x41]).is_err());
    }

    #[test]
    fn no_options_mean_the_defaults() {
        assert_eq!(Options::parse("skip_certificate_check=true\n", &[]).expect("valid").max_in_flight, 16);
    }
}
