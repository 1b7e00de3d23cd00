//! Sessions in memory, and when one leaves it: its client was silent for long, and nobody waits
//! for an answer in it. rmcp's own limit would end a session in the middle of a call, or while the
//! next request comes in. What a session says it does not know; its file outlives it.

use std::collections::HashMap;
use std::pin::Pin;
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

use super::turns::Turns;

/// What is known of a session in memory.
#[derive(Debug, Default)]
struct Life {
    /// Calls whose answers are on their way.
    calls: usize,
    /// rmcp has cleared it away.
    gone: bool,
}

/// rmcp's sessions, with our limit.
#[derive(Clone)]
pub(super) struct Memory(Arc<Inner>);

struct Inner {
    sessions: LocalSessionManager,
    idle: Duration,
    turns: Turns,
    lives: Mutex<HashMap<SessionId, watch::Sender<Life>>>,
}

impl Memory {
    pub(super) fn new(idle: Duration, turns: Turns) -> Self {
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = None;
        // Events without data at the head of a stream break clients that parse every event.
        sessions.session_config.sse_retry = None;
        Self(Arc::new(Inner { sessions, idle, turns, lives: Mutex::default() }))
    }

    fn lives(&self) -> MutexGuard<'_, HashMap<SessionId, watch::Sender<Life>>> {
        self.0.lives.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session that has just come to memory.
    fn begin(&self, id: &SessionId) {
        let (life, seen) = watch::channel(Life::default());
        self.lives().insert(id.clone(), life);
        tokio::spawn(self.clone().until_silent(id.clone(), seen));
    }

    /// Its client has said something.
    fn heard(&self, id: &SessionId) {
        if let Some(life) = self.lives().get(id) {
            life.send_modify(|_| {});
        }
    }

    /// Its client waits for an answer, until this is dropped.
    fn call(&self, id: &SessionId) -> Option<Call> {
        let life = self.lives().get(id)?.clone();
        life.send_modify(|life| life.calls += 1);
        Some(Call(life))
    }

    /// Takes a session out of memory when it has been silent for long.
    async fn until_silent(self, id: SessionId, mut life: watch::Receiver<Life>) {
        loop {
            match life.wait_for(|life| life.calls == 0 || life.gone).await {
                Ok(life) if !life.gone => {}
                _ => return,
            }
            tokio::select! {
                _ = life.changed() => continue,
                () = tokio::time::sleep(self.0.idle) => {}
            }
            // Whoever asks from now on waits for its turn, and finds the file.
            let turn = self.0.turns.of(&id);
            let _turn = turn.acquire().await.ok();
            if life.has_changed().unwrap_or(true) {
                continue;
            }
            if let Err(error) = self.0.sessions.close_session(&id).await {
                tracing::warn!("a silent session did not end: {error}");
            }
            // Cleared away later, it would take the one with it that is then there.
            life.wait_for(|life| life.gone).await.ok();
            return;
        }
    }
}

type Session = <LocalSessionManager as SessionManager>::Transport;

impl SessionManager for Memory {
    type Error = LocalSessionManagerError;
    type Transport = Session;

    async fn create_session(&self) -> Result<(SessionId, Session), Self::Error> {
        let created = self.0.sessions.create_session().await?;
        self.begin(&created.0);
        Ok(created)
    }

    async fn restore_session(&self, id: SessionId) -> Result<RestoreOutcome<Session>, Self::Error> {
        let outcome = self.0.sessions.restore_session(id.clone()).await?;
        if matches!(outcome, RestoreOutcome::Restored(_)) {
            self.begin(&id);
        }
        Ok(outcome)
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        let _call = self.call(id);
        self.0.sessions.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        self.0.sessions.has_session(id).await
    }

    /// Asked by rmcp, when a client ends a session and when a session has ended.
    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        let closed = self.0.sessions.close_session(id).await;
        let life = self.lives().remove(id);
        if let Some(life) = life {
            life.send_modify(|life| life.gone = true);
        }
        closed
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let call = self.call(id);
        let messages = Box::pin(self.0.sessions.create_stream(id, message).await?);
        Ok(Answering { messages, _call: call })
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), Self::Error> {
        self.heard(id);
        self.0.sessions.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.heard(id);
        self.0.sessions.create_standalone_stream(id).await
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.heard(id);
        self.0.sessions.resume(id, last_event_id).await
    }
}

/// Somebody waits for an answer.
struct Call(watch::Sender<Life>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.send_modify(|life| life.calls -= 1);
    }
}

/// An answer on its way.
struct Answering<S> {
    messages: Pin<Box<S>>,
    _call: Option<Call>,
}

impl<S: Stream> Stream for Answering<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.messages.as_mut().poll_next(context)
    }
}
