//! [`Retention`]: keeps the logs of all processes together within the limit. It is triggered when
//! a log has grown by a segment and when a run has ended. Only the logs of the processes that triggered
//! it are measured again, and all of them when the limit is reached.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use persistproc_api::daemon::Limits;
use persistproc_api::data_dirs::DataDirs;
use tokio::sync::Notify;

use super::folder;
use crate::logs::size_limit::{self, MAX_RESERVED_SHARE, ProcessLogs, segment_size, size_on_disk};
use crate::platform::tree;

/// Triggers a pass. Clones trigger the same pass; triggers during a pass cause one more.
#[derive(Clone, Default)]
pub struct Retention(Arc<Triggers>);

#[derive(Default)]
struct Triggers {
    notify: Notify,
    /// The processes whose logs have changed since the last pass.
    changed: Mutex<BTreeSet<String>>,
}

impl Retention {
    /// Triggers a pass after a change of the logs of this process, and returns at once.
    pub fn enforce(&self, id: &str) {
        self.changed().insert(id.to_owned());
        self.0.notify.notify_one();
    }

    fn changed(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a pass over all logs now, for what was written while no daemon was running, and one over
    /// the changed ones after each trigger. `running_ids` are the processes whose logs may grow during
    /// the pass.
    pub(crate) async fn run(
        self,
        dirs: &DataDirs,
        limits: Limits,
        running_ids: impl Fn() -> Vec<String>,
    ) {
        let mut sizes = LogSizes::default();
        loop {
            let dirs = dirs.clone();
            let running_ids = running_ids();
            let changed = std::mem::take(&mut *self.changed());
            let pass = tokio::task::spawn_blocking(move || {
                let passed = sizes.pass(&dirs, limits, &running_ids, changed);
                (sizes, passed)
            });
            // The runtime is shutting down.
            let Ok((measured, passed)) = pass.await else { return };
            sizes = measured;
            if let Err(error) = passed {
                tracing::warn!("cannot drop old output: {error}");
            }
            self.0.notify.notified().await;
        }
    }
}

/// Bytes on disk of the logs of each process, as last measured. Of processes that were forgotten since
/// then too: the sum is never too small.
#[derive(Default)]
struct LogSizes {
    of_process: HashMap<String, u64>,
    /// All logs have been measured.
    is_complete: bool,
}

impl LogSizes {
    /// Measures what has changed, and drops old output if the limit is reached.
    fn pass(
        &mut self,
        dirs: &DataDirs,
        limits: Limits,
        running_ids: &[String],
        changed: BTreeSet<String>,
    ) -> io::Result<()> {
        if self.is_complete {
            self.measure(dirs, changed)?;
            let growing = running_ids.len() as u64 * segment_size(limits.log_limit);
            let reserved = growing.min(limits.total_log_limit / MAX_RESERVED_SHARE);
            if self.of_process.values().sum::<u64>() + reserved <= limits.total_log_limit {
                return Ok(());
            }
        }
        self.is_complete = false;
        drop_oldest(dirs, limits, running_ids)?;
        self.of_process.clear();
        self.measure(dirs, folder::ids(dirs)?)?;
        self.is_complete = true;
        Ok(())
    }

    fn measure(
        &mut self,
        dirs: &DataDirs,
        ids: impl IntoIterator<Item = String>,
    ) -> io::Result<()> {
        for id in ids {
            let size = size_on_disk(&dirs.process(&id).join("runs"))?;
            self.of_process.insert(id, size);
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_what_has_changed_is_measured_until_the_limit_is_reached() {
        let data = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(data.path())).unwrap();
        let write = |id: &str, run: &str, bytes: usize| {
            let folder = dirs.process(id).join("runs").join(run);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("combined.log"), vec![b'x'; bytes]).unwrap();
        };
        let limits = Limits { total_log_limit: 10_000, ..Limits::default() };
        let mut sizes = LogSizes::default();
        let mut pass = |changed: &[&str]| {
            let changed = changed.iter().map(|id| (*id).to_owned()).collect();
            sizes.pass(&dirs, limits, &[], changed).unwrap();
            let mut sizes: Vec<_> = sizes.of_process.clone().into_iter().collect();
            sizes.sort();
            sizes
        };
        let of = |a, b| vec![("a".to_owned(), a), ("b".to_owned(), b)];
        write("a", "1", 4000);
        write("b", "1", 4000);
        assert_eq!(pass(&[]), of(4000, 4000));
        write("a", "1", 5000);
        write("b", "1", 5000);
        assert_eq!(pass(&["b"]), of(4000, 5000));
        write("b", "2", 5000);
        assert_eq!(pass(&["b"]), of(5000, 5000), "the older run of b is dropped");
    }
}
