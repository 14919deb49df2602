//! The address of a Cloud Director site.

use std::fmt;

use url::{Host, Url};

use crate::secret::looks_like_bearer;
use crate::{Failure, FailureKind};

const DEFAULT_PORT: u16 = 443;

/// A Cloud Director site: host and port, always reached over HTTPS.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Site {
    host: String,
    port: u16,
}

impl Site {
    /// Reads what people type or paste: a host, `host:8443`, `[IPv6]`, or any https address of the site, whose path,
    /// query and fragment are dropped. White space around it is dropped as well.
    ///
    /// # Errors
    /// `InvalidServer` for `http://` and other schemes, user information, inner white space or control characters,
    /// abbreviated numeric addresses, and texts that look like a session or token, which the message never repeats.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        refuse_what_is_no_address(text)?;
        let address = match text.split_once("://") {
            None => text,
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => {
                return refused("The server is given with http://, which would send the token unprotected.");
            }
            Some(_) => return refused("The server is given with a scheme other than https."),
        };
        let authority = address.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return refused("The server contains user information (something before an @).");
        }
        let url = Url::parse(&format!("https://{authority}/"))
            .map_err(|error| invalid(format!("The server is not a valid address: {error}{}.", hint(authority))))?;
        Self::from_url(&url, authority)
    }

    fn from_url(url: &Url, typed: &str) -> Result<Self, Failure> {
        let host = match url.host() {
            // The URL parser reads 1.2 as 1.0.0.2 and 0x7f.1 as 127.0.0.1; nobody means that.
            Some(Host::Ipv4(address)) if !typed.starts_with(&address.to_string()) => {
                return refused("The server is a numeric address that is not written as four decimal numbers.");
            }
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
            Some(address) => address.to_string(),
            None => return refused("The server names no host."),
        };
        let port = url.port().unwrap_or(DEFAULT_PORT);
        if host.is_empty() || port == 0 {
            return refused("The server names no host, or port 0.");
        }
        Ok(Site { host, port })
    }

    /// The bare host in lower case, internationalized names in their ASCII form, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port; 443 unless another was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of `path`, which starts with a slash and is already encoded.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{self}{path}")
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            DEFAULT_PORT => f.write_str(&self.host),
            port => write!(f, "{}:{port}", self.host),
        }
    }
}

/// Stops whatever could be a secret or could mean another host than it seems, before any of it is repeated.
fn refuse_what_is_no_address(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return refused("The server is empty.");
    }
    if looks_like_bearer(text) || looks_like_secret(text) {
        return refused("What was given as server looks like a token or session, not like a host.");
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return refused("The server contains white space or control characters.");
    }
    if text.contains('\\') {
        return refused("The server contains a backslash.");
    }
    Ok(())
}

/// API tokens and old session ids are 32 letters and digits in one piece; no host is called that.
fn looks_like_secret(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn hint(authority: &str) -> &'static str {
    if authority.matches(':').count() > 1 && !authority.starts_with('[') {
        " (an IPv6 address stands in brackets)"
    } else {
        ""
    }
}

fn invalid(message: String) -> Failure {
    Failure::new(FailureKind::InvalidServer, message)
}

fn refused<T>(message: &str) -> Result<T, Failure> {
    Err(invalid(message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_becomes_host_and_port() {
        for (text, host, port) in [
            ("vcd.example.com", "vcd.example.com", 443),
            ("  VCD.Example.COM \n", "vcd.example.com", 443),
            ("vcd.example.com:8443", "vcd.example.com", 8443),
            ("https://vcd.example.com", "vcd.example.com", 443),
            ("HTTPS://vcd.example.com:8443/tenant/acme?x=1#y", "vcd.example.com", 8443),
            ("api.example.com/api", "api.example.com", 443),
            ("vcd.example.com.", "vcd.example.com", 443),
            ("https://vcd.example.com/tenant/a@b", "vcd.example.com", 443),
            ("[::1]", "[::1]", 443),
            ("[2001:db8::1]:8443", "[2001:db8::1]", 8443),
            ("10.0.0.7", "10.0.0.7", 443),
            ("b\u{fc}cher.example", "xn--bcher-kva.example", 443),
        ] {
            let site = Site::parse(text).expect(text);
            assert_eq!((site.host(), site.port()), (host, port), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "   ",
            "http://vcd.example.com",
            "ftp://vcd.example.com",
            "https://user:secret@vcd.example.com",
            "https://vcd.example.com@evil.example",
            "vcd.example\t.com",
            "vcd.exam\nple.com",
            "vcd example.com",
            "::1",
            "1.2.3",
            "0x7f.1",
            "vcd.example.com:99999",
            "vcd.example.com:0",
            "vcd.example.com\\@evil.example",
            "https://",
            ".",
        ] {
            assert_eq!(Site::parse(text).expect_err(text).kind(), FailureKind::InvalidServer, "{text}");
        }
    }

    #[test]
    fn a_secret_in_place_of_the_server_is_refused_and_not_repeated() {
        for text in [
            "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
            "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
            "0123456789abcdef0123456789ABCDEF",
        ] {
            let failure = Site::parse(text).expect_err("looks like a secret");
            assert_eq!(failure.kind(), FailureKind::InvalidServer);
            assert!(!failure.message().contains(&text[10..]), "{failure}");
        }
    }

    #[test]
    fn the_default_port_is_not_written() {
        assert_eq!(Site::parse("a.example").expect("valid").url("/api"), "https://a.example/api");
        assert_eq!(Site::parse("a.example:8443").expect("valid").url("/api"), "https://a.example:8443/api");
    }
}
