//! The folders of processes: their records, their runs, how many of those are kept.
//! It reads and writes; what a record means is for others to say.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::process::Stdio;

use persistproc_api::daemon::Limits;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::record::{self, EXIT_FILE, PROCESS_FILE, ProcessRecord, RUN_FILE, RunRecord};
use persistproc_api::{Exit, Problem};

use crate::logs::missing::none_if_missing;
use crate::logs::{repair, size_limit};

/// One process's folder.
#[derive(Clone, Debug)]
pub struct ProcessFolder {
    dirs: DataDirs,
    id: String,
}

impl ProcessFolder {
    /// The folder of a process, there or not.
    pub fn new(dirs: &DataDirs, id: &str) -> Self {
        Self { dirs: dirs.clone(), id: id.to_owned() }
    }

    /// Where a run's log and record are.
    pub fn run(&self, run: u32) -> PathBuf {
        self.dirs.run(&self.id, run)
    }

    /// The shim's socket.
    pub fn socket(&self) -> PathBuf {
        self.dirs.shim_socket(&self.id)
    }

    /// Where a shim says what it can tell nobody else.
    pub fn daemon_log(&self) -> Stdio {
        let log = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.dirs.daemon_log());
        log.map_or_else(|_| Stdio::null(), Stdio::from)
    }

    /// What to run.
    pub fn read(&self) -> io::Result<ProcessRecord> {
        record::read(&self.dirs.process(&self.id).join(PROCESS_FILE))
    }

    /// Writes down what to run.
    pub fn write(&self, process: &ProcessRecord) -> Result<(), Problem> {
        let folder = self.dirs.process(&self.id);
        make_folder(&folder)
            .and_then(|()| record::write(&folder.join(PROCESS_FILE), process))
            .map_err(|error| {
                Problem::storage(format!("Cannot write to {}", folder.display()), error)
            })
    }

    /// How a run stands.
    pub fn read_run(&self, run: u32) -> io::Result<RunRecord> {
        record::read(&self.run(run).join(RUN_FILE))
    }

    /// Writes down how a run stands.
    pub fn write_run(&self, run: &RunRecord) -> Result<(), Problem> {
        let folder = self.run(run.run);
        make_folder(&folder).and_then(|()| record::write(&folder.join(RUN_FILE), run)).map_err(
            |error| Problem::storage(format!("Cannot write to {}", folder.display()), error),
        )
    }

    /// How the child of a run ended, as whoever collected it noted.
    pub fn noted_exit(&self, run: u32) -> Option<Exit> {
        record::read(&self.run(run).join(EXIT_FILE)).ok()
    }

    /// Notes how the child of a run ended.
    pub fn note_exit(&self, run: u32, exit: Exit) -> io::Result<()> {
        record::write(&self.run(run).join(EXIT_FILE), &exit)
    }

    /// The numbers of its runs, oldest first.
    pub fn runs(&self) -> io::Result<Vec<u32>> {
        let folder = self.dirs.process(&self.id).join("runs");
        let Some(entries) = none_if_missing(fs::read_dir(folder))? else { return Ok(Vec::new()) };
        let mut runs: Vec<u32> =
            entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
        runs.sort_unstable();
        Ok(runs)
    }

    /// Mends the logs of runs that are over, where somebody damaged their index.
    pub fn mend(&self, over: impl Fn(u32) -> bool) -> io::Result<()> {
        for run in self.runs()?.into_iter().filter(|run| over(*run)) {
            let folder = self.run(run);
            if repair::is_needed(&folder)? {
                repair::repair(&folder)?;
                tracing::warn!("the log in {} was damaged and is mended", folder.display());
            }
        }
        Ok(())
    }

    /// Drops runs and segments beyond its own limits.
    pub fn prune(&self, limits: Limits) -> io::Result<()> {
        let runs = self.runs()?;
        for run in runs.iter().rev().skip(limits.keep_runs.max(1) as usize) {
            none_if_missing(fs::remove_dir_all(self.run(*run)))?;
        }
        // A process that was forgotten meanwhile has no logs.
        none_if_missing(size_limit::enforce(
            &self.dirs.process(&self.id).join("runs"),
            limits.log_limit,
        ))?;
        Ok(())
    }

    /// Bytes on disk of all its logs.
    pub fn log_bytes(&self) -> io::Result<u64> {
        size_limit::size_on_disk(&self.dirs.process(&self.id).join("runs"))
    }

    /// Deletes all of it.
    pub fn erase(&self) -> Result<(), Problem> {
        none_if_missing(fs::remove_file(self.socket())).ok();
        let folder = self.dirs.process(&self.id);
        match none_if_missing(fs::remove_dir_all(&folder)) {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(Problem::storage(format!("Cannot delete {}", folder.display()), error))
            }
        }
    }
}

/// The ids of all processes that have a folder.
pub fn ids(dirs: &DataDirs) -> io::Result<Vec<String>> {
    let Some(entries) = none_if_missing(fs::read_dir(dirs.processes()))? else {
        return Ok(Vec::new());
    };
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

fn make_folder(folder: &std::path::Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
