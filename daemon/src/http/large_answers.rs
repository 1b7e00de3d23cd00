//! A bound on the memory of answers that clients do not read: the bytes of large answers that are being
//! sent, over all connections. An answer beyond it waits for the others, and is refused if too much waits.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use persistproc_api::{ErrorCode, Problem};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::error::ApiError;
use super::held_body::HeldBody;
use crate::platform::capacity;

/// A smaller answer counts as nothing: the number of connections bounds those.
const LARGE_BYTES: u64 = 64 << 10;

/// The unit of both bounds.
const UNIT_BYTES: u64 = 4 << 10;

/// The bytes of large answers that are being sent.
const MAX_SENDING_BYTES: u64 = 20 << 20;

/// The bytes of answers that wait until others are sent.
const MAX_WAITING_BYTES: u64 = 4 << 20;

/// After an answer of this size, free memory is returned to the system.
const TRIMMED_BYTES: u64 = 1 << 20;

/// How long an answer waits.
const MAX_WAIT: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Budget {
    sending: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// A router whose large answers share a budget.
pub fn with_bounded_answers(router: Router) -> Router {
    let units = |bytes: u64| Arc::new(Semaphore::new((bytes / UNIT_BYTES) as usize));
    let budget = Budget { sending: units(MAX_SENDING_BYTES), waiting: units(MAX_WAITING_BYTES) };
    router.layer(from_fn_with_state(budget, bound_answer))
}

async fn bound_answer(State(budget): State<Budget>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    // The length of a stream is unknown: it is produced as fast as its client reads.
    let length = HttpBody::size_hint(response.body()).exact().unwrap_or_default();
    if length < LARGE_BYTES {
        return response;
    }
    let Some(permit) = budget.permit(length).await else {
        drop(response);
        capacity::return_free_memory();
        let message = "Other clients are being sent up to 20 MiB, which they do not read.";
        let hint = "Ask for fewer lines, or page forward with `after`. Or try again later.";
        return ApiError(Problem::new(ErrorCode::Busy, message).hint(hint)).into_response();
    };
    if length >= TRIMMED_BYTES {
        // What was needed to make the answer.
        capacity::return_free_memory();
    }
    response.map(|body| HeldBody::wrap(body, permit, length >= TRIMMED_BYTES))
}

impl Budget {
    /// The permit to send so many bytes; `None` if too many answers wait, or if none was free in time.
    async fn permit(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let units = |most: u64| (bytes.min(most) / UNIT_BYTES) as u32;
        let sending = self.sending.clone();
        let wanted = units(MAX_SENDING_BYTES);
        if let Ok(permit) = sending.clone().try_acquire_many_owned(wanted) {
            return Some(permit);
        }
        let waiting = self.waiting.clone().try_acquire_many_owned(units(MAX_WAITING_BYTES)).ok()?;
        let permit = timeout(MAX_WAIT, sending.acquire_many_owned(wanted)).await;
        drop(waiting);
        permit.ok()?.ok()
    }
}
