//! The requests under way: how many, which one is meant by an id, and whether it is still wanted.
//! It knows nothing of what they ask for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persistproc_api::client::Line;
use serde_json::Value;

/// More than any agent asks at once; each is a thread.
const MOST: usize = 128;

pub(super) const TOO_MANY: &str =
    "Too many requests are under way. Wait for the answers to some of them, then ask again.";

#[derive(Default)]
pub(super) struct Calls {
    under_way: Mutex<Vec<Call>>,
    none: Condvar,
}

/// One request.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) id: Value,
    /// The connection it is on, or will be.
    pub(super) line: Line,
}

impl Calls {
    /// A new request, unless there are too many.
    pub(super) fn begin(&self, id: &Value) -> Option<Call> {
        let mut under_way = self.lock();
        let call = Call { id: id.clone(), line: Line::default() };
        (under_way.len() < MOST).then(|| under_way.push(call.clone()))?;
        Some(call)
    }

    pub(super) fn end(&self, call: &Call) {
        self.forget(&call.id);
    }

    pub(super) fn forget(&self, id: &Value) {
        let mut under_way = self.lock();
        if let Some(at) = under_way.iter().position(|call| call.id == *id) {
            under_way.swap_remove(at);
        }
        if under_way.is_empty() {
            self.none.notify_all();
        }
    }

    /// Gives a request up: its connection ends, and nothing of its answer is passed on.
    pub(super) fn cancel(&self, id: &Value) {
        for call in self.lock().iter().filter(|call| call.id == *id) {
            call.line.cut();
        }
    }

    /// Returns when none is under way, or after so long.
    pub(super) fn until_none(&self, limit: Duration) {
        let waiting = self.none.wait_timeout_while(self.lock(), limit, |calls| !calls.is_empty());
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
