//! Which proxy a request takes, if any.
//!
//! In order: what the caller said, `HTTPS_PROXY` and `NO_PROXY`, what the caller's system resolved for the site, and on
//! Windows the proxy of the machine, since accounts of scheduled tasks have no settings of their own.

use std::env;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use url::{Host, Url};

use crate::secret::Secret;
use crate::site::Site;
use crate::{Failure, FailureKind};

/// What the caller wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum ProxyChoice {
    /// The environment, the system's answer for the site, the machine: the first that knows one.
    #[default]
    Automatic,
    /// No proxy, whatever the environment says.
    Direct,
    /// This proxy, for all sites but the excepted ones.
    Explicit(NamedProxy, Exceptions),
}

/// A proxy's address, with the user and password it wants.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProxyAddress {
    url: String,
    user: Option<String>,
    password: Option<Secret>,
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.url)
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.trim_end_matches('/'))
    }
}

impl ProxyAddress {
    /// Reads `http://host:port`, `https://host:port` or `host:port`; the port is 8080 unless given.
    ///
    /// # Errors
    /// `InvalidOption` for other schemes, and for an address that contains user information.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let refused = |why: &str| Failure::new(FailureKind::InvalidOption, why);
        if text.contains('@') {
            return Err(refused("The proxy's address contains user information; give it separately."));
        }
        Self::read(text).ok_or_else(|| refused("The proxy is not an address like http://proxy.example.com:8080."))
    }

    /// Reads what `HTTPS_PROXY` says: an address as for [`ProxyAddress::parse`], perhaps with `user:password@` before the host.
    /// Both may be percent-encoded; a password that is written as it is may contain `@` and `/`.
    ///
    /// # Errors
    /// `InvalidOption`, which names the variable and repeats nothing of it.
    pub fn from_environment(text: &str) -> Result<Self, Failure> {
        let (scheme, rest) = text.trim().split_once("://").unwrap_or(("http", text.trim()));
        let (credentials, host) = rest.rsplit_once('@').unwrap_or(("", rest));
        let address = Self::read(&format!("{scheme}://{host}")).ok_or_else(|| {
            let message = "The environment variable HTTPS_PROXY is not an address like http://proxy.example.com:8080.";
            Failure::new(FailureKind::InvalidOption, message)
        })?;
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        let decoded = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
        Ok(match user {
            "" => address,
            user => address.with_credentials(decoded(user), Secret::new(&decoded(password))),
        })
    }

    /// Adds the user and password that the proxy wants (Basic authentication).
    pub fn with_credentials(mut self, user: String, password: Secret) -> Self {
        (self.user, self.password) = (Some(user), Some(password));
        self
    }

    /// The address of the proxy alone.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) }.ok()?;
        let host = url.host_str().filter(|host| !host.is_empty() && matches!(url.scheme(), "http" | "https"))?;
        let port = url.port().unwrap_or(if url.scheme() == "https" { 443 } else { 8080 });
        Some(ProxyAddress { url: format!("{}://{host}:{port}", url.scheme()), user: None, password: None })
    }

    /// The HTTP client's form of it.
    pub(crate) fn to_reqwest(&self) -> Result<reqwest::Proxy, Failure> {
        let proxy = reqwest::Proxy::all(&self.url)
            .map_err(|_| Failure::new(FailureKind::InvalidOption, format!("The proxy {self} cannot be used.")))?;
        Ok(match (&self.user, &self.password) {
            (None, None) => proxy,
            (user, password) => {
                proxy.basic_auth(user.as_deref().unwrap_or_default(), password.as_ref().map_or("", Secret::expose))
            }
        })
    }
}

/// Who named a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxySource {
    /// The caller.
    Option,
    /// `HTTPS_PROXY`.
    Environment,
    /// The caller's system, which resolved it for the site.
    System,
    /// The machine (Windows).
    Machine,
}

impl ProxySource {
    /// A word for it: `option`, `environment`, `system` or `machine`.
    pub const fn name(self) -> &'static str {
        match self {
            ProxySource::Option => "option",
            ProxySource::Environment => "environment",
            ProxySource::System => "system",
            ProxySource::Machine => "machine",
        }
    }
}

/// A proxy, and who named it. The same proxy counts as the same whoever named it.
#[derive(Debug, Clone)]
pub struct NamedProxy {
    /// The proxy. Its text never shows a user or password.
    pub address: ProxyAddress,
    /// Who named it.
    pub source: ProxySource,
}

impl From<ProxyAddress> for NamedProxy {
    /// A proxy that the caller named.
    fn from(address: ProxyAddress) -> Self {
        NamedProxy { address, source: ProxySource::Option }
    }
}

impl PartialEq for NamedProxy {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl Eq for NamedProxy {}

impl Hash for NamedProxy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address.hash(state);
    }
}

/// The sites that go without the proxy, in the form of `NO_PROXY`: names (which stand for their subdomains too),
/// addresses and networks, separated by commas; `*` for all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Exceptions(Vec<String>);

impl Exceptions {
    /// Reads the list.
    pub fn parse(text: &str) -> Self {
        let entries = text.split(',').map(|entry| entry.trim().to_ascii_lowercase());
        Exceptions(entries.filter(|entry| !entry.is_empty()).collect())
    }

    fn contains(&self, site: &Site) -> bool {
        self.0.iter().any(|entry| entry == "*" || matches(entry, site))
    }
}

fn matches(entry: &str, site: &Site) -> bool {
    let host = site.host().trim_start_matches('[').trim_end_matches(']');
    let address: Option<IpAddr> = host.parse().ok();
    if let Some((network, length)) = entry.split_once('/') {
        return address.is_some_and(|address| in_network(address, network, length));
    }
    let (entry, port) = match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse().ok()),
        _ => (entry, None),
    };
    if port.is_some_and(|port: u16| port != site.port()) {
        return false;
    }
    let entry = entry.trim_start_matches("*.").trim_start_matches(['.', '[']).trim_end_matches(']');
    if let Some(address) = address {
        return entry.parse().is_ok_and(|excepted: IpAddr| excepted == address);
    }
    host == entry || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.'))
}

fn in_network(address: IpAddr, network: &str, length: &str) -> bool {
    let Ok(length) = length.parse::<u32>() else { return false };
    match (address, network.parse()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

/// The proxy for `site`, if any. `system` is what the caller's system resolved for it. Fails where `HTTPS_PROXY` says what is no
/// address, because to go past it would be against its meaning.
pub(crate) fn resolve(
    choice: &ProxyChoice,
    site: &Site,
    system: Option<&ProxyAddress>,
) -> Result<Option<NamedProxy>, Failure> {
    let named = |source| move |address| NamedProxy { address, source };
    Ok(match choice {
        ProxyChoice::Direct => None,
        ProxyChoice::Explicit(_, exceptions) if exceptions.contains(site) => None,
        ProxyChoice::Explicit(proxy, _) => Some(proxy.clone()),
        ProxyChoice::Automatic => match variable("HTTPS_PROXY") {
            Some(_) if variable("NO_PROXY").is_some_and(|list| Exceptions::parse(&list).contains(site)) => None,
            Some(proxy) => Some(named(ProxySource::Environment)(ProxyAddress::from_environment(&proxy)?)),
            None => {
                let system = system.cloned().map(named(ProxySource::System));
                system.or_else(|| machine_proxy(site).map(named(ProxySource::Machine)))
            }
        },
    })
}

/// A variable of the environment in capitals, else in small letters; empty ones count as not set.
fn variable(name: &str) -> Option<String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    set(name).or_else(|| set(&name.to_ascii_lowercase()))
}

/// Loopback never goes through the machine's proxy.
fn machine_proxy(site: &Site) -> Option<ProxyAddress> {
    let loopback = match Host::parse(site.host()) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    };
    let (proxy, bypass) = vcd_os::machine_proxy().filter(|_| !loopback)?;
    let exceptions = Exceptions::parse(&bypass.replace([';', ' '], ","));
    let plain_name = !site.host().contains(['.', ':']);
    let local = plain_name && exceptions.0.iter().any(|entry| entry == "<local>");
    // "http=a:80;https=b:81" names one proxy per scheme.
    let for_https = proxy.split([';', ' ']).find_map(|part| part.strip_prefix("https=")).unwrap_or(&proxy);
    ProxyAddress::read(for_https).filter(|_| !local && !exceptions.contains(site))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(text: &str) -> Site {
        Site::parse(text).expect("valid")
    }

    #[test]
    fn exceptions_are_names_addresses_networks_and_ports() {
        for (list, host, excepted) in [
            ("example.com", "vcd.example.com", true),
            (".example.com", "vcd.example.com", true),
            ("*.example.com", "vcd.example.com", true),
            ("example.com", "example.com", true),
            ("ample.com", "example.com", false),
            ("other.net, EXAMPLE.com", "vcd.example.com", true),
            ("vcd.example.com:8443", "vcd.example.com:8443", true),
            ("vcd.example.com:8443", "vcd.example.com", false),
            ("10.0.0.0/8", "10.20.30.40", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "11.0.0.1", true),
            ("10.0.0.0/99", "10.0.0.1", false),
            ("10.0.0.7", "10.0.0.7", true),
            ("2001:db8::/32", "[2001:db8::1]", true),
            ("::1", "[::1]", true),
            ("[::1]:8443", "[::1]:8443", true),
            ("*", "vcd.example.com", true),
            ("", "vcd.example.com", false),
        ] {
            assert_eq!(Exceptions::parse(list).contains(&site(host)), excepted, "{list} {host}");
        }
    }

    #[test]
    fn addresses_are_read_strictly_and_never_show_a_password() {
        assert_eq!(ProxyAddress::parse("proxy:3128").expect("valid").to_string(), "http://proxy:3128");
        assert_eq!(
            ProxyAddress::parse(" https://proxy.example ").expect("valid").to_string(),
            "https://proxy.example:443"
        );
        for text in ["", "socks5://proxy:1080", "http://user:hunter2@proxy:3128", "http://"] {
            let failure = ProxyAddress::parse(text).expect_err(text);
            assert_eq!(failure.kind(), FailureKind::InvalidOption);
            assert!(!failure.message().contains("hunter2"));
        }
    }

    #[test]
    fn the_environment_names_a_proxy_with_its_password() {
        for (text, address, user, password) in [
            ("proxy:3128", "http://proxy:3128", None, None),
            (" https://proxy.example/ ", "https://proxy.example:443", None, None),
            ("http://user:hunter%32@proxy:3128", "http://proxy:3128", Some("user"), Some("hunter2")),
            ("user:@:/hunter2?#@proxy", "http://proxy:8080", Some("user"), Some("@:/hunter2?#")),
            ("http://a%20user@proxy:3128", "http://proxy:3128", Some("a user"), Some("")),
            ("http://user@corp:hunter2@[::1]:3128", "http://[::1]:3128", Some("user@corp"), Some("hunter2")),
        ] {
            let read = ProxyAddress::from_environment(text).expect(text);
            assert_eq!(read.to_string(), address, "{text}");
            assert_eq!((read.user.as_deref(), read.password.as_ref().map(Secret::expose)), (user, password), "{text}");
            assert!(!format!("{read:?} {read}").contains("hunter"), "{read:?}");
        }
        for text in [" ", "socks5://proxy:1080", "http://user:hunter2@", "hunter2 hunter2", "http://proxy:hunter2"] {
            let failure = ProxyAddress::from_environment(text).expect_err(text);
            assert_eq!(failure.kind(), FailureKind::InvalidOption);
            assert!(failure.message().contains("HTTPS_PROXY") && !failure.message().contains("hunter"), "{failure}");
        }
    }

    #[test]
    fn what_the_caller_said_comes_first() {
        let (one, two) = (ProxyAddress::parse("one:1").expect("valid"), ProxyAddress::parse("two:2").expect("valid"));
        let site = site("vcd.example.com");
        assert_eq!(resolve(&ProxyChoice::Direct, &site, Some(&two)).expect("valid"), None);
        let explicit = |list| ProxyChoice::Explicit(one.clone().into(), Exceptions::parse(list));
        let resolved = resolve(&explicit(""), &site, Some(&two)).expect("valid").expect("a proxy");
        assert_eq!((resolved.address, resolved.source), (one.clone(), ProxySource::Option));
        assert_eq!(resolve(&explicit("example.com"), &site, Some(&two)).expect("valid"), None);
    }
}
