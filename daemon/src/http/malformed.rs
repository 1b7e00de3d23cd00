//! `MalformedAnswers`: gives the errors for requests that are not HTTP the body of every other error.
//! hyper answers them before any handler is called, with a status and no body.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::http::StatusCode;
use persistproc_api::{ErrorCode, Problem};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection whose empty error answers get a body.
pub(super) struct MalformedAnswers<T> {
    io: T,
    /// How many requests the handlers have got.
    requests: Arc<AtomicUsize>,
    /// How many of them had been got at the last write.
    seen: usize,
    replacement: Option<Replacement>,
}

/// An answer that is written in place of another.
struct Replacement {
    bytes: Vec<u8>,
    written: usize,
    /// The length of the answer that it replaces.
    length: usize,
}

impl<T> MalformedAnswers<T> {
    pub(super) fn new(io: T, requests: Arc<AtomicUsize>) -> Self {
        Self { io, requests, seen: 0, replacement: None }
    }

    /// What to write in place of these bytes. An answer that follows no request is hyper's own.
    fn replacement(&mut self, bytes: &[u8]) -> Option<Replacement> {
        let requests = self.requests.load(Ordering::Relaxed);
        let is_own = requests == self.seen;
        self.seen = requests;
        let answer = if is_own { answer(bytes)? } else { return None };
        Some(Replacement { bytes: answer, written: 0, length: bytes.len() })
    }
}

/// The answer with a body for an error answer without one.
fn answer(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = bytes.strip_prefix(b"HTTP/1.1 4")?.strip_suffix(b"\r\n\r\n")?;
    let head = str::from_utf8(head).ok()?.to_ascii_lowercase();
    if !head.contains("\r\ncontent-length: 0") {
        return None;
    }
    let (status, problem) = match head.get(..2)? {
        "14" => (
            StatusCode::URI_TOO_LONG,
            Problem::new(ErrorCode::TooLarge, "The URL has more than 64 KiB.")
                .hint("Ask for less at once, or name the process by its id."),
        ),
        "31" => (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Problem::new(ErrorCode::TooLarge, "The headers of the request are too large.")
                .hint("Send fewer or shorter headers: 100, and 64 KiB, are enough."),
        ),
        _ => (
            StatusCode::BAD_REQUEST,
            Problem::invalid("The request is not valid HTTP/1.1.")
                .hint("Is the client speaking HTTPS, HTTP/2 or another protocol?"),
        ),
    };
    let body = serde_json::to_string(&problem).ok()?;
    let reason = status.canonical_reason().unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 {} {reason}\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        status.as_u16(),
        body.len()
    );
    Some(answer.into_bytes())
}

impl<T: AsyncRead + Unpin> AsyncRead for MalformedAnswers<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for MalformedAnswers<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.replacement.is_none() {
            this.replacement = this.replacement(bytes);
        }
        let Some(replacement) = &mut this.replacement else {
            return Pin::new(&mut this.io).poll_write(context, bytes);
        };
        while let Some(rest) = replacement.bytes.get(replacement.written..)
            && !rest.is_empty()
        {
            replacement.written += ready!(Pin::new(&mut this.io).poll_write(context, rest))?;
        }
        let length = replacement.length.min(bytes.len());
        this.replacement = None;
        Poll::Ready(Ok(length))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut filled = buffers.iter().filter(|buffer| !buffer.is_empty());
        match (filled.next(), filled.next()) {
            // An answer without a body is in one buffer.
            (Some(only), None) => self.poll_write(context, only),
            _ => {
                self.seen = self.requests.load(Ordering::Relaxed);
                Pin::new(&mut self.io).poll_write_vectored(context, buffers)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_error_answer_is_replaced() {
        let empty = b"HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let answer = String::from_utf8(answer(empty).unwrap()).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 414 URI Too Long\r\n"), "{head}");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{head}");
        let problem: Problem = serde_json::from_str(body).unwrap();
        assert_eq!(problem.code, ErrorCode::TooLarge);

        for other in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 20\r\n\r\n",
            b"some text",
        ] {
            assert!(super::answer(other).is_none(), "{}", String::from_utf8_lossy(other));
        }
    }
}
