//! What it takes to start a process, and the answer.
//! Which words a command line has is decided here, once, for every face.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::limits::SoftLimits;
use crate::process::{Process, Size};
use crate::seconds::Seconds;
use crate::wait::{WaitRequest, Waited};

/// `POST /v1/processes`. The answer is a [`Started`]: 201 when this request started it, 200 when it ran already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// What to run: one line, or the words.
    pub command: Command,
    /// Where; an absolute path of an existing directory.
    pub working_directory: PathBuf,
    /// The name; absent: `<command> in <working directory>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Variables for the child, over those it inherits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Whether the child inherits the environment of its last run, or else of the daemon.
    /// `false`: `environment` is all it gets.
    #[serde(default = "yes")]
    pub inherit_environment: bool,
    /// Give the child a terminal of this size; absent: pipes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<Size>,
    /// What to do when it runs already.
    #[serde(default)]
    pub if_running: IfRunning,
    /// Answer only when this has happened, or cannot any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitRequest>,
    /// Permission bits that files of the child do not get, as a number; absent: those of its last
    /// run, or else 022.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub umask: Option<u32>,
    /// Soft limits of the child by the names of `prlimit`: `as`, `core`, `cpu`, `data`, `fsize`,
    /// `memlock`, `nofile`, `nproc`, `stack`, in the kernel's units; null is no limit. Absent:
    /// those of its last run, or else of whoever started the daemon.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: SoftLimits,
    /// Seconds that `stop` waits before it kills, for this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_timeout: Option<Seconds>,
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

fn yes() -> bool {
    true
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
