//! [`ForwardedBody`]: the body of a response of a process. When the daemon exits, it breaks off with an
//! error, so that the client does not take it for complete.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, watch};

type Leaving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A body, and the permit to forward it.
pub(super) struct ForwardedBody {
    body: Incoming,
    leaving: Leaving,
    _permit: OwnedSemaphorePermit,
}

impl ForwardedBody {
    pub(super) fn new(
        body: Incoming,
        permit: OwnedSemaphorePermit,
        mut leaving: watch::Receiver<bool>,
    ) -> Self {
        let leaving = Box::pin(async move {
            // An error means that the supervisor was dropped, which also ends the daemon.
            leaving.wait_for(|leaving| *leaving).await.ok();
        });
        Self { body, leaving, _permit: permit }
    }
}

impl Body for ForwardedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() && self.leaving.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
        }
        frame.map_err(io::Error::other)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    /// Unknown for an empty body: the answer to HEAD has the headers of one that is not empty.
    fn size_hint(&self) -> SizeHint {
        if self.body.is_end_stream() { SizeHint::default() } else { self.body.size_hint() }
    }
}
