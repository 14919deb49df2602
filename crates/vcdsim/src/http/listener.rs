//! Accepting connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::connection::{Service, serve};

/// Serves `service` over TLS until the task is dropped.
pub(crate) async fn serve_tls<V: Service>(listener: TcpListener, acceptor: TlsAcceptor, service: Arc<V>) {
    loop {
        let (stream, connection) = accept(&listener, &*service).await;
        let (acceptor, service) = (acceptor.clone(), Arc::clone(&service));
        tokio::spawn(async move {
            // A failed handshake is the client's decision (it does not trust the authority, say) and the client's to tell.
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, service, connection).await;
            }
        });
    }
}

/// Serves `service` over plain TCP until the task is dropped.
pub(crate) async fn serve_plain<V: Service>(listener: TcpListener, service: Arc<V>) {
    loop {
        let (stream, connection) = accept(&listener, &*service).await;
        tokio::spawn(serve(stream, Arc::clone(&service), connection));
    }
}

async fn accept<V: Service>(listener: &TcpListener, service: &V) -> (TcpStream, u64) {
    /// Accepting fails when a client is already gone, or when the process has too many open files, which passes.
    const PAUSE: Duration = Duration::from_millis(20);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are written whole, so waiting to fill a packet only costs time. If it cannot be set, it is slow.
                let _ = stream.set_nodelay(true);
                return (stream, service.connected());
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
