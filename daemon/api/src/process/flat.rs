//! A status as it stands in JSON: the same keys for all of them, beside those of its process.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Exit, Process, Status, StatusKind};
use crate::facts::Facts;
use crate::problem::Problem;
use crate::time::Time;

/// A process as it is read. To flatten a status out of the other fields every one of them would
/// have to be kept aside first, and that is felt in a list of hundreds.
#[derive(Deserialize)]
struct ProcessFields {
    id: String,
    label: String,
    command: Vec<String>,
    working_directory: PathBuf,
    status: StatusKind,
    pid: Option<u32>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    error: Option<Problem>,
    run: u32,
    tty: bool,
    log_combined: PathBuf,
    log_stdout: PathBuf,
    log_stderr: PathBuf,
    #[serde(default)]
    lost_bytes: u64,
    started_by: Option<String>,
    stopped_by: Option<String>,
    facts: Option<Box<Facts>>,
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
            working_directory: fields.working_directory,
            status: status.try_into().map_err(de::Error::custom)?,
            run: fields.run,
            tty: fields.tty,
            log_combined: fields.log_combined,
            log_stdout: fields.log_stdout,
            log_stderr: fields.log_stderr,
            lost_bytes: fields.lost_bytes,
            started_by: fields.started_by,
            stopped_by: fields.stopped_by,
            facts: fields.facts,
        })
    }
}

/// The flat shape of [`Status`] in JSON: always the same keys.
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
        let need = |what: &str| format!("status {} without {what}", fields.status.word());
        let pid = || fields.pid.ok_or_else(|| need("pid"));
        let start_time = || fields.start_time.ok_or_else(|| need("start_time"));
        let end_time = || fields.end_time.ok_or_else(|| need("end_time"));
        let exit = || match (fields.exit_code, fields.signal) {
            (Some(code), _) => Ok(Exit::Code(code)),
            (None, Some(signal)) => Ok(Exit::Signal(signal)),
            (None, None) => Err(need("exit_code or signal")),
        };
        Ok(match fields.status {
            StatusKind::Running => Self::Running { pid: pid()?, start_time: start_time()? },
            StatusKind::Stopping => Self::Stopping { pid: pid()?, start_time: start_time()? },
            StatusKind::Exited => Self::Exited {
                pid: pid()?,
                start_time: start_time()?,
                end_time: end_time()?,
                exit: exit()?,
            },
            StatusKind::Terminated => Self::Terminated {
                pid: pid()?,
                start_time: start_time()?,
                end_time: end_time()?,
                exit: exit()?,
            },
            StatusKind::Failed => Self::Failed {
                end_time: end_time()?,
                error: fields.error.clone().ok_or_else(|| need("error"))?,
            },
            StatusKind::Lost => Self::Lost { pid: fields.pid, start_time: start_time()? },
        })
    }
}
