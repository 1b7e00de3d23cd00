//! An answer that goes on: a body that is produced as fast as it is read, one step at a time.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use futures_core::Stream;

type Step<S> = Pin<Box<dyn Future<Output = (Option<Bytes>, S)> + Send>>;

/// A source of bytes that is asked for more when there is room for it.
pub(super) struct Live<S, F> {
    step: Step<S>,
    next: F,
    over: bool,
}

impl<S, F, T> Live<S, F>
where
    F: FnMut(S) -> T,
    T: Future<Output = (Option<Bytes>, S)> + Send + 'static,
{
    /// `next` takes the source and gives it back with the next bytes; none: it is over.
    pub(super) fn new(source: S, mut next: F) -> Self {
        Self { step: Box::pin(next(source)), next, over: false }
    }
}

impl<S, F, T> Stream for Live<S, F>
where
    S: Unpin,
    F: FnMut(S) -> T + Unpin,
    T: Future<Output = (Option<Bytes>, S)> + Send + 'static,
{
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.over {
            let Poll::Ready((bytes, source)) = self.step.as_mut().poll(context) else {
                return Poll::Pending;
            };
            let Some(bytes) = bytes else {
                self.over = true;
                break;
            };
            let step = (self.next)(source);
            self.step = Box::pin(step);
            // Half a line is no news to a reader of lines.
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(bytes)));
            }
        }
        Poll::Ready(None)
    }
}
