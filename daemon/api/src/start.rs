//! [`StartRequest`], the request to start a process, and [`Started`], its answer. [`Command::typed`]
//! decides for every face whether a command is a line or words.

mod flat;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::launch::Launch;
use crate::process::Process;
use crate::wait::{WaitRequest, Waited};

/// `POST /v1/processes`: a [`Launch`], and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "flat::StartFields", into = "flat::StartFields")]
pub struct StartRequest {
    /// The settings of the process; its environment is added to the inherited one.
    pub launch: Launch<Command>,
    /// The label; `None`: `<command> in <working directory>`.
    pub label: Option<String>,
    /// Whether the child inherits the environment of its last run, or else of the daemon.
    pub inherit_environment: bool,
    /// What to do when the process is already running.
    pub if_running: IfRunning,
    /// Answer only when this has happened, or cannot happen any more.
    pub wait: Option<WaitRequest>,
}

impl StartRequest {
    /// A command in a directory, with the inherited environment and pipes.
    pub fn new(command: Command, working_directory: impl Into<PathBuf>) -> Self {
        Self {
            launch: Launch::new(command, working_directory),
            label: None,
            inherit_environment: true,
            if_running: IfRunning::default(),
            wait: None,
        }
    }
}

/// A command: a line as typed at a prompt, or words that are taken as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a command is a line of text or a list of words")]
pub enum Command {
    /// Split into words; with shell syntax in it, run through `sh -c`.
    Line(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] String),
    /// The words are the words.
    Words(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<String>),
}

impl Command {
    /// What someone typed who is in `directory`: one word with spaces or shell syntax in it was
    /// meant as a line, unless it is the name of a file; several words are the words.
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

/// What `start` does when the process runs already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IfRunning {
    /// Answer with the running one.
    #[default]
    Return,
    /// Answer with the error `already_running`.
    Error,
    /// Stop it and start it anew.
    Restart,
}

/// The answer to start and restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Started {
    #[serde(flatten)]
    pub process: Process,
    /// It ran before this request; nothing was started.
    pub already_running: bool,
    /// The place in the output where this run begins: read `after` it to get all of it.
    pub cursor: String,
    /// What came of the wait that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<Box<Waited>>,
}

#[cfg(test)]
mod tests {
    use super::*;

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
