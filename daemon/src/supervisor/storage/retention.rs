//! Room for the logs of all processes together: when one of them has grown by a segment or has
//! ended, the oldest parts of any make way. One look at a time, however many ask for it. It knows
//! no bytes and no files.

use std::sync::Arc;

use persistproc_api::daemon::Limits;
use persistproc_api::data_dirs::DataDirs;
use tokio::sync::Notify;

use super::folder;
use crate::logs::size_limit::{self, ProcessLogs, segment_size};
use crate::supervisor::Supervisor;

/// The way to ask for room. Clones ask the same one.
#[derive(Clone, Default)]
pub struct Retention(Arc<Notify>);

impl Retention {
    /// There may be too much; returns at once.
    pub fn enforce(&self) {
        self.0.notify_one();
    }
}

/// Makes room whenever that is asked for, as long as the daemon lives; first of all for what was
/// written while there was none.
pub(crate) async fn keep(supervisor: Supervisor) {
    let (dirs, limits) = (supervisor.data_dirs().clone(), supervisor.registry.limits);
    loop {
        let (dirs, running) = (dirs.clone(), supervisor.running());
        let made = tokio::task::spawn_blocking(move || enforce(&dirs, limits, &running)).await;
        match made {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("old output could not be dropped: {error}"),
            // Only the end of the daemon cuts a look short.
            Err(_) => return,
        }
        supervisor.registry.retention.0.notified().await;
    }
}

impl Supervisor {
    /// The ids of the processes that may be writing.
    fn running(&self) -> Vec<String> {
        let handles = self.handles();
        let running = handles.values().filter(|it| it.view.borrow().process.status.is_alive());
        running.map(|it| it.id.clone()).collect()
    }
}

fn enforce(dirs: &DataDirs, limits: Limits, running: &[String]) -> std::io::Result<u64> {
    let logs = |id: String| ProcessLogs {
        active_limit: if running.contains(&id) { segment_size(limits.log_limit) } else { 0 },
        runs: dirs.process(&id).join("runs"),
    };
    let all: Vec<ProcessLogs> = folder::ids(dirs)?.into_iter().map(logs).collect();
    size_limit::enforce_total(&all, limits.total_log_limit)
}
