//! `SessionLocks`: requests of the same session are processed one at a time until the response
//! begins. While rmcp restores a session after a restart, it answers a concurrent request as if the
//! session had failed. The response of a session begins at once, even for a call that waits, so a
//! long call does not delay the next request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use persistproc_api::routes::MCP_SESSION_HEADER;
use tokio::sync::Semaphore;

/// A lock for each session that has requests in progress.
#[derive(Clone, Default)]
pub(super) struct SessionLocks {
    sessions: Arc<Mutex<HashMap<String, Weak<Semaphore>>>>,
}

impl SessionLocks {
    /// The lock of a session. It is dropped with the last request that holds or awaits it.
    pub(super) fn of(&self, session: &str) -> Arc<Semaphore> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = sessions.get(session).and_then(Weak::upgrade) {
            return lock;
        }
        sessions.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(Semaphore::new(1));
        sessions.insert(session.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

/// Middleware: holds the session's lock until the response begins.
pub(super) async fn one_request_at_a_time(
    State(locks): State<SessionLocks>,
    request: Request,
    next: Next,
) -> Response {
    let session = request.headers().get(MCP_SESSION_HEADER).and_then(|id| id.to_str().ok());
    let Some(lock) = session.map(|session| locks.of(session)) else {
        return next.run(request).await;
    };
    // Fails only for a closed semaphore, and this one is never closed.
    let _permit = lock.acquire().await.ok();
    next.run(request).await
}
