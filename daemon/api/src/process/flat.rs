//! [`StatusFields`]: a [`Status`] in JSON. Every status has the same keys, beside those of the
//! [`Process`].

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Exit, LetGo, Process, Status, StatusKind, StdinSource, Texts};
use crate::facts::Facts;
use crate::problem::Problem;
use crate::raw_bytes::RawBytes;
use crate::streams::Streams;
use crate::time::Time;

/// A process in JSON. `serde(flatten)` would buffer all fields before it reads the status, which is
/// measurably slow for lists of hundreds.
#[derive(Deserialize)]
struct ProcessFields {
    id: String,
    label: String,
    command: Vec<String>,
    command_base64: Option<Vec<RawBytes>>,
    working_directory: PathBuf,
    working_directory_base64: Option<RawBytes>,
    status: StatusKind,
    pid: Option<u32>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    error: Option<Problem>,
    run: u32,
    tty: bool,
    #[serde(default)]
    streams: Streams,
    #[serde(default)]
    stdin: StdinSource,
    #[serde(default)]
    private: bool,
    log_combined: PathBuf,
    log_stdout: PathBuf,
    log_stderr: PathBuf,
    #[serde(default)]
    lost_bytes: u64,
    started_by: Option<String>,
    started_by_session: Option<String>,
    stopped_by: Option<String>,
    #[serde(default)]
    let_go: Vec<LetGo>,
    #[serde(default)]
    ended_with: Vec<LetGo>,
    leader_exit: Option<i32>,
    assigned_port: Option<u16>,
    #[serde(default = "super::answers")]
    answering: bool,
    facts: Option<Box<Facts>>,
    texts: Option<Box<Texts>>,
}

impl<'de> Deserialize<'de> for Process {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let fields = ProcessFields::deserialize(from)?;
        let ProcessFields { status, pid, start_time, end_time, exit_code, signal, error, .. } =
            fields;
        let status = StatusFields { status, pid, start_time, end_time, exit_code, signal, error };
        Ok(Self {
            id: fields.id,
            label: fields.label,
            command: fields.command,
            command_base64: fields.command_base64,
            working_directory: fields.working_directory,
            working_directory_base64: fields.working_directory_base64,
            status: status.try_into().map_err(de::Error::custom)?,
            run: fields.run,
            tty: fields.tty,
            streams: fields.streams,
            stdin: fields.stdin,
            private: fields.private,
            log_combined: fields.log_combined,
            log_stdout: fields.log_stdout,
            log_stderr: fields.log_stderr,
            lost_bytes: fields.lost_bytes,
            started_by: fields.started_by,
            started_by_session: fields.started_by_session,
            stopped_by: fields.stopped_by,
            let_go: fields.let_go,
            ended_with: fields.ended_with,
            leader_exit: fields.leader_exit,
            assigned_port: fields.assigned_port,
            answering: fields.answering,
            facts: fields.facts,
            texts: fields.texts,
        })
    }
}

/// A status in JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct StatusFields {
    status: StatusKind,
    pid: Option<u32>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    error: Option<Problem>,
}

impl From<Status> for StatusFields {
    fn from(status: Status) -> Self {
        let (exit_code, signal) = match status.exit() {
            Some(Exit::Code(code)) => (Some(code), None),
            Some(Exit::Signal(signal)) => (None, Some(signal)),
            None => (None, None),
        };
        Self {
            status: status.kind(),
            pid: status.pid(),
            start_time: status.start_time(),
            end_time: status.end_time(),
            exit_code,
            signal,
            error: if let Status::Failed { error, .. } = status { Some(error) } else { None },
        }
    }
}

impl TryFrom<StatusFields> for Status {
    type Error = String;

    fn try_from(fields: StatusFields) -> Result<Self, String> {
        Ok(match fields.status {
            StatusKind::Running => {
                Self::Running { pid: fields.pid()?, start_time: fields.start_time()? }
            }
            StatusKind::Stopping => {
                Self::Stopping { pid: fields.pid()?, start_time: fields.start_time()? }
            }
            StatusKind::Exited => Self::Exited {
                pid: fields.pid()?,
                start_time: fields.start_time()?,
                end_time: fields.end_time()?,
                exit: fields.exit()?,
            },
            StatusKind::Terminated => Self::Terminated {
                pid: fields.pid()?,
                start_time: fields.start_time()?,
                end_time: fields.end_time()?,
                exit: fields.exit()?,
            },
            StatusKind::Failed => {
                let end_time = fields.end_time()?;
                let missing = fields.missing("error");
                Self::Failed { end_time, error: fields.error.ok_or(missing)? }
            }
            StatusKind::Lost => Self::Lost { pid: fields.pid, start_time: fields.start_time()? },
        })
    }
}

impl StatusFields {
    fn pid(&self) -> Result<u32, String> {
        self.pid.ok_or_else(|| self.missing("pid"))
    }

    fn start_time(&self) -> Result<Time, String> {
        self.start_time.ok_or_else(|| self.missing("start_time"))
    }

    fn end_time(&self) -> Result<Time, String> {
        self.end_time.ok_or_else(|| self.missing("end_time"))
    }

    fn exit(&self) -> Result<Exit, String> {
        match (self.exit_code, self.signal) {
            (Some(code), _) => Ok(Exit::Code(code)),
            (None, Some(signal)) => Ok(Exit::Signal(signal)),
            (None, None) => Err(self.missing("exit_code or signal")),
        }
    }

    fn missing(&self, field: &str) -> String {
        format!("status {} without {field}", self.status.word())
    }
}
