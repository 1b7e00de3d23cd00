//! `BodyStream`: a response body that is produced on demand, one chunk at a time.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use futures_core::Stream;

type NextChunk<S> = Pin<Box<dyn Future<Output = (Option<Bytes>, S)> + Send>>;

/// Unfolds a source into chunks. The next chunk is requested once the client has taken the previous
/// one, so a slow client slows down only its own source.
pub(super) struct BodyStream<S, F> {
    pending: NextChunk<S>,
    next: F,
    is_finished: bool,
}

impl<S, F, T> BodyStream<S, F>
where
    F: FnMut(S) -> T,
    T: Future<Output = (Option<Bytes>, S)> + Send + 'static,
{
    /// `next` takes the source and returns it with the next chunk, or with `None` at the end.
    pub(super) fn new(source: S, mut next: F) -> Self {
        Self { pending: Box::pin(next(source)), next, is_finished: false }
    }
}

impl<S, F, T> Stream for BodyStream<S, F>
where
    S: Unpin,
    F: FnMut(S) -> T + Unpin,
    T: Future<Output = (Option<Bytes>, S)> + Send + 'static,
{
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.is_finished {
            let Poll::Ready((chunk, source)) = self.pending.as_mut().poll(context) else {
                return Poll::Pending;
            };
            let Some(chunk) = chunk else {
                self.is_finished = true;
                break;
            };
            let pending = (self.next)(source);
            self.pending = Box::pin(pending);
            // An incomplete line produces an empty chunk, which is not sent.
            if !chunk.is_empty() {
                return Poll::Ready(Some(Ok(chunk)));
            }
        }
        Poll::Ready(None)
    }
}
