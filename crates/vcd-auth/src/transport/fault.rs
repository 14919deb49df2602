//! What went wrong on the way, read from the HTTP client's error.
//!
//! Measured with reqwest 0.13.5: `is_connect()` holds exactly where nothing of the request was sent. The reason lies
//! deeper, behind `source()` and inside `io::Error`s.

use std::error::Error;
use std::fmt;
use std::io;

use url::Url;

use crate::progress::Progress;
use crate::proxy::ProxyAddress;
use crate::trust::Refusal;
use crate::{Failure, FailureKind};

/// Host and port that a request went to, for messages.
#[derive(Debug)]
pub(super) struct Origin {
    host: String,
    port: u16,
    /// The proxy in between, if there is one.
    proxy: Option<String>,
}

impl Origin {
    pub(super) fn of(url: &str, proxy: Option<&ProxyAddress>) -> Self {
        let url = Url::parse(url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or("the server").to_owned();
        let port = url.and_then(|url| url.port_or_known_default()).unwrap_or(443);
        Origin { host, port, proxy: proxy.map(ToString::to_string) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Turns the HTTP client's error into a failure. Where the body was sent, the outcome is unknown.
pub(super) fn explain(error: &reqwest::Error, origin: &Origin, progress: &Progress) -> Failure {
    if let Some(refusal) = find::<Refusal>(error) {
        return refusal.failure(&origin.host);
    }
    if error.is_connect() {
        return not_connected(error, origin);
    }
    let unknown = progress.is_sent();
    let failure = if error.is_timeout() {
        Failure::new(FailureKind::AnswerTimeout, format!("{origin} did not answer in time."))
    } else if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        Failure::new(FailureKind::AnswerMalformed, format!("The answer of {origin} is not valid HTTP."))
    } else {
        let message = format!("The connection to {origin} broke before the answer was complete: {}.", deepest(error));
        Failure::new(FailureKind::ConnectionLost, message)
    };
    failure.with_outcome_unknown(unknown)
}

fn not_connected(error: &reqwest::Error, origin: &Origin) -> Failure {
    let reason = deepest(error);
    if let Some(proxy) = &origin.proxy {
        return not_tunnelled(error, &reason, proxy, origin);
    }
    if error.is_dns() {
        let host = &origin.host;
        return Failure::new(FailureKind::NameNotResolved, format!("The server's name {host} cannot be resolved."));
    }
    if error.is_timeout() {
        let message = format!("{origin} could not be connected to in time.");
        return Failure::new(FailureKind::ConnectTimeout, message);
    }
    match find::<rustls::Error>(error) {
        Some(rustls::Error::InvalidMessage(_)) => {
            Failure::new(FailureKind::NotTls, format!("{origin} answers, but does not speak TLS."))
        }
        Some(
            rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)
            | rustls::Error::PeerIncompatible(_),
        ) => {
            let message = format!("{origin} offers neither TLS 1.2 nor 1.3, or no cipher that is still safe.");
            Failure::new(FailureKind::TlsVersionUnsupported, message)
        }
        Some(_) => {
            Failure::new(FailureKind::ConnectFailed, format!("The TLS handshake with {origin} failed: {reason}."))
        }
        None => Failure::new(FailureKind::ConnectFailed, format!("{origin} cannot be connected to: {reason}.")),
    }
}

/// What kept a connection through a proxy from standing. Once the proxy has opened the tunnel, TLS speaks to the server.
fn not_tunnelled(error: &reqwest::Error, reason: &str, proxy: &str, origin: &Origin) -> Failure {
    if find::<rustls::Error>(error).is_some() {
        let message = format!("The TLS handshake with {origin} through the proxy {proxy} failed: {reason}.");
        return Failure::new(FailureKind::ConnectFailed, message);
    }
    // The HTTP client tells the proxy's 407 from its other refusals in its words alone.
    if reason.contains("proxy authorization required") {
        let message = format!("The proxy {proxy} wants a user and password that it was not given, or that it refused.");
        return Failure::new(FailureKind::ProxyAuthenticationRequired, message);
    }
    let why = if error.is_timeout() { "it did not answer in time".to_owned() } else { reason.to_owned() };
    Failure::new(FailureKind::ProxyFailed, format!("The proxy {proxy} gave no connection to {origin}: {why}."))
}

/// Finds an error of type `T` anywhere below `error`.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = below(error);
    }
    None
}

/// The text of the innermost error: the one that says what happened rather than where. Holds no address and no secret.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(next) = below(innermost) {
        innermost = next;
    }
    for_users(&innermost.to_string())
}

/// Without the address of a page for programmers, which rustls puts behind what happened.
fn for_users(text: &str) -> String {
    let told = text.split_once("https://").map_or(text, |(told, _)| told);
    told.trim_end_matches([':', '.', ' ', '\n']).to_owned()
}

/// One step inwards. `io::Error::source()` skips the error it wraps, and so does `rustls::Error::Other`.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(wrapped) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return Some(wrapped);
    }
    if let Some(rustls::Error::Other(other)) = error.downcast_ref() {
        return Some(other.0.as_ref());
    }
    error.source()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_for_programmers_are_not_repeated() {
        let text =
            "peer closed connection without sending TLS close_notify: \nhttps://docs.rs/rustls/latest/x#unexpected-eof";
        assert_eq!(for_users(text), "peer closed connection without sending TLS close_notify");
        assert_eq!(for_users("Connection reset by peer (os error 104)."), "Connection reset by peer (os error 104)");
    }
}
