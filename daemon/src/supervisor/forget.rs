//! [`forget`]: deletes the record and the logs of an ended process, on request or because too many
//! have ended.

use std::sync::Arc;

use persistproc_api::control::Forgotten;
use persistproc_api::{Problem, Process, Time};

use super::registry::Registry;
use super::runs::handle::ProcessHandle;
use super::runs::task_request::TaskRequest;

/// Forgets an ended process and measures what that frees.
pub(crate) async fn forget_measured(
    registry: &Registry,
    handle: &ProcessHandle,
) -> Result<Forgotten, Problem> {
    let folder = registry.folder(&handle.id);
    // A folder that cannot be measured can still be deleted.
    let runs = folder.runs().unwrap_or_default().len() as u32;
    let log_bytes = folder.log_bytes().unwrap_or_default();
    let process = forget(registry, handle).await?;
    Ok(Forgotten { process, runs, log_bytes })
}

/// Forgets an ended process.
pub(crate) async fn forget(
    registry: &Registry,
    handle: &ProcessHandle,
) -> Result<Process, Problem> {
    let forgotten = handle.ask(|reply| TaskRequest::Forget { reply }).await;
    registry.remove_forgotten();
    forgotten
}

/// If more processes have ended than the limits keep, forgets those that ended first, in the
/// background.
pub(crate) fn forget_oldest(registry: &Arc<Registry>) {
    let mut ended: Vec<(Option<Time>, ProcessHandle)> = registry
        .handles()
        .values()
        .filter_map(|handle| {
            let process = &handle.view.borrow().process;
            let has_ended = process.run > 0 && !process.status.is_alive();
            has_ended.then(|| (process.status.end_time(), handle.clone()))
        })
        .collect();
    ended.sort_by_key(|(end_time, _)| *end_time);
    let surplus = ended.len().saturating_sub(registry.limits().keep_processes as usize);
    if surplus == 0 {
        return;
    }
    let registry = registry.clone();
    tokio::spawn(async move {
        for (_, handle) in ended.into_iter().take(surplus) {
            // Fails for a process that was started again in the meantime.
            handle.ask(|reply| TaskRequest::Forget { reply }).await.ok();
        }
        registry.remove_forgotten();
    });
}
