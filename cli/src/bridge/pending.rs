//! `PendingRequests`: the requests that are being forwarded, by id, with a limit and cancellation.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persistproc_api::client::CancelHandle;
use serde_json::Value;

/// Limits the number of threads, because each request takes one. Agents send far fewer at once.
const MAX_PENDING: usize = 128;

pub(super) const TOO_MANY_REQUESTS: &str =
    "Too many requests are pending. Wait for some replies, then send the request again.";

#[derive(Default)]
pub(super) struct PendingRequests {
    requests: Mutex<Vec<PendingRequest>>,
    empty: Condvar,
}

#[derive(Clone)]
pub(super) struct PendingRequest {
    pub(super) id: Value,
    /// Closes the request's connection when it is cancelled.
    pub(super) cancel: CancelHandle,
}

impl PendingRequests {
    /// Adds a request; `None` if there are too many.
    pub(super) fn begin(&self, id: &Value) -> Option<PendingRequest> {
        let mut requests = self.lock();
        if requests.len() >= MAX_PENDING {
            return None;
        }
        let request = PendingRequest { id: id.clone(), cancel: CancelHandle::default() };
        requests.push(request.clone());
        Some(request)
    }

    pub(super) fn end(&self, request: &PendingRequest) {
        self.remove(&request.id);
    }

    pub(super) fn remove(&self, id: &Value) {
        let mut requests = self.lock();
        if let Some(index) = requests.iter().position(|request| request.id == *id) {
            requests.swap_remove(index);
        }
        if requests.is_empty() {
            self.empty.notify_all();
        }
    }

    /// Cancels a request: closes its connection. Its reply is not written.
    pub(super) fn cancel(&self, id: &Value) {
        for request in self.lock().iter().filter(|request| request.id == *id) {
            request.cancel.cancel();
        }
    }

    /// Waits until no request is pending, or until the timeout.
    pub(super) fn wait_until_empty(&self, timeout: Duration) {
        let is_pending = |requests: &mut Vec<PendingRequest>| !requests.is_empty();
        let result = self.empty.wait_timeout_while(self.lock(), timeout, is_pending);
        drop(result.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<PendingRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
