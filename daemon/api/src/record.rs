//! What lies on disk: `process.json`, one per process, and `run.json`, one per run.
//! Written atomically by whoever knows, read by the next daemon. Old files must keep loading.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::launch::Launch;
use crate::problem::Problem;
use crate::process::Exit;
use crate::time::Time;

/// The format of both files.
pub const FORMAT: u32 = 1;

/// `process.json`: what to run. 0600, as the environment holds secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRecord {
    pub format: u32,
    pub id: String,
    pub label: String,
    #[serde(flatten)]
    pub launch: Launch,
    /// The log limit of the process in bytes on disk.
    pub log_limit: u64,
    pub created: Time,
}

impl ProcessRecord {
    /// The record of a new process.
    pub fn new(id: String, label: String, launch: Launch, log_limit: u64) -> Self {
        Self { format: FORMAT, id, label, launch, log_limit, created: Time::now() }
    }
}

/// `run.json`: one execution. Written by the daemon before the shim starts, by the shim from
/// then on, and by a daemon again when it finds that a shim left no end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    pub format: u32,
    pub run: u32,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Bytes of output that found no room on the disk and are not told of in the log.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost_bytes: u64,
    /// Who wanted it, as they call themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// Who asked for its end first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
    /// The shim, once it runs.
    #[serde(default)]
    pub shim: Option<Identity>,
    #[serde(flatten)]
    pub state: RunState,
}

impl RunRecord {
    /// The record of a run without a shim, on behalf of nobody in particular.
    pub fn new(run: u32, tty: bool, state: RunState) -> Self {
        Self {
            format: FORMAT,
            run,
            tty,
            lost_bytes: 0,
            started_by: None,
            stopped_by: None,
            shim: None,
            state,
        }
    }
}

pub(crate) fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

/// A pid that cannot be mistaken for a later process of the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: u32,
    /// The kernel's start time of it, in the kernel's own unit; 0 where it tells none.
    pub started: u64,
}

/// How far a run has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// The shim was asked for.
    Starting { time: Time },
    /// The child was started.
    Running { child: Identity, start_time: Time },
    /// The child has ended and its whole tree is gone.
    Ended {
        child: Identity,
        start_time: Time,
        end_time: Time,
        exit: Exit,
        /// Someone asked it to end.
        asked: bool,
    },
    /// There never was a child.
    Failed { time: Time, error: Problem },
    /// The shim is gone and left no end.
    Lost { child: Option<Identity>, start_time: Time },
}

/// The run folder's record.
pub const RUN_FILE: &str = "run.json";
/// How the child of a run ended whose shim was killed, in its folder: whoever collects it can do so
/// once, and may be killed before anybody else knows.
pub const EXIT_FILE: &str = "exit.json";
/// The process folder's record.
pub const PROCESS_FILE: &str = "process.json";

/// Reads a JSON file.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Writes a JSON file so that a reader sees the old one or the new one, never a part; 0600.
pub fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write_bytes(path, &bytes)
}

/// Writes a file whole or not at all, 0600.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        // A link that waits there under this name leads to somebody else's file.
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32)
        .open(&temporary)?;
    let written = file.write_all(bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The old file stands; only the half-written new one goes.
        fs::remove_file(&temporary).ok();
    }
    written
}
