//! `IdleSessionManager`: rmcp's in-memory sessions with a separate idle timeout. A session leaves
//! memory when its client has sent nothing for `idle_timeout` and no answer is pending, or when there
//! are too many; its file stays, so that the session can be restored. rmcp's own timeout (`keep_alive`) is off: it would
//! end a session during a call, or while the next request arrives.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionManager, LocalSessionManagerError,
};
use rmcp::transport::streamable_http_server::session::{
    RestoreOutcome, ServerSseMessage, SessionId, SessionManager,
};
use tokio::sync::watch;

use super::session_locks::SessionLocks;

/// The state of a session in memory. Each change restarts its idle timeout.
#[derive(Debug, Default)]
struct Activity {
    /// Requests whose answers are pending.
    pending: usize,
    /// The number of the last change; those of all sessions are counted together.
    changed: u64,
    /// It leaves memory at once, because there are too many sessions.
    evicted: bool,
    /// rmcp has removed the session.
    closed: bool,
}

type Activities = HashMap<SessionId, watch::Sender<Activity>>;

/// rmcp's sessions in memory, each with an idle timeout.
#[derive(Clone)]
pub(super) struct IdleSessionManager(Arc<Inner>);

struct Inner {
    sessions: LocalSessionManager,
    idle_timeout: Duration,
    locks: SessionLocks,
    activities: Mutex<Activities>,
    changes: AtomicU64,
}

/// How many sessions are in memory. The one that was used longest ago leaves it first.
const MAX_SESSIONS: usize = 64;

impl IdleSessionManager {
    pub(super) fn new(idle_timeout: Duration, locks: SessionLocks) -> Self {
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = None;
        // Events without data at the start of a stream break clients that parse every event.
        sessions.session_config.sse_retry = None;
        Self(Arc::new(Inner {
            sessions,
            idle_timeout,
            locks,
            activities: Mutex::default(),
            changes: AtomicU64::new(0),
        }))
    }

    fn activities(&self) -> MutexGuard<'_, Activities> {
        self.0.activities.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the idle timeout of a session that was created or restored.
    fn track(&self, id: &SessionId) {
        let activity = Activity { changed: self.count_change(), ..Activity::default() };
        let (sender, receiver) = watch::channel(activity);
        let mut activities = self.activities();
        activities.insert(id.clone(), sender);
        if activities.len() > MAX_SESSIONS {
            evict_one(&activities);
        }
        drop(activities);
        tokio::spawn(self.clone().close_when_idle(id.clone(), receiver));
    }

    fn count_change(&self) -> u64 {
        self.0.changes.fetch_add(1, Ordering::Relaxed)
    }

    /// Restarts the idle timeout.
    fn touch(&self, id: &SessionId) {
        let changed = self.count_change();
        if let Some(activity) = self.activities().get(id) {
            activity.send_modify(|activity| {
                activity.changed = changed;
                activity.evicted = false;
            });
        }
    }

    /// Suspends the idle timeout until the returned guard is dropped.
    fn begin_request(&self, id: &SessionId) -> Option<PendingRequest> {
        let changed = self.count_change();
        let activity = self.activities().get(id)?.clone();
        activity.send_modify(|activity| {
            activity.pending += 1;
            activity.changed = changed;
            activity.evicted = false;
        });
        Some(PendingRequest(activity))
    }

    /// Removes a session from memory once it is idle; ends when rmcp removes it before.
    async fn close_when_idle(self, id: SessionId, mut activity: watch::Receiver<Activity>) {
        loop {
            match activity.wait_for(|activity| activity.pending == 0 || activity.closed).await {
                Ok(activity) if !activity.closed => {}
                _ => return,
            }
            let is_evicted = activity.borrow_and_update().evicted;
            tokio::select! {
                _ = activity.changed(), if !is_evicted => continue,
                () = tokio::time::sleep(self.0.idle_timeout), if !is_evicted => {}
                else => {}
            }
            // Requests that arrive from now on wait for the lock, then restore the session from
            // its file.
            let lock = self.0.locks.of(&id);
            // Fails only for a closed semaphore, and this one is never closed.
            let _permit = lock.acquire().await.ok();
            if activity.has_changed().unwrap_or(true) {
                continue;
            }
            if let Err(error) = self.0.sessions.close_session(&id).await {
                tracing::warn!("cannot close an idle session: {error}");
            }
            // Hold the lock until rmcp's own cleanup: if it ran later, it would remove the
            // restored session of the same id. An error here means that it has run.
            activity.wait_for(|activity| activity.closed).await.ok();
            return;
        }
    }
}

/// Marks the session that was used longest ago and has no pending answer.
fn evict_one(activities: &Activities) {
    let idle = activities.values().filter(|sender| {
        let activity = sender.borrow();
        activity.pending == 0 && !activity.closed && !activity.evicted
    });
    if let Some(oldest) = idle.min_by_key(|sender| sender.borrow().changed) {
        oldest.send_modify(|activity| activity.evicted = true);
    }
}

type LocalTransport = <LocalSessionManager as SessionManager>::Transport;

impl SessionManager for IdleSessionManager {
    type Error = LocalSessionManagerError;
    type Transport = LocalTransport;

    async fn create_session(&self) -> Result<(SessionId, LocalTransport), Self::Error> {
        let created = self.0.sessions.create_session().await?;
        self.track(&created.0);
        Ok(created)
    }

    async fn restore_session(
        &self,
        id: SessionId,
    ) -> Result<RestoreOutcome<LocalTransport>, Self::Error> {
        let outcome = self.0.sessions.restore_session(id.clone()).await?;
        if matches!(outcome, RestoreOutcome::Restored(_)) {
            self.track(&id);
        }
        Ok(outcome)
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        let _pending = self.begin_request(id);
        self.0.sessions.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        self.0.sessions.has_session(id).await
    }

    /// rmcp calls this when a client ends a session, and after a session's worker has ended.
    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        let closed = self.0.sessions.close_session(id).await;
        let activity = self.activities().remove(id);
        if let Some(activity) = activity {
            activity.send_modify(|activity| activity.closed = true);
        }
        closed
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let pending = self.begin_request(id);
        let messages = Box::pin(self.0.sessions.create_stream(id, message).await?);
        Ok(AnswerStream { messages, _pending: pending })
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), Self::Error> {
        self.touch(id);
        self.0.sessions.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.touch(id);
        self.0.sessions.create_standalone_stream(id).await
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.touch(id);
        self.0.sessions.resume(id, last_event_id).await
    }
}

/// Guard of a pending request. It suspends the session's idle timeout until it is dropped.
struct PendingRequest(watch::Sender<Activity>);

impl Drop for PendingRequest {
    fn drop(&mut self) {
        self.0.send_modify(|activity| activity.pending -= 1);
    }
}

/// The messages of an answer; the request is pending until the stream is dropped.
struct AnswerStream<S> {
    messages: Pin<Box<S>>,
    _pending: Option<PendingRequest>,
}

impl<S: Stream> Stream for AnswerStream<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.messages.as_mut().poll_next(context)
    }
}
