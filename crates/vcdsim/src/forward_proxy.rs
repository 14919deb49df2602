//! A forward proxy, for testing clients that must go through one.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A running HTTP proxy that opens tunnels (`CONNECT`) to loopback addresses and writes down to where. Dropping it stops it
/// from accepting; tunnels that are open stay.
#[derive(Debug)]
pub struct ForwardProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// The `Basic` credentials that are asked for, encoded.
    credentials: Option<String>,
    tunnels: Mutex<Vec<String>>,
    refused: Mutex<usize>,
    stopped: AtomicBool,
}

impl ForwardProxy {
    /// Starts a proxy on a free port of 127.0.0.1. With `credentials`, user and password, it answers 407 to whoever does
    /// not give them.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn start(credentials: Option<(&str, &str)>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            credentials: credentials.map(|(user, password)| STANDARD.encode(format!("{user}:{password}"))),
            tunnels: Mutex::default(),
            refused: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::Builder::new().name("forward-proxy".into()).spawn(move || accept(&listener, &accepting))?;
        Ok(Self { address, shared })
    }

    /// The proxy's URL, such as `http://127.0.0.1:40125`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The `host:port` of each tunnel that was opened, in order.
    #[must_use]
    pub fn tunnels(&self) -> Vec<String> {
        self.shared.tunnels.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests were refused for lack of credentials.
    #[must_use]
    pub fn refused(&self) -> usize {
        *self.shared.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ForwardProxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, which then sees the flag.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let (Ok(stream), shared) = (stream, Arc::clone(shared)) else { continue };
        // A client that misbehaves loses its connection; there is nobody to tell.
        thread::spawn(move || drop(serve(stream, &shared)));
    }
}

fn serve(client: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?.take(16 * 1024));
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            text => head.push(text.to_owned()),
        }
    }
    let target = head.first().and_then(|line| line.strip_prefix("CONNECT ")).and_then(|rest| rest.split(' ').next());
    let Some(target) = target else { return answer(&client, "405 Method Not Allowed", "") };
    let given = head.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authorization").then(|| value.trim().strip_prefix("Basic "))?
    });
    if shared.credentials.as_deref().is_some_and(|wanted| given != Some(wanted)) {
        *shared.refused.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        return answer(&client, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"test\"\r\n");
    }
    let Ok(server) = TcpStream::connect(target) else { return answer(&client, "502 Bad Gateway", "") };
    shared.tunnels.lock().unwrap_or_else(PoisonError::into_inner).push(target.to_owned());
    (&client).write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let _ = io::copy(&mut &client, &mut &server);
    server.shutdown(Shutdown::Both)
}

fn answer(mut client: &TcpStream, status: &str, headers: &str) -> io::Result<()> {
    write!(client, "HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n")
}
