//! [`HeldBody`]: a response body with a permit, which is returned when the client has read it. A large piece
//! is passed on in small ones: otherwise the server would take it whole, and the body would be at its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use crate::platform::capacity;

/// The most bytes that are passed on at a time.
const PIECE_BYTES: usize = 64 << 10;

/// A body, and the permit to send it.
pub(super) struct HeldBody {
    body: Body,
    /// What is left of the last piece.
    rest: Bytes,
    returns_memory: bool,
    _permit: OwnedSemaphorePermit,
}

impl HeldBody {
    /// Keeps the permit until the body is sent. `returns_memory`: memory goes back to the system then.
    pub(super) fn wrap(body: Body, permit: OwnedSemaphorePermit, returns_memory: bool) -> Body {
        Body::new(Self { body, rest: Bytes::new(), returns_memory, _permit: permit })
    }
}

impl Drop for HeldBody {
    fn drop(&mut self) {
        if self.returns_memory {
            self.rest = Bytes::new();
            self.body = Body::empty();
            capacity::return_free_memory();
        }
    }
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        match HttpBody::size_hint(&self.body).exact() {
            Some(more) => SizeHint::with_exact(rest + more),
            None => SizeHint::default(),
        }
    }
}
