//! [`detached`]: work that goes on when the client that asked for it is gone.

use std::future::{Future, pending};
use std::panic::resume_unwind;

/// Runs the work as a task of its own. The handler of a request is dropped with its connection; a
/// stop or a shutdown that was begun has to come to its end without it.
pub(crate) async fn detached<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime ends, and this task with it.
            Err(_) => pending().await,
        },
    }
}
