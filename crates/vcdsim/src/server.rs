//! The sockets and the thread behind a simulator.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::ServerConfig;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::api::Vcd;
use crate::control::Control;
use crate::http::{serve_plain, serve_tls};
use crate::site::SharedState;
use crate::{Options, StartError};

/// Sockets that already listen, each with the address that it got.
pub(crate) struct Sockets {
    pub(crate) vcd: Vec<(TcpListener, SocketAddr)>,
    pub(crate) control: (TcpListener, SocketAddr),
}

impl Sockets {
    pub(crate) fn bind(addresses: &[SocketAddr]) -> Result<Self, StartError> {
        let default = Options::default().listen;
        let addresses = if addresses.is_empty() { &default } else { addresses };
        let vcd = addresses.iter().map(|address| listen(*address)).collect::<Result<_, _>>()?;
        Ok(Self { vcd, control: listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))? })
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| StartError::Listen(address, error))
}

/// A thread that serves until this is dropped.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(sockets: Sockets, tls: Arc<ServerConfig>, state: SharedState) -> io::Result<Self> {
        // One thread serves hundreds of delayed answers at once, since nothing in here blocks.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        serve(&runtime, sockets, &TlsAcceptor::from(tls), &state)?;
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            // An error means that the sender is gone, which is a stop as well. Dropping the runtime afterwards drops
            // every connection where it stands.
            let _ = runtime.block_on(stopped);
        };
        let thread = std::thread::Builder::new().name("vcdsim".into()).spawn(run)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

fn serve(runtime: &Runtime, sockets: Sockets, acceptor: &TlsAcceptor, state: &SharedState) -> io::Result<()> {
    let _context = runtime.enter();
    for (listener, address) in sockets.vcd {
        let service = Arc::new(Vcd::new(state.clone(), address.to_string()));
        runtime.spawn(serve_tls(tokio::net::TcpListener::from_std(listener)?, acceptor.clone(), service));
    }
    let control = tokio::net::TcpListener::from_std(sockets.control.0)?;
    runtime.spawn(serve_plain(control, Arc::new(Control::new(state.clone()))));
    Ok(())
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was printed when it happened; there is nobody to hand it to.
            let _ = thread.join();
        }
    }
}
