//! [`Launch`]: how a process is started, as far as it can be written down and replayed.
//!
//! A start request carries a [`Launch`], the supervisor checks it, the record of the process keeps
//! it, and each run replays it: after a restart, a crash or a reboot. What exists only once and
//! cannot be replayed, such as open descriptors and the attributes of a terminal, is not a launch
//! but a handover: it goes to one run and is never recorded.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::SoftLimits;
use crate::process::Size;
use crate::seconds::Seconds;
use crate::streams::{StandardStream, Streams};

/// The recorded settings of a process. `C` is the command: words, or what a request says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch<C = Vec<String>> {
    pub command: C,
    pub working_directory: PathBuf,
    /// In a record: all variables of the child. In a request: those that are added to the
    /// inherited ones.
    pub environment: BTreeMap<String, String>,
    /// The size of the child's terminal; `None`: pipes.
    #[serde(default)]
    pub tty: Option<Size>,
    /// Whether stdout and stderr are one stream.
    #[serde(default, skip_serializing_if = "Streams::is_split")]
    pub streams: Streams,
    /// The standard streams that are pipes although the child has a terminal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirected: Vec<StandardStream>,
    /// Whether the child gets variables that turn off output buffering, where its environment has
    /// none. Only a child without a terminal needs them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unbuffered: bool,
    /// The time between SIGTERM and SIGKILL.
    #[serde(default)]
    pub stop_timeout: Option<Seconds>,
    /// Permission bits that are cleared in the files that the child creates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub umask: Option<u32>,
    /// Soft limits of the child; the others are those of the shim.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: SoftLimits,
}

impl<C> Launch<C> {
    /// A command in a directory, with pipes and no further settings.
    pub fn new(command: C, working_directory: impl Into<PathBuf>) -> Self {
        Self {
            command,
            working_directory: working_directory.into(),
            environment: BTreeMap::new(),
            tty: None,
            streams: Streams::default(),
            redirected: Vec::new(),
            unbuffered: false,
            stop_timeout: None,
            umask: None,
            limits: SoftLimits::new(),
        }
    }

    /// The same settings for another command.
    pub fn with_command<D>(self, command: D) -> Launch<D> {
        Launch {
            command,
            working_directory: self.working_directory,
            environment: self.environment,
            tty: self.tty,
            streams: self.streams,
            redirected: self.redirected,
            unbuffered: self.unbuffered,
            stop_timeout: self.stop_timeout,
            umask: self.umask,
            limits: self.limits,
        }
    }

    /// Removes what contradicts the rest: nothing is redirected without a terminal, and a stream on
    /// the terminal cannot be merged with one that is redirected.
    pub fn settle_streams(&mut self) {
        if self.tty.is_none() {
            self.redirected.clear();
        }
        let is_redirected = |stream| self.redirected.contains(&stream);
        if is_redirected(StandardStream::Stdout) != is_redirected(StandardStream::Stderr) {
            self.streams = Streams::Split;
        }
    }

    /// Takes over the settings of a new start. The umask, the limits and the stop timeout stay
    /// where the new start leaves them out; variables are added.
    pub fn update(&mut self, new: Self) {
        self.command = new.command;
        self.working_directory = new.working_directory;
        self.environment.extend(new.environment);
        self.tty = new.tty;
        self.streams = new.streams;
        self.redirected = new.redirected;
        self.unbuffered = new.unbuffered;
        self.stop_timeout = new.stop_timeout.or(self.stop_timeout);
        self.umask = new.umask.or(self.umask);
        if !new.limits.is_empty() {
            self.limits = new.limits;
        }
    }
}

/// The variables of a JSON object. Numbers and booleans become their JSON text; the error is the
/// first variable whose value is none of these.
pub fn variables_from_json(
    object: BTreeMap<String, Value>,
) -> Result<BTreeMap<String, String>, (String, Value)> {
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => Err((name, value)),
    };
    object.into_iter().map(text).collect()
}

/// Shows the names of the variables only: values are secrets, and this text ends up in logs.
impl<C: fmt::Debug> fmt::Debug for Launch<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("command", &self.command)
            .field("working_directory", &self.working_directory)
            .field("environment", &self.environment.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_start_keeps_the_settings_that_it_leaves_out() {
        let mut launch = Launch {
            umask: Some(0o077),
            tty: Some(Size { rows: 24, columns: 80 }),
            environment: BTreeMap::from([("A".into(), "1".into())]),
            ..Launch::new("old", "/old")
        };
        let environment = BTreeMap::from([("B".into(), "2".into())]);
        launch.update(Launch { environment, ..Launch::new("new", "/new") });
        assert_eq!((launch.command, launch.umask, launch.tty), ("new", Some(0o077), None));
        assert_eq!(launch.working_directory, PathBuf::from("/new"));
        assert_eq!(launch.environment.len(), 2);
    }

    #[test]
    fn a_terminal_is_not_merged_with_a_redirected_stream() {
        let settled = |tty: Option<Size>, redirected: &[StandardStream]| {
            let redirected = redirected.to_vec();
            let streams = Streams::Merged;
            let mut launch = Launch { tty, streams, redirected, ..Launch::new("x", "/") };
            launch.settle_streams();
            (launch.streams, launch.redirected.len())
        };
        let tty = Some(Size { rows: 24, columns: 80 });
        assert_eq!(settled(tty, &[StandardStream::Stdin]), (Streams::Merged, 1));
        assert_eq!(settled(tty, &[StandardStream::Stderr]), (Streams::Split, 1));
        let both = [StandardStream::Stdout, StandardStream::Stderr];
        assert_eq!(settled(tty, &both), (Streams::Merged, 2));
        assert_eq!(settled(None, &both[1..]), (Streams::Merged, 0));
    }

    #[test]
    fn variables_are_text_numbers_and_booleans() {
        let object = |json| serde_json::from_str(json).unwrap();
        let variables = variables_from_json(object(r#"{"A": "x y", "N": 3, "B": true}"#)).unwrap();
        assert_eq!(variables.into_values().collect::<Vec<_>>(), ["x y", "true", "3"]);
        let (name, value) = variables_from_json(object(r#"{"A": null}"#)).unwrap_err();
        assert_eq!((name.as_str(), value), ("A", Value::Null));
    }

    #[test]
    fn debug_output_has_no_values_of_variables() {
        let environment = BTreeMap::from([("TOKEN".into(), "secret".into())]);
        let shown = format!("{:?}", Launch { environment, ..Launch::new("x", "/") });
        assert!(shown.contains("TOKEN") && !shown.contains("secret"), "{shown}");
    }
}
