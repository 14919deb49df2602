//! One connection: requests in, answers out, and every place where a fault can strike.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::message::{Head, Request, Response};
use super::wire::{ReadError, Wire};
use crate::site::faults::{Close, Effect};

/// What is behind a listener.
pub(crate) trait Service: Send + Sync + 'static {
    /// A TCP connection was accepted; returns its number.
    fn connected(&self) -> u64;

    /// The head of a request has been read.
    fn admit(&self, connection: u64, head: &Head) -> Admission;

    /// The whole request has been read: applies it and decides about the answer.
    fn answer(&self, request: &Request, admission: &Admission) -> Delivery;

    /// An answer with this status is about to be sent.
    fn answered(&self, admission: &Admission, status: u16);
}

/// What was decided when the head of a request arrived.
pub(crate) struct Admission {
    /// The request's number in the journal.
    pub(crate) number: u64,
    /// The fault that it gets.
    pub(crate) effect: Effect,
}

/// How a request is answered.
pub(crate) struct Delivery {
    /// Time before the answer, or before the close.
    pub(crate) delay: Duration,
    /// The answer; without one the connection is closed.
    pub(crate) response: Option<Response>,
}

/// Serves a connection until one side ends it. Returning without [`Wire::close`] drops the stream as a crashed server
/// would: no TLS alert, no answer.
pub(crate) async fn serve<S, V>(stream: S, service: Arc<V>, connection: u64)
where
    S: AsyncRead + AsyncWrite + Unpin,
    V: Service,
{
    let mut wire = Wire::new(stream);
    loop {
        let head = match wire.read_head().await {
            Ok(Some(head)) => head,
            Ok(None) => return wire.close().await,
            Err(error) => return refuse(wire, error).await,
        };
        let admission = service.admit(connection, &head);
        if admission.effect.close == Some(Close::BeforeRead) {
            return tokio::time::sleep(admission.effect.delay()).await;
        }
        let body = match read_body(&mut wire, &head).await {
            Ok(body) => body,
            Err(error) => {
                if let ReadError::Refused { status, .. } = error {
                    service.answered(&admission, status);
                }
                return refuse(wire, error).await;
            }
        };
        let request = Request { head, body };
        let delivery = service.answer(&request, &admission);
        tokio::time::sleep(delivery.delay).await;
        let Some(response) = delivery.response else { return };
        service.answered(&admission, response.status);
        let keep_alive = request.head.keep_alive();
        let bytes = response.encode(keep_alive, request.head.method != "HEAD");
        match wire.write(&bytes).await {
            Ok(()) if keep_alive => {}
            Ok(()) => return wire.close().await,
            Err(_) => return,
        }
    }
}

async fn read_body<S>(wire: &mut Wire<S>, head: &Head) -> Result<Vec<u8>, ReadError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let framing = head.framing().map_err(|reason| ReadError::Refused { status: 400, reason })?;
    if head.expects_continue() {
        wire.write(b"HTTP/1.1 100 Continue\r\n\r\n").await.map_err(|_| ReadError::Gone)?;
    }
    wire.read_body(framing).await
}

/// Answers a request that could not be read, and ends the connection: its end cannot be found any more.
async fn refuse<S>(mut wire: Wire<S>, error: ReadError)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let ReadError::Refused { status, reason } = error else { return };
    let response = Response::new(status, "text/plain", format!("simulated: {reason}\n"));
    if wire.write(&response.encode(false, true)).await.is_ok() {
        wire.close().await;
    }
}
