//! The session of a client of the older protocol: which one it is, how the client introduced
//! itself, and the stream on which the daemon speaks unasked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use persistproc_api::client::{Line, McpBody, McpRequest};
use serde_json::Value;

use super::message::Message;
use super::{Bridge, spawn};

/// What the daemon gave out, and what for.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: String,
    /// The version that was agreed on.
    version: String,
    /// The client's own words, in case a daemon does not know it.
    introduction: Message,
}

#[derive(Default)]
pub(super) struct Sessions {
    present: Mutex<Option<Session>>,
    /// One at a time introduces the client anew.
    renewing: Mutex<()>,
    listening: AtomicBool,
}

impl Session {
    /// From the answer to `initialize`.
    pub(super) fn of(id: String, answer: &Value, introduction: &Message) -> Self {
        let version = answer.pointer("/result/protocolVersion").and_then(Value::as_str);
        let version = version.unwrap_or_default().to_owned();
        Self { id, version, introduction: introduction.clone() }
    }

    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let version = (!self.version.is_empty()).then(|| self.version.clone());
        let version = version.map(|version| ("mcp-protocol-version", version));
        std::iter::once(("mcp-session-id", self.id.clone())).chain(version).collect()
    }
}

impl Sessions {
    pub(super) fn present(&self) -> Option<Session> {
        lock(&self.present).clone()
    }

    pub(super) fn begin(&self, session: Session) {
        *lock(&self.present) = Some(session);
    }

    /// Introduces the client anew, unless somebody has done so since `lost` was the session.
    pub(super) fn renew(&self, bridge: &Bridge, lost: &Session) {
        let _one_at_a_time = lock(&self.renewing);
        if self.present().is_some_and(|session| session.id != lost.id) {
            return;
        }
        if let Some(session) = bridge.introduce(&lost.introduction) {
            self.begin(session);
            bridge.say_initialized();
        }
    }

    /// Listens to what the daemon says unasked, unless somebody does already.
    pub(super) fn listen(bridge: &Arc<Bridge>) {
        let sessions = &bridge.sessions;
        let Some(session) = sessions.present() else { return };
        if sessions.listening.swap(true, Ordering::AcqRel) {
            return;
        }
        let listening = Arc::clone(bridge);
        let work = move || {
            listening.hear(&session);
            listening.sessions.listening.store(false, Ordering::Release);
        };
        if let Err(error) = spawn(work) {
            sessions.listening.store(false, Ordering::Release);
            eprintln!("No thread to listen with: {error}.");
        }
    }

    /// Tells the daemon that the session is over, if there is a daemon.
    pub(super) fn end(&self, bridge: &Bridge) {
        let Some(session) = self.present() else { return };
        let request = McpRequest { method: "DELETE", headers: session.headers(), body: None };
        // A session that nobody ends is dropped by its age.
        bridge.listener.mcp(&request, &Line::default()).ok();
    }
}

impl Bridge {
    fn hear(&self, session: &Session) {
        let request = McpRequest { method: "GET", headers: session.headers(), body: None };
        let Ok(answer) = self.listener.mcp(&request, &Line::default()) else { return };
        if let McpBody::Stream(messages) = answer.body {
            // The next request that is answered listens again, to whichever daemon that was.
            for message in messages.map_while(Result::ok) {
                self.out.write(&message);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
