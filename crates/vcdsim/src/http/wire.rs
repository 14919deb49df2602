//! Reading requests from a byte stream and writing bytes to it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::message::{Framing, Head};

const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
const MAX_BODY_BYTES: usize = 1024 * 1024;
const MAX_CHUNK_LINE_BYTES: usize = 1024;

/// Why a request could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// The client went away.
    Gone,
    /// The client sent something that is answered with this status.
    Refused { status: u16, reason: &'static str },
}

fn malformed(reason: &'static str) -> ReadError {
    ReadError::Refused { status: 400, reason }
}

/// A connection and what has been read from it ahead of time.
pub(crate) struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// Reads the head of the next request; none when the client closes the connection between two requests.
    pub(crate) async fn read_head(&mut self) -> Result<Option<Head>, ReadError> {
        loop {
            let parsed = parse_head(&self.buffer)?;
            // Of a head that is not complete, everything read belongs to it.
            if parsed.as_ref().map_or(self.buffer.len(), |(_, length)| *length) > MAX_HEAD_BYTES {
                return Err(ReadError::Refused { status: 431, reason: "the head of the request is too large" });
            }
            if let Some((head, length)) = parsed {
                self.buffer.drain(..length);
                return Ok(Some(head));
            }
            match self.fill().await {
                Ok(()) => {}
                Err(_) if self.buffer.is_empty() => return Ok(None),
                Err(gone) => return Err(gone),
            }
        }
    }

    pub(crate) async fn read_body(&mut self, framing: Framing) -> Result<Vec<u8>, ReadError> {
        match framing {
            Framing::Length(length) => {
                let length = usize::try_from(length).ok().filter(|length| *length <= MAX_BODY_BYTES);
                self.take(length.ok_or(BODY_TOO_LARGE)?).await
            }
            Framing::Chunked => self.read_chunks().await,
        }
    }

    async fn read_chunks(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line().await?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16).map_err(|_| malformed("a chunk size that is no number"))?;
            if length == 0 {
                while !self.read_line().await?.is_empty() {}
                return Ok(body);
            }
            if length > MAX_BODY_BYTES - body.len() {
                return Err(BODY_TOO_LARGE);
            }
            body.extend(self.take(length).await?);
            if !self.read_line().await?.is_empty() {
                return Err(malformed("a chunk that is longer than its size"));
            }
        }
    }

    /// A line of the chunked coding, without its end.
    async fn read_line(&mut self) -> Result<String, ReadError> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
                self.buffer.drain(..end + 2);
                return Ok(line);
            }
            if self.buffer.len() > MAX_CHUNK_LINE_BYTES {
                return Err(malformed("an endless line in a chunked body"));
            }
            self.fill().await?;
        }
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>, ReadError> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn fill(&mut self) -> Result<(), ReadError> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(ReadError::Gone),
            Ok(_) => Ok(()),
        }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Ends the connection in order. Unread data would make the kernel reset it, and the client could lose the answer
    /// that it has not read yet; so what still comes is read for a moment.
    pub(crate) async fn close(mut self) {
        const PATIENCE: Duration = Duration::from_secs(1);
        let drain = async {
            self.stream.shutdown().await?;
            tokio::io::copy(&mut self.stream, &mut tokio::io::sink()).await
        };
        // Whatever happens here, the connection is over: the client has its answer or is gone.
        let _ = tokio::time::timeout(PATIENCE, drain).await;
    }
}

const BODY_TOO_LARGE: ReadError = ReadError::Refused { status: 413, reason: "the body is too large" };

/// Parses the head at the start of `buffer` and tells its length; none if it is not complete.
fn parse_head(buffer: &[u8]) -> Result<Option<(Head, usize)>, ReadError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(ReadError::Refused { status: 431, reason: "the request has too many headers" });
        }
        Err(_) => return Err(malformed("this is not an HTTP/1.1 request")),
    };
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let head = Head {
        method: text(request.method),
        target: origin_form(request.path.unwrap_or_default()),
        minor_version: request.version.unwrap_or_default(),
        headers: request
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
            .collect(),
    };
    Ok(Some((head, length)))
}

/// Path and query of a target. Servers must also accept a whole URL there (RFC 9112, section 3.2.2).
fn origin_form(target: &str) -> String {
    match target.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            rest.find('/').map_or("/", |slash| &rest[slash..]).to_owned()
        }
        _ => target.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads one request whose bytes arrive in pieces of `piece` bytes; the client then closes.
    fn read(bytes: &[u8], piece: usize) -> Result<Option<(Head, Vec<u8>)>, ReadError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut client, server) = tokio::io::duplex(piece);
            let send = async {
                // The reader may stop early: it drops its end, and the rest cannot be sent.
                let _ = client.write_all(bytes).await;
                drop(client);
            };
            let receive = async {
                let mut wire = Wire::new(server);
                let Some(head) = wire.read_head().await? else { return Ok(None) };
                let body = wire.read_body(head.framing().map_err(malformed)?).await?;
                Ok(Some((head, body)))
            };
            tokio::join!(send, receive).1
        })
    }

    fn status_of(bytes: &[u8]) -> u16 {
        match read(bytes, 4096) {
            Err(ReadError::Refused { status, .. }) => status,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn requests_are_read_however_they_are_cut() {
        for piece in [1, 2, 7, 4096] {
            let sized =
                read(b"POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", piece).unwrap().unwrap();
            assert_eq!(
                (sized.0.method.as_str(), sized.0.target.as_str(), sized.1.as_slice()),
                ("POST", "/a?b", &b"hello"[..])
            );
            let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n02\r\nlo\r\n0\r\nTrailer: t\r\n\r\n";
            assert_eq!(read(chunked, piece).unwrap().unwrap().1, b"hello");
        }
    }

    #[test]
    fn a_whole_url_is_a_target_too() {
        let (head, _) = read(b"GET https://localhost:1/api/versions?x=1 HTTP/1.1\r\n\r\n", 4096).unwrap().unwrap();
        assert_eq!(head.target, "/api/versions?x=1");
        assert_eq!(origin_form("https://localhost"), "/");
        assert_eq!(origin_form("/x?next=https://y/z"), "/x?next=https://y/z");
    }

    #[test]
    fn an_end_between_requests_is_no_error() {
        assert!(read(b"", 16).unwrap().is_none());
        assert_eq!(read(b"GET / HT", 16).unwrap_err(), ReadError::Gone);
        assert_eq!(read(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel", 16).unwrap_err(), ReadError::Gone);
    }

    #[test]
    fn what_is_too_large_or_malformed_is_refused() {
        assert_eq!(status_of(b"\x16\x03\x01 this is TLS\r\n\r\n"), 400);
        assert_eq!(status_of(b"POST / HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n"), 413);
        assert_eq!(status_of(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"), 413);
        assert_eq!(status_of(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), 400);
        assert_eq!(status_of(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"), 400);
        let endless_line = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{}", "0".repeat(2000));
        assert_eq!(status_of(endless_line.as_bytes()), 400);
        let huge_header = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(MAX_HEAD_BYTES));
        assert_eq!(status_of(huge_header.as_bytes()), 431);
        let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(MAX_HEADERS + 1));
        assert_eq!(status_of(many_headers.as_bytes()), 431);
    }
}
