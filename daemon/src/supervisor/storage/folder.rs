//! [`ProcessFolder`]: the folder of one process, with its records and its runs.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use persistproc_api::daemon::Limits;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::record::{self, EXIT_FILE, PROCESS_FILE, ProcessRecord, RUN_FILE, RunRecord};
use persistproc_api::{Exit, Problem, private_file};

use crate::logs::missing::none_if_missing;
use crate::logs::unread::Unread;
use crate::logs::{repair, size_limit};
use crate::platform::tree;

/// The folder of a process, whether it exists or not.
#[derive(Clone, Debug)]
pub struct ProcessFolder {
    dirs: DataDirs,
    id: String,
}

impl ProcessFolder {
    pub fn new(dirs: &DataDirs, id: &str) -> Self {
        Self { dirs: dirs.clone(), id: id.to_owned() }
    }

    /// The id of the process.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The folder of a run, with its log and its record.
    pub fn run(&self, run: u32) -> PathBuf {
        self.dirs.run(&self.id, run)
    }

    fn runs_folder(&self) -> PathBuf {
        self.dirs.process(&self.id).join("runs")
    }

    /// The socket of the shim.
    pub fn socket(&self) -> PathBuf {
        self.dirs.shim_socket(&self.id)
    }

    /// The daemon's log, as stderr of a shim.
    pub fn daemon_log(&self) -> Stdio {
        daemon_log(&self.dirs)
    }

    /// The path of `process.json`.
    pub fn record(&self) -> PathBuf {
        self.dirs.process(&self.id).join(PROCESS_FILE)
    }

    /// Reads `process.json`.
    pub fn read(&self) -> io::Result<ProcessRecord> {
        record::read(&self.record())
    }

    /// Writes `process.json`.
    pub fn write(&self, process: &ProcessRecord) -> Result<(), Problem> {
        let folder = self.dirs.process(&self.id);
        create_folder(&folder)
            .and_then(|()| record::write(&folder.join(PROCESS_FILE), process))
            .map_err(|error| cannot_write(&folder, error))
    }

    /// Reads the `run.json` of a run.
    pub fn read_run(&self, run: u32) -> io::Result<RunRecord> {
        record::read(&self.run(run).join(RUN_FILE))
    }

    /// Writes the `run.json` of a run.
    pub fn write_run(&self, run: &RunRecord) -> Result<(), Problem> {
        let folder = self.run(run.run);
        create_folder(&folder)
            .and_then(|()| record::write(&folder.join(RUN_FILE), run))
            .map_err(|error| cannot_write(&folder, error))
    }

    /// The exit status that was noted for the child of a run.
    pub fn noted_exit(&self, run: u32) -> Option<Exit> {
        record::read(&self.run(run).join(EXIT_FILE)).ok()
    }

    /// Notes the exit status of the child of a run.
    pub fn note_exit(&self, run: u32, exit: Exit) -> io::Result<()> {
        record::write(&self.run(run).join(EXIT_FILE), &exit)
    }

    /// The numbers of its runs, oldest first.
    pub fn runs(&self) -> io::Result<Vec<u32>> {
        let Some(entries) = none_if_missing(fs::read_dir(self.runs_folder()))? else {
            return Ok(Vec::new());
        };
        let mut runs: Vec<u32> =
            entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
        runs.sort_unstable();
        Ok(runs)
    }

    /// Repairs the logs of ended runs whose index is damaged.
    pub fn repair_logs(&self, has_ended: impl Fn(u32) -> bool) -> io::Result<()> {
        for run in self.runs()?.into_iter().filter(|run| has_ended(*run)) {
            let folder = self.run(run);
            if repair::is_needed(&folder)? {
                repair::repair(&folder)?;
                tracing::warn!("repaired the damaged log in {}", folder.display());
            }
        }
        Ok(())
    }

    /// Drops the runs and segments that are beyond the limits of one process.
    pub fn prune(&self, limits: Limits) -> io::Result<()> {
        let runs = self.runs()?;
        for run in runs.iter().rev().skip(limits.keep_runs.max(1) as usize) {
            let folder = self.run(*run);
            if Unread::of_run(&folder, tree::is_alive).is_none() {
                none_if_missing(fs::remove_dir_all(folder))?;
            }
        }
        let enforced = size_limit::enforce(&self.runs_folder(), limits.log_limit, tree::is_alive);
        // The folder is gone if the process was forgotten in the meantime.
        none_if_missing(enforced)?;
        Ok(())
    }

    /// How many bytes its logs take on disk.
    pub fn log_bytes(&self) -> io::Result<u64> {
        size_limit::size_on_disk(&self.runs_folder())
    }

    /// Deletes the folder and the socket.
    pub fn erase(&self) -> Result<(), Problem> {
        // A socket that stays is replaced when a process of this id is started.
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

/// The daemon's log, as stderr of a program of ours.
pub fn daemon_log(dirs: &DataDirs) -> Stdio {
    private_file::append(&dirs.daemon_log()).map_or_else(|_| Stdio::null(), Stdio::from)
}

/// The ids of all processes that have a folder.
pub fn ids(dirs: &DataDirs) -> io::Result<Vec<String>> {
    let Some(entries) = none_if_missing(fs::read_dir(dirs.processes()))? else {
        return Ok(Vec::new());
    };
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

fn create_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn cannot_write(folder: &Path, error: io::Error) -> Problem {
    Problem::storage(format!("Cannot write to {}", folder.display()), error)
}
