//! Loopback addresses of a case's own. What a pipe gives `Connect-CIServer` is reached on port 443 and on no other, so
//! sites that are there at the same time must differ in their address.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::case::Needed;

const HTTPS_PORT: u16 = 443;

/// Whether this process may listen on port 443 of loopback addresses other than the usual one.
///
/// # Errors
/// The reason why it may not: ports below 1024 need a right on Unix, and macOS knows one loopback address only.
pub fn https_port() -> Needed<()> {
    let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), HTTPS_PORT));
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        // Whoever has it has the right to; other addresses are free.
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(()),
        Err(error) => Err(format!("cannot listen on {address}, which PowerCLI's pipe needs: {error}")),
    }
}

/// Port 443 of a loopback address that this process has not used before, and that other test processes hardly use.
///
/// # Panics
/// After some 250 addresses, of which each case takes one or a few.
pub fn next_https_address() -> SocketAddr {
    /// 127.x.y.1 is left out: with x and y zero it is where everything else listens.
    static NEXT: AtomicU32 = AtomicU32::new(2);
    let last = u8::try_from(NEXT.fetch_add(1, Ordering::Relaxed)).expect("there are addresses left");
    let [_, _, x, y] = process::id().to_be_bytes();
    SocketAddr::from((Ipv4Addr::new(127, x, y, last), HTTPS_PORT))
}
