//! A request body that leaves this process only through the gate of its [`Progress`].

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::progress::Progress;

/// The one frame of a request body. hyper asks for it once the connection stands and the head is written; the server
/// cannot act on the head alone, so that moment is when the request counts as sent.
pub(super) struct GatedBody {
    content: Option<Bytes>,
    progress: Progress,
}

impl GatedBody {
    pub(super) fn new(content: Bytes, progress: Progress) -> Self {
        GatedBody { content: Some(content), progress }
    }
}

/// The request was given up before its body was sent.
#[derive(Debug)]
pub(super) struct Abandoned;

impl std::fmt::Display for Abandoned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("given up before anything was sent")
    }
}

impl std::error::Error for Abandoned {}

impl Body for GatedBody {
    type Data = Bytes;
    type Error = Abandoned;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Abandoned>>> {
        let Some(content) = self.content.take() else { return Poll::Ready(None) };
        Poll::Ready(Some(if self.progress.try_send() { Ok(Frame::data(content)) } else { Err(Abandoned) }))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.content.as_ref().map_or(0, |content| content.len() as u64))
    }
}
