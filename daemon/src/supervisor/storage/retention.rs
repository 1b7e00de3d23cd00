//! [`Retention`]: keeps the logs of all processes together within the limit. It is triggered when
//! a log has grown by a segment and when a run has ended.

use std::io;
use std::sync::Arc;

use persistproc_api::daemon::Limits;
use persistproc_api::data_dirs::DataDirs;
use tokio::sync::Notify;

use super::folder;
use crate::logs::size_limit::{self, ProcessLogs, segment_size};
use crate::platform::tree;

/// Triggers a pass over all logs. Clones trigger the same pass; triggers during a pass cause one
/// more.
#[derive(Clone, Default)]
pub struct Retention(Arc<Notify>);

impl Retention {
    /// Triggers a pass and returns at once.
    pub fn enforce(&self) {
        self.0.notify_one();
    }

    /// Makes a pass now, for what was written while no daemon was running, and after each trigger.
    /// `running_ids` are the processes whose logs may grow during the pass.
    pub(crate) async fn run(
        self,
        dirs: &DataDirs,
        limits: Limits,
        running_ids: impl Fn() -> Vec<String>,
    ) {
        loop {
            let dirs = dirs.clone();
            let running_ids = running_ids();
            let pass =
                tokio::task::spawn_blocking(move || drop_oldest(&dirs, limits, &running_ids));
            match pass.await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!("cannot drop old output: {error}"),
                // The runtime is shutting down.
                Err(_) => return,
            }
            self.0.notified().await;
        }
    }
}

/// Drops the oldest output of any process until all logs are within the total limit.
fn drop_oldest(dirs: &DataDirs, limits: Limits, running_ids: &[String]) -> io::Result<u64> {
    let mut all = Vec::new();
    for id in folder::ids(dirs)? {
        let is_running = running_ids.contains(&id);
        all.push(ProcessLogs {
            active_limit: if is_running { segment_size(limits.log_limit) } else { 0 },
            runs: dirs.process(&id).join("runs"),
        });
    }
    size_limit::enforce_total(&all, limits.total_log_limit, tree::is_alive)
}
