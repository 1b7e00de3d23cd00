//! [`ProcessRecord`] and [`RunRecord`]: the files `process.json` and `run.json`. The daemon and the
//! shims write them atomically, the next daemon reads them. Files of older builds must still load.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::handover::Job;
use crate::launch::Launch;
use crate::private_file;
use crate::problem::Problem;
use crate::process::{Exit, LetGo, StdinSource};
use crate::streams::Streams;
use crate::time::Time;

/// The format version of both files.
pub const FORMAT: u32 = 1;

/// `process.json`: a process and how it is started. Mode 0600, since the environment holds secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRecord {
    pub format: u32,
    pub id: String,
    pub label: String,
    #[serde(flatten)]
    pub launch: Launch,
    /// The client that brought the environment. Absent: no client did, or an older build wrote this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_of: Option<String>,
    /// The log limit of the process in bytes on disk.
    pub log_limit: u64,
    pub created: Time,
    /// Whether the label was the default one and was replaced. A start of the same command without a
    /// label finds the process nevertheless.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relabelled: bool,
    /// The port that the daemon has assigned, if [`Launch::assign_port`] says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_port: Option<AssignedPort>,
}

/// A port that the daemon has assigned to a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedPort {
    pub port: u16,
    /// What the latest run gets appended to its command, because its framework ignores `PORT`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

impl ProcessRecord {
    /// The record of a new process.
    pub fn new(id: String, label: String, launch: Launch, log_limit: u64) -> Self {
        let created = Time::now();
        Self {
            format: FORMAT,
            id,
            label,
            launch,
            environment_of: None,
            log_limit,
            created,
            relabelled: false,
            assigned_port: None,
        }
    }

    /// The words to execute: those of the command, and the arguments for the assigned port. A line
    /// for a shell gets them at its end.
    pub fn executed_words(&self) -> Vec<OsString> {
        let mut words = self.launch.words();
        let arguments = self.assigned_port.iter().flat_map(|assigned| &assigned.arguments);
        let is_line = is_shell_line(&self.launch.command);
        for argument in arguments {
            match words.last_mut() {
                Some(line) if is_line => {
                    line.push(" ");
                    line.push(argument);
                }
                _ => words.push(argument.into()),
            }
        }
        words
    }
}

/// Whether a command is a line that a shell runs: `sh -c LINE`.
pub fn is_shell_line(command: &[String]) -> bool {
    matches!(command, [shell, flag, _] if shell == "sh" && flag == "-c")
}

/// `run.json`: one run of a process. The shim writes it. The daemon writes it if the shim could not
/// be started, could not write it, or died without recording the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    pub format: u32,
    pub run: u32,
    /// Whether the child has a terminal instead of pipes.
    pub tty: bool,
    /// Whether stdout and stderr are one stream. Records of older builds don't say: they are two.
    #[serde(default, skip_serializing_if = "Streams::is_split")]
    pub streams: Streams,
    /// What the standard input of the child is.
    #[serde(default, skip_serializing_if = "StdinSource::is_own")]
    pub stdin: StdinSource,
    /// Whether no other start joins the run: it has an input or descriptors of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// The job of the client that requested the run, by
    /// [`HandoverOffer::job`](crate::handover::HandoverOffer::job).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Job>,
    /// Bytes of output that could not be stored. In records of 0.3.0 and before: without those that a
    /// line in the log mentions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost_bytes: u64,
    /// Output of unknown length is missing at the end: the shim was killed while no daemon held the
    /// streams of the child.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub output_cut: bool,
    /// The client that requested the run, by the name it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// The session of that client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by_session: Option<String>,
    /// Whether a restart ended the run before and began this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_restart: bool,
    /// The client that requested the end first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
    /// Descendants in sessions of their own that outlived the child and were not ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub let_go: Vec<LetGo>,
    /// Descendants that were ended because the child had exited by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_with: Vec<LetGo>,
    /// Whether the run is its tree, by [`Launch::service`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub service: bool,
    /// How the child of a service exited, while the run goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader_exit: Option<Exit>,
    /// The shim, once it is running.
    #[serde(default)]
    pub shim: Option<Identity>,
    /// The id of the session that the child was started in. Records of older builds have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<u32>,
    #[serde(flatten)]
    pub state: RunState,
}

impl RunRecord {
    /// The record of a run that has no shim yet and was requested by an unknown client.
    pub fn new<C>(run: u32, launch: &Launch<C>, state: RunState) -> Self {
        Self {
            format: FORMAT,
            run,
            tty: launch.tty.is_some(),
            streams: launch.streams,
            stdin: StdinSource::Own,
            private: false,
            job: None,
            lost_bytes: 0,
            output_cut: false,
            started_by: None,
            started_by_session: None,
            by_restart: false,
            stopped_by: None,
            let_go: Vec::new(),
            ended_with: Vec::new(),
            service: launch.service,
            leader_exit: None,
            shim: None,
            session: None,
            state,
        }
    }
}

pub(crate) fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

/// A PID with the start time of its process, so that a reused PID is not mistaken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: u32,
    /// The start time in the unit of the kernel; 0 if unknown.
    pub started: u64,
}

/// The state of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// The shim is being started.
    Starting { time: Time },
    /// The child is running.
    Running { child: Identity, start_time: Time },
    /// The child and its process tree have ended.
    Ended {
        child: Identity,
        start_time: Time,
        end_time: Time,
        exit: Exit,
        /// Whether the end was requested.
        #[serde(rename = "asked")]
        stop_requested: bool,
    },
    /// The child could not be started.
    Failed { time: Time, error: Problem },
    /// The shim is gone and recorded no exit.
    Lost { child: Option<Identity>, start_time: Time },
}

/// The file name of a [`RunRecord`], in the folder of the run.
pub const RUN_FILE: &str = "run.json";
/// The file name of the [`Exit`] of a child whose shim was killed, in the folder of the run. The
/// process that reaps the child writes it first, since an exit status can be read only once.
pub const EXIT_FILE: &str = "exit.json";
/// The file name of a [`ProcessRecord`], in the folder of the process.
pub const PROCESS_FILE: &str = "process.json";

/// The largest record that is read, in bytes. A record holds an environment and a command, and a start
/// request has at most a megabyte of both.
const MAX_RECORD_BYTES: u64 = 16 << 20;

/// Reads a JSON file: a regular file of this user, of bounded size.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_slice(&private_file::read(path, MAX_RECORD_BYTES)?)?)
}

/// Writes a JSON file atomically, with mode 0600.
pub fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write_bytes(path, &bytes)
}

/// Writes a file atomically, with mode 0600: readers see the old or the new content, never a part.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        // A symlink of this name could lead to a file of another user.
        .custom_flags(private_file::SAFE_FLAGS)
        .open(&temporary)?;
    let written = file.write_all(bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The file itself is unchanged; without space the partial one may be left behind.
        fs::remove_file(&temporary).ok();
    }
    written
}
