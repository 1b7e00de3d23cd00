//! [`Texts`]: the status of a process in words. Every face that shows processes to people has these.

use serde::{Deserialize, Serialize};

use super::{Exit, Process, Status};
use crate::client_names;
use crate::words::shown;

/// The status of a process in words for the client that asks. To a person, the person who typed a
/// command is "you".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Texts {
    /// The label that was given, or else the id.
    pub name: String,
    /// The command as it would be typed in a shell.
    pub command: String,
    /// As in the list of processes: `running`, `exited (3)`, `stopped by claude-code`.
    pub status: String,
    /// The same in one or two words: `exited (3)`, `stopped`.
    pub short_status: String,
    /// Whether the latest run exited with an error, could not be started, or was lost.
    pub is_failure: bool,
    /// Who started the latest run, in one or two words: `claude-code`, `you`. Absent: unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starter: Option<String>,
    /// The same with the place: `by claude-code`, `by you, in a terminal`. Absent: unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// How the latest run ended, as a phrase that follows the name of the process: `exited with code
    /// 1`. Absent: it has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}

impl Process {
    /// The status in words for this client.
    pub fn texts_for(&self, reader: &str) -> Texts {
        let started_by = self.started_by.as_deref();
        Texts {
            name: shown(self.name()),
            command: shown(&self.command_line()),
            status: self.status_for(reader),
            short_status: self.short_status(),
            is_failure: self.status.is_failure(),
            starter: started_by.map(|client| {
                client_names::within_sentence(client_names::subject_for_reader(client, reader))
            }),
            started: started_by.map(|client| client_names::by_for_reader(client, reader)),
            end: (!self.status.is_alive()).then(|| self.end_phrase_for(reader)),
        }
    }

    /// The status in words for `reader`: `exited (3)`, `stopped by claude-code`.
    pub fn status_for(&self, reader: &str) -> String {
        match (&self.status, &self.stopped_by) {
            (Status::Terminated { .. }, Some(client)) => {
                let client = client_names::subject_for_reader(client, reader);
                format!("stopped by {}", client_names::within_sentence(client))
            }
            (Status::Exited { exit: exit @ Exit::Signal(_), .. }, _) => format!("killed ({exit})"),
            (Status::Failed { .. }, _) => "failed to start".to_owned(),
            _ => self.short_status(),
        }
    }

    /// The same in one or two words, for narrow screens.
    pub fn short_status(&self) -> String {
        match &self.status {
            Status::Exited { exit: Exit::Code(code), .. } => format!("exited ({code})"),
            Status::Exited { .. } => "killed".to_owned(),
            Status::Terminated { .. } => "stopped".to_owned(),
            _ => self.status_text(),
        }
    }

    /// [`Process::end_phrase`] for `reader`: `was stopped by you, in a terminal (SIGTERM)`.
    pub fn end_phrase_for(&self, reader: &str) -> String {
        match (&self.status, &self.stopped_by) {
            (Status::Terminated { exit, .. }, Some(client)) => {
                format!("was stopped {} ({exit})", client_names::by_for_reader(client, reader))
            }
            (status, _) => status.end_phrase(),
        }
    }
}

impl Status {
    /// Whether the run exited with an error, could not be started, or was lost.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Exited { exit, .. } => *exit != Exit::Code(0),
            Self::Failed { .. } | Self::Lost { .. } => true,
            Self::Running { .. } | Self::Stopping { .. } | Self::Terminated { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the client `reader` reads about a process with these fields of its own.
    #[track_caller]
    fn texts(fields: &serde_json::Value, reader: &str) -> String {
        let mut process = serde_json::json!({
            "id": "web", "label": "web", "command": ["x"], "working_directory": "/", "run": 1,
            "tty": false, "log_combined": "/l", "log_stdout": "/l", "log_stderr": "/l", "pid": 7,
            "start_time": "2026-11-22T14:00:00Z", "end_time": "2026-11-22T14:00:01Z",
        });
        let given = fields.as_object().cloned().unwrap_or_default();
        process.as_object_mut().unwrap().extend(given);
        let process: Process = serde_json::from_value(process).unwrap();
        let Texts { status, short_status, end, .. } = process.texts_for(reader);
        format!("{status}, {short_status}, {}", end.unwrap_or_default())
    }

    #[test]
    fn texts_name_who_stopped_a_process() {
        let ended = |by: Option<&str>| serde_json::json!({ "status": "terminated", "signal": 15, "stopped_by": by });
        for (fields, reader, text) in [
            (
                serde_json::json!({ "status": "exited", "exit_code": 0 }),
                "cli",
                "exited (0), exited (0), exited with code 0",
            ),
            (
                serde_json::json!({ "status": "exited", "signal": 9 }),
                "cli",
                "killed (SIGKILL), killed, was killed by SIGKILL",
            ),
            (serde_json::json!({ "status": "running" }), "cli", "running, running, "),
            (ended(None), "cli", "stopped, stopped, was stopped (SIGTERM)"),
            (
                ended(Some("cli")),
                "dashboard",
                "stopped by you, stopped, was stopped by you, in a terminal (SIGTERM)",
            ),
            (
                ended(Some("dashboard")),
                "cli",
                "stopped by you, stopped, was stopped by you, in the dashboard (SIGTERM)",
            ),
            (
                ended(Some("cli")),
                "claude-code",
                "stopped by a person, stopped, was stopped by a person, in a terminal (SIGTERM)",
            ),
            (
                ended(Some("claude-code")),
                "cli",
                "stopped by claude-code, stopped, was stopped by claude-code (SIGTERM)",
            ),
        ] {
            assert_eq!(texts(&fields, reader), text);
        }
    }
}
