//! [`Process`]: a process as every face shows it, with the status of its latest run. It has no
//! environment: values are secrets.

mod end;
mod flat;
mod status_list;
mod texts;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use end::{ended_with_sentence, let_go_sentence};
pub use status_list::StatusList;
pub use texts::Texts;

use crate::facts::Facts;
use crate::ports::Stray;
use crate::problem::Problem;
use crate::raw_bytes::RawBytes;
use crate::streams::Streams;
use crate::time::Time;

/// A process, running or not. In JSON it has all fields of every [`Status`], `null` where they do
/// not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Process {
    /// A short, stable handle: `[a-z0-9-]{1,64}`.
    pub id: String,
    /// The name; by default `<command> in <working directory>`.
    pub label: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The same in base64, if a word is not UTF-8. Absent: all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_base64: Option<Vec<RawBytes>>,
    /// The absolute path of its working directory.
    pub working_directory: PathBuf,
    /// The same in base64, if it is not UTF-8. Absent: it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory_base64: Option<RawBytes>,
    /// The status of the latest run.
    #[serde(flatten)]
    pub status: Status,
    /// The number of the latest run, from 1.
    pub run: u32,
    /// Whether the latest run has a terminal instead of pipes.
    pub tty: bool,
    /// Whether standard output and standard error of the latest run are one stream. Absent: they are
    /// split.
    #[serde(default, skip_serializing_if = "Streams::is_split")]
    pub streams: Streams,
    /// What the standard input of the latest run is. Absent: `own`.
    #[serde(default, skip_serializing_if = "StdinSource::is_own")]
    pub stdin: StdinSource,
    /// Whether the latest run is private: it has an input or descriptors of the command that started
    /// it, so that no other start joins it. Absent: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// The log file of the latest run: all bytes of both streams, in order of arrival.
    pub log_combined: PathBuf,
    /// The log file of its standard output.
    pub log_stdout: PathBuf,
    /// The log file of its standard error.
    pub log_stderr: PathBuf,
    /// Bytes of output of the latest run that could not be stored. Absent: none.
    #[serde(default, skip_serializing_if = "crate::record::is_zero")]
    pub lost_bytes: u64,
    /// The client that requested the latest run: `cli`, `nushell`, `claude-code`. Absent: unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// The session of that client, as a short text of its own: another window of the same agent has
    /// another. Absent: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by_session: Option<String>,
    /// The client that requested its end. Absent: unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
    /// Descendants in sessions of their own that outlived the child of the latest run and were not
    /// ended, such as background services that it started. Absent: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub let_go: Vec<LetGo>,
    /// Descendants of the latest run that were ended because its program had exited. Absent: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_with: Vec<LetGo>,
    /// The exit code of the program of the latest run, which goes on with what the program started.
    /// Absent: the program runs, or the run has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader_exit: Option<i32>,
    /// The port that was assigned to the process, which it has as `PORT`. Absent: none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_port: Option<u16>,
    /// Whether the shim of the latest run answers the daemon. While it does not, the process can run and
    /// be stopped; nothing else is possible. Absent: it does, or the run has ended.
    #[serde(default = "answers", skip_serializing_if = "is_answering")]
    pub answering: bool,
    /// Measurements, if the query asked for `facts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<Facts>>,
    /// The status in words, if the query asked for `texts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<Box<Texts>>,
}

fn answers() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_answering(answering: &bool) -> bool {
    *answering
}

impl Process {
    /// The name for sentences and commands: the label, or the id if the label is the default one.
    pub fn name(&self) -> &str {
        if self.has_own_label() { &self.label } else { &self.id }
    }

    /// Whether the label was given, and not made of the command and the directory.
    pub fn has_own_label(&self) -> bool {
        let by_default = format!(" in {}", self.working_directory.display());
        !self.label.ends_with(&by_default)
    }

    /// The status for tables and sentences: `running (not answering)`.
    pub fn status_text(&self) -> String {
        let word = self.status.word();
        if self.answering { word.to_owned() } else { format!("{word} (not answering)") }
    }

    /// The command as it would be typed in a shell.
    pub fn command_line(&self) -> String {
        crate::words::join_words(&self.command)
    }
}

/// The status of a run, with the data that exists only in that status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "flat::StatusFields", try_from = "flat::StatusFields")]
pub enum Status {
    /// The child is running.
    Running { pid: u32, start_time: Time },
    /// A stop was requested, and a part of the process tree is still running.
    Stopping { pid: u32, start_time: Time },
    /// The child ended by itself.
    Exited { pid: u32, start_time: Time, end_time: Time, exit: Exit },
    /// The child ended on request.
    Terminated { pid: u32, start_time: Time, end_time: Time, exit: Exit },
    /// The child could not be started.
    Failed { end_time: Time, error: Problem },
    /// The shim is gone and recorded no exit, for example after a reboot.
    Lost { pid: Option<u32>, start_time: Time },
}

/// The exit status of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It exited with this code, 0 to 255.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
}

impl Exit {
    /// The code a shell would report: the code itself, or 128 + the signal.
    pub fn shell_code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

impl Status {
    /// The name of the status: `running`, `stopping`, `exited`, `terminated`, `failed`, `lost`.
    pub fn word(&self) -> &'static str {
        self.kind().word()
    }

    /// The status without its data.
    pub fn kind(&self) -> StatusKind {
        match self {
            Self::Running { .. } => StatusKind::Running,
            Self::Stopping { .. } => StatusKind::Stopping,
            Self::Exited { .. } => StatusKind::Exited,
            Self::Terminated { .. } => StatusKind::Terminated,
            Self::Failed { .. } => StatusKind::Failed,
            Self::Lost { .. } => StatusKind::Lost,
        }
    }

    /// Whether a part of the process tree is still running.
    pub fn is_alive(&self) -> bool {
        matches!(self, Self::Running { .. } | Self::Stopping { .. })
    }

    /// The PID of the child, running or not.
    pub fn pid(&self) -> Option<u32> {
        match self {
            Self::Running { pid, .. }
            | Self::Stopping { pid, .. }
            | Self::Exited { pid, .. }
            | Self::Terminated { pid, .. } => Some(*pid),
            Self::Lost { pid, .. } => *pid,
            Self::Failed { .. } => None,
        }
    }

    /// When the child started.
    pub fn start_time(&self) -> Option<Time> {
        match self {
            Self::Running { start_time, .. }
            | Self::Stopping { start_time, .. }
            | Self::Exited { start_time, .. }
            | Self::Terminated { start_time, .. }
            | Self::Lost { start_time, .. } => Some(*start_time),
            Self::Failed { .. } => None,
        }
    }

    /// When the run ended.
    pub fn end_time(&self) -> Option<Time> {
        match self {
            Self::Exited { end_time, .. }
            | Self::Terminated { end_time, .. }
            | Self::Failed { end_time, .. } => Some(*end_time),
            Self::Running { .. } | Self::Stopping { .. } | Self::Lost { .. } => None,
        }
    }

    /// The exit status, if the run has ended and it is known.
    pub fn exit(&self) -> Option<Exit> {
        match self {
            Self::Exited { exit, .. } | Self::Terminated { exit, .. } => Some(*exit),
            _ => None,
        }
    }
}

/// A status without its data, as in filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatusKind {
    Running,
    Stopping,
    Exited,
    Terminated,
    Failed,
    Lost,
}

impl StatusKind {
    /// Every status, in the order in which faces list them.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Stopping, Self::Exited, Self::Terminated, Self::Failed, Self::Lost];

    /// The name of the status, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Exited => "exited",
            Self::Terminated => "terminated",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }
}

/// What the standard input of a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StdinSource {
    /// A pipe or terminal of its own, for the input that clients send.
    #[default]
    Own,
    /// A file, pipe or socket that the client handed over which started the run.
    Handed,
    /// `/dev/null`: an input that was handed over to an earlier run exists only once.
    DevNull,
}

impl StdinSource {
    /// Whether clients can send input.
    pub fn is_own(&self) -> bool {
        *self == Self::Own
    }
}

/// A process that outlived the run that started it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LetGo {
    pub pid: u32,
    /// The name of its program.
    pub name: String,
}

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Size {
    pub rows: u16,
    pub columns: u16,
}

/// `GET /v1/processes`: the filters. Without any, all processes are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only processes with one of these statuses, separated by commas: `running`, `stopping`, `exited`,
    /// `terminated`, `failed`, `lost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusList>,
    /// Only the process with exactly this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Only processes in this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// Add the [`Facts`] of each process.
    #[serde(default)]
    pub facts: bool,
    /// Only the process whose latest run has this PID. 0 is the daemon itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Only the processes that match this target: an id, a label, a command, or a part of a label or
    /// command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Also list servers of this user in project directories that persistproc did not start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strays: bool,
    /// Add the status of each process in words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub texts: bool,
}

/// `GET …/runs`: the runs of a process whose output is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunsQuery {
    /// The directory in which a command is looked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// Add the status of each run in words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub texts: bool,
}

/// The answer to `GET …/runs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "RunList"))]
pub struct RunList<P = Process> {
    /// The process as it was in each run, newest first. `P` is a `Process`, or shares one.
    pub runs: Vec<P>,
}

/// The answer to `GET /v1/processes`: running processes first, then the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ProcessList"))]
pub struct ProcessList<P = Process> {
    /// `P` is a `Process`, or shares one.
    pub processes: Vec<P>,
    /// Servers that persistproc did not start, if the query asked for `strays`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strays: Option<Vec<Stray>>,
    /// Whether the daemon stops all processes in order to exit. It starts no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shutting_down: bool,
}
