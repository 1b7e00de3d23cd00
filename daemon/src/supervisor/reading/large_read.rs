//! [`large_read`]: a bound on the memory of reads that build a large answer.

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many large answers are built at a time.
static LARGE_READS: Semaphore = Semaphore::const_new(1);

/// The permit for one of them. A later one waits.
pub(super) async fn large_read() -> Option<SemaphorePermit<'static>> {
    // An error only for a semaphore that is closed, which never happens.
    LARGE_READS.acquire().await.ok()
}
