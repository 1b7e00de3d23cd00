//! A process as everyone sees it: who it is, what it runs, how its latest run stands.
//! Environment values are never here.

mod end;
mod flat;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::problem::Problem;
use crate::time::Time;

/// One process, running or not. In JSON the fields of [`Status`] stand beside the others, all
/// of them always present, `null` where they say nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Process {
    /// A short stable handle, `[a-z0-9-]{1,64}`.
    pub id: String,
    /// The name; by default `<command> in <working directory>`.
    pub label: String,
    /// The words that are executed.
    pub command: Vec<String>,
    /// Where, as an absolute path.
    pub working_directory: PathBuf,
    /// How the latest run stands.
    #[serde(flatten)]
    pub status: Status,
    /// The number of the latest run, from 1.
    pub run: u32,
    /// Whether the latest run has a terminal rather than pipes.
    pub tty: bool,
    /// Every byte of both streams of the latest run, in order of arrival.
    pub log_combined: PathBuf,
    /// The bytes of its standard output.
    pub log_stdout: PathBuf,
    /// The bytes of its standard error.
    pub log_stderr: PathBuf,
    /// Bytes of output of the latest run that found no room on the disk and are not told of in its
    /// log; absent: none.
    #[serde(default, skip_serializing_if = "crate::record::is_zero")]
    pub lost_bytes: u64,
    /// Who wanted the latest run: `cli`, `nushell`, `claude-code`. Absent where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// Who wanted it ended, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
    /// What has to be measured, when `facts` was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<Facts>>,
}

impl Process {
    /// What to call it in a sentence or a command: its label if it was given one, else its id.
    pub fn name(&self) -> &str {
        let by_default = format!(" in {}", self.working_directory.display());
        if self.label.ends_with(&by_default) { &self.id } else { &self.label }
    }

    /// The command as one would type it.
    pub fn command_line(&self) -> String {
        crate::words::join_words(&self.command)
    }
}

/// Where a process stands. Each variant owns the facts that exist only then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "flat::StatusFields", try_from = "flat::StatusFields")]
pub enum Status {
    /// The child lives.
    Running { pid: u32, start_time: Time },
    /// Someone asked it to stop, and part of its tree still lives.
    Stopping { pid: u32, start_time: Time },
    /// It ended by itself.
    Exited { pid: u32, start_time: Time, end_time: Time, exit: Exit },
    /// It ended because someone asked.
    Terminated { pid: u32, start_time: Time, end_time: Time, exit: Exit },
    /// It could not be started.
    Failed { end_time: Time, error: Problem },
    /// Its shim is gone and left no exit, as after a reboot.
    Lost { pid: Option<u32>, start_time: Time },
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It returned this code, 0 to 255.
    Code(i32),
    /// This signal ended it.
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
    /// The word for it: `running`, `stopping`, `exited`, `terminated`, `failed`, `lost`.
    pub fn word(&self) -> &'static str {
        self.kind().word()
    }

    /// The status without its facts.
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

    /// Whether a part of its tree still lives.
    pub fn is_alive(&self) -> bool {
        matches!(self, Self::Running { .. } | Self::Stopping { .. })
    }

    /// The pid of the child, living or not.
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

    /// When it ended.
    pub fn end_time(&self) -> Option<Time> {
        match self {
            Self::Exited { end_time, .. }
            | Self::Terminated { end_time, .. }
            | Self::Failed { end_time, .. } => Some(*end_time),
            Self::Running { .. } | Self::Stopping { .. } | Self::Lost { .. } => None,
        }
    }

    /// How it ended, if it did and someone saw it.
    pub fn exit(&self) -> Option<Exit> {
        match self {
            Self::Exited { exit, .. } | Self::Terminated { exit, .. } => Some(*exit),
            _ => None,
        }
    }
}

/// A status without its facts, as in filters.
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
    /// As it is written everywhere.
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

/// The size of a terminal in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Size {
    pub rows: u16,
    pub columns: u16,
}

/// `GET /v1/processes`: which ones. All absent: every process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only those in this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusKind>,
    /// Only the one with exactly this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Only those of this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// Measure [`Facts`] of each.
    #[serde(default)]
    pub facts: bool,
    /// Only the one whose current or latest run has this pid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Only those that this target names: an id, a label, a command, a part of either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// `GET /v1/processes`: running ones first, then the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProcessList {
    pub processes: Vec<Process>,
}
