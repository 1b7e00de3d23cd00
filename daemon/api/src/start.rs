//! [`StartRequest`], the request to start a process, and [`Started`], its answer. [`Command::typed`]
//! decides for every face whether a command is a line or words.

mod flat;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::handover::HandoverOffer;
use crate::inherited::Inherited;
use crate::launch::Launch;
use crate::limits;
use crate::process::Process;
use crate::raw_bytes::{RawBytes, text_of_words};
use crate::streams::Streams;
use crate::wait::{WaitRequest, Waited};

/// `POST /v1/processes`: start a process. The answer is a [`Started`], with status 201 if the
/// request started the process and 200 if it was already running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "flat::StartFields", into = "flat::StartFields")]
pub struct StartRequest {
    /// The settings of the process; its environment is added to the inherited one.
    pub launch: Launch<Command>,
    /// The label; `None`: `<command> in <working directory>`.
    pub label: Option<String>,
    /// Whether the child inherits the environment of its last run. A first run inherits that of the
    /// client, or else that of a login shell.
    pub inherit_environment: bool,
    /// The client's own environment.
    pub client_environment: Option<Environment>,
    /// What to do when the process is already running.
    pub if_running: IfRunning,
    /// Whether a restart of a running process that another client uses is an error once.
    pub unless_used: bool,
    /// The condition to wait for before the answer.
    pub wait: Option<WaitRequest>,
    /// Where the new run gets what exists only once, if this request starts one.
    pub handover: Option<HandoverOffer>,
}

impl StartRequest {
    /// A command in a directory, with the inherited environment and pipes.
    pub fn new(command: Command, working_directory: impl Into<PathBuf>) -> Self {
        Self {
            launch: Launch {
                unbuffered: true,
                service: true,
                ..Launch::new(command, working_directory)
            },
            label: None,
            inherit_environment: true,
            client_environment: None,
            if_running: IfRunning::default(),
            unless_used: false,
            wait: None,
            handover: None,
        }
    }

    /// The same request for a daemon of version 0.3, which refuses newer fields. The child gets a
    /// terminal only if it is on all of its standard streams.
    #[must_use]
    pub fn for_version_0_3(&self) -> Self {
        let mut request = self.clone();
        request.handover = None;
        request.unless_used = false;
        request.client_environment = None;
        let launch = &mut request.launch;
        launch.tty = launch.tty.filter(|_| launch.redirected.is_empty());
        launch.redirected.clear();
        launch.streams = Streams::default_for(launch.tty.is_some());
        launch.unbuffered = true;
        launch.service = true;
        launch.command_base64 = None;
        launch.working_directory_base64 = None;
        launch.inherited = Inherited::default();
        launch.assign_port = None;
        launch.environment = launch.environment.only_text();
        launch.limits.retain(|name, _| limits::is_on_every_platform(name));
        request
    }
}

/// A command: a line as typed at a prompt, or separate words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a command is a line of text or a list of words")]
pub enum Command {
    /// A line. It is split into words, or run by `sh -c` if it contains shell syntax.
    Line(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] String),
    /// The program and its arguments.
    Words(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<String>),
}

impl StartRequest {
    /// The command that was typed as these words, which may have any bytes; see [`Command::typed`].
    pub fn typed(words: &[OsString], directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        let (text, bytes) = text_of_words(words);
        let Some(bytes) = bytes else {
            return Self::new(Command::typed(text, &directory), directory);
        };
        let (text, bytes) = match (&text[..], &bytes[..]) {
            ([line], [bytes])
                if is_line(line) && !directory.join(bytes.to_os_string()).exists() =>
            {
                let shell = ["sh".into(), "-c".into(), bytes.to_os_string()];
                let (text, _) = text_of_words(&shell);
                (text, shell.iter().map(|word| RawBytes::new(word)).collect())
            }
            _ => (text, bytes),
        };
        let mut request = Self::new(Command::Words(text), directory);
        request.launch.command_base64 = Some(bytes);
        request
    }
}

impl Command {
    /// The command that was typed as these words in `directory`. A single word with spaces or shell
    /// syntax in it is a line, unless a file has that name.
    pub fn typed(words: Vec<String>, directory: &Path) -> Self {
        match <[String; 1]>::try_from(words) {
            Ok([word]) if is_line(&word) && !directory.join(&word).exists() => Self::Line(word),
            Ok([word]) => Self::Words(vec![word]),
            Err(words) => Self::Words(words),
        }
    }
}

fn is_line(word: &str) -> bool {
    word.contains(|c: char| c.is_whitespace() || "|&;<>()$`\\\"'*?[]{}#~!".contains(c))
}

/// What a start does if the process is already running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IfRunning {
    /// Answer with the running process.
    #[default]
    Return,
    /// Answer with the error `already_running`.
    Error,
    /// Stop the process and start a new run.
    Restart,
}

/// The answer to a start or restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Started {
    #[serde(flatten)]
    pub process: Process,
    /// Whether the process was running before the request, so that nothing was started.
    pub already_running: bool,
    /// The start of the run in the output: `after` it comes all output of the run.
    pub cursor: String,
    /// The environment that the run inherits. Absent: none, because the request brought all variables,
    /// or nothing was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited_environment: Option<InheritedEnvironment>,
    /// What else there is to know about the start: that the assigned port was taken, for example.
    /// Absent: nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The result of the wait, if the request has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<Box<Waited>>,
}

/// Where the environment came from that a run inherits. It has no values: they are secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InheritedEnvironment {
    pub source: EnvironmentSource,
    /// The names of the variables that choose tools and came from a person's run nearby. Absent: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// The process that these variables came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Why the login shell gave no environment. Absent: it did, or was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl InheritedEnvironment {
    /// That of a source alone.
    pub fn new(source: EnvironmentSource) -> Self {
        Self { source, variables: Vec::new(), of: None, problem: None }
    }
}

/// For agents: the source and the names, in a few words.
impl fmt::Display for InheritedEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            EnvironmentSource::LastRun => "last run",
            EnvironmentSource::Client => "yours",
            EnvironmentSource::LoginShell => "login shell",
            EnvironmentSource::Session => "HOME, PATH and the like only",
        })?;
        if let Some(process) = &self.of {
            write!(f, ", with {} of {process:?}", self.variables.join(", "))?;
        }
        match &self.problem {
            Some(problem) => write!(f, ". {problem}"),
            None => Ok(()),
        }
    }
}

/// Whose environment a run inherits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentSource {
    /// That of the last run of the same process.
    LastRun,
    /// That of the client.
    Client,
    /// That of the user's login shell, in the directory of the process.
    LoginShell,
    /// The variables of the user's session only, since the login shell did not answer.
    Session,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a start request in version 0.3.
    const FIELDS_0_3: [&str; 11] = [
        "command",
        "working_directory",
        "label",
        "environment",
        "inherit_environment",
        "tty",
        "if_running",
        "wait",
        "umask",
        "limits",
        "stop_timeout",
    ];

    #[test]
    fn a_request_for_version_0_3_has_no_newer_fields() {
        let mut request = StartRequest::new(Command::Line("x".into()), "/");
        request.launch.tty = Some(crate::process::Size { rows: 24, columns: 80 });
        request.launch.redirected = vec![crate::streams::StandardStream::Stderr];
        request.launch.unbuffered = false;
        request.launch.assign_port = Some(true);
        request.handover = Some(crate::handover::HandoverOffer {
            socket: "/s".into(),
            nonce: "n".into(),
            descriptors: Vec::new(),
            working_directory: true,
            private: true,
            job: None,
            lease: true,
        });
        let sent = serde_json::to_value(request.for_version_0_3()).unwrap();
        let fields: Vec<&String> = sent.as_object().unwrap().keys().collect();
        assert!(fields.iter().all(|field| FIELDS_0_3.contains(&field.as_str())), "{fields:?}");
        assert!(sent["tty"].is_null());
    }

    #[test]
    fn only_a_single_word_can_be_a_line() {
        let words =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let typed = |list: &[&str]| Command::typed(words(list), Path::new("/"));
        for line in ["npm run dev", "FOO=$BAR", "a|b", "a&&b", "sleep 1"] {
            assert_eq!(typed(&[line]), Command::Line(line.to_owned()));
        }
        for list in [&["npm", "run", "dev"][..], &["cat"], &["sh", "-c", "a && b"], &["./a-b=c"]] {
            assert_eq!(typed(list), Command::Words(words(list)));
        }
    }
}
