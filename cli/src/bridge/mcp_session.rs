//! `McpSession`: the session of a client of the older protocol, and the stream on which the daemon sends
//! notifications in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use persistproc_api::client::{CancelHandle, McpBody, McpRequest};
use persistproc_api::routes::MCP_SESSION_HEADER;
use serde_json::Value;

use super::message::Message;
use super::{Bridge, spawn};

/// A session that the daemon has created.
#[derive(Clone, Debug)]
pub(super) struct McpSession {
    pub(super) id: String,
    /// The negotiated protocol version.
    version: String,
    /// The `initialize` message, to begin a new session if a daemon does not know this one.
    initialize: Message,
}

#[derive(Default)]
pub(super) struct McpSessions {
    current: Mutex<Option<McpSession>>,
    /// Held while a thread renews the session, so that no other thread renews it too.
    renewing: Mutex<()>,
    /// Whether a thread reads the notification stream.
    listening: AtomicBool,
}

impl McpSession {
    /// The session that this reply to `initialize` has begun.
    pub(super) fn new(id: String, reply: &Value, initialize: &Message) -> Self {
        let version = reply.pointer("/result/protocolVersion").and_then(Value::as_str);
        let version = version.unwrap_or_default().to_owned();
        Self { id, version, initialize: initialize.clone() }
    }

    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let version = (!self.version.is_empty()).then(|| self.version.clone());
        let version = version.map(|version| ("mcp-protocol-version", version));
        std::iter::once((MCP_SESSION_HEADER, self.id.clone())).chain(version).collect()
    }
}

impl McpSessions {
    pub(super) fn current(&self) -> Option<McpSession> {
        lock(&self.current).clone()
    }

    pub(super) fn begin(&self, session: McpSession) {
        *lock(&self.current) = Some(session);
    }

    /// Begins a new session in place of `lost`, unless another thread has done so.
    pub(super) fn renew(&self, bridge: &Bridge, lost: &McpSession) {
        let _guard = lock(&self.renewing);
        if self.current().is_some_and(|session| session.id != lost.id) {
            return;
        }
        if let Some(session) = bridge.initialize_again(&lost.initialize) {
            self.begin(session);
            bridge.notify_initialized();
        }
    }

    /// Starts a thread that reads the notification stream, unless there is one.
    pub(super) fn listen(bridge: &Arc<Bridge>) {
        let sessions = &bridge.sessions;
        let Some(session) = sessions.current() else { return };
        if sessions.listening.swap(true, Ordering::AcqRel) {
            return;
        }
        let listener = Arc::clone(bridge);
        let work = move || {
            listener.read_notifications(&session);
            listener.sessions.listening.store(false, Ordering::Release);
        };
        if let Err(error) = spawn(work) {
            sessions.listening.store(false, Ordering::Release);
            eprintln!("Cannot start the thread that reads notifications: {error}.");
        }
    }

    /// Ends the session, if a daemon is running.
    pub(super) fn end(&self, bridge: &Bridge) {
        let Some(session) = self.current() else { return };
        let request = McpRequest::new("DELETE", session.headers());
        // If this fails, the daemon drops the session when it has been idle for long enough.
        bridge.listener.mcp(&request, &CancelHandle::default()).ok();
    }
}

impl Bridge {
    fn read_notifications(&self, session: &McpSession) {
        let request = McpRequest::new("GET", session.headers());
        let Ok(answer) = self.listener.mcp(&request, &CancelHandle::default()) else { return };
        if let McpBody::Stream(messages) = answer.body {
            // After this stream has ended, the next answered request starts to listen again.
            for message in messages.map_while(Result::ok) {
                self.writer.write(&message);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
