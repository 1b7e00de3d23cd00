//! One request of a session after the other, until its answer begins: while a session is brought
//! back after a restart, rmcp takes the next request for one of a session that has failed. An
//! answer of a session begins at once, whatever it waits for, so nobody is held up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;

/// What a session's requests name.
const SESSION: &str = "mcp-session-id";

/// Whose turn it is, in every session that is being asked.
#[derive(Clone, Default)]
pub(super) struct Turns {
    sessions: Arc<Mutex<HashMap<String, Weak<Semaphore>>>>,
}

impl Turns {
    /// The turn of a session. It is forgotten with the last request that waits for it.
    pub(super) fn of(&self, session: &str) -> Arc<Semaphore> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = sessions.get(session).and_then(Weak::upgrade) {
            return turn;
        }
        sessions.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Semaphore::new(1));
        sessions.insert(session.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

/// Lets a request through when it is its turn.
pub(super) async fn in_turn(State(turns): State<Turns>, request: Request, next: Next) -> Response {
    let session = request.headers().get(SESSION).and_then(|id| id.to_str().ok());
    let Some(turn) = session.map(|session| turns.of(session)) else {
        return next.run(request).await;
    };
    // Nobody closes it; if somebody did, going on is no worse than before.
    let _turn = turn.acquire().await.ok();
    next.run(request).await
}
