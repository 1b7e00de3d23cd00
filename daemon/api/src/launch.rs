//! [`Launch`]: how a process is started, as far as it can be written down and replayed.
//!
//! A start request carries a [`Launch`], the supervisor checks it, the record of the process keeps
//! it, and each run replays it: after a restart, a crash or a reboot. What exists only once and
//! cannot be replayed, such as open descriptors, is not a launch but a handover: it goes to
//! one run and is never recorded.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::inherited::Inherited;
use crate::limits::SoftLimits;
use crate::process::Size;
use crate::raw_bytes::{RawBytes, text_of_path, text_of_words};
use crate::seconds::Seconds;
use crate::streams::{StandardStream, Streams};

/// The recorded settings of a process. `C` is the command: words, or what a request says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch<C = Vec<String>> {
    /// The text of the command.
    pub command: C,
    /// The bytes of its words, if one of them is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_base64: Option<Vec<RawBytes>>,
    /// The text of the directory.
    pub working_directory: PathBuf,
    /// The bytes of the directory, if they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory_base64: Option<RawBytes>,
    /// In a record: all variables of the child, apart from those of agents. In a request: those
    /// that are added to the inherited ones.
    pub environment: Environment,
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
    /// Whether the run is its tree: it goes on after its child has exited with 0, while a service that
    /// the child started lives.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub service: bool,
    /// The time between SIGTERM and SIGKILL.
    #[serde(default)]
    pub stop_timeout: Option<Seconds>,
    /// Whether the daemon assigns a port to the process. Absent: no, or as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign_port: Option<bool>,
    /// Permission bits that are cleared in the files that the child creates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub umask: Option<u32>,
    /// Soft limits of the child; the others are those of the shim.
    #[serde(default, skip_serializing_if = "SoftLimits::is_empty")]
    pub limits: SoftLimits,
    /// The other attributes that the child has from its caller.
    #[serde(default, skip_serializing_if = "Inherited::is_empty")]
    pub inherited: Inherited,
}

impl<C> Launch<C> {
    /// A command in a directory, with pipes and no further settings.
    pub fn new(command: C, working_directory: impl Into<PathBuf>) -> Self {
        let (directory, bytes) = text_of_path(&working_directory.into());
        Self {
            command,
            command_base64: None,
            working_directory: directory,
            working_directory_base64: bytes,
            environment: Environment::default(),
            tty: None,
            streams: Streams::default(),
            redirected: Vec::new(),
            unbuffered: false,
            service: false,
            stop_timeout: None,
            assign_port: None,
            umask: None,
            limits: SoftLimits::new(),
            inherited: Inherited::default(),
        }
    }

    /// The directory, byte for byte.
    pub fn directory(&self) -> PathBuf {
        match &self.working_directory_base64 {
            Some(bytes) => bytes.to_os_string().into(),
            None => self.working_directory.clone(),
        }
    }

    /// Sets the directory and its text.
    pub fn set_directory(&mut self, directory: &Path) {
        (self.working_directory, self.working_directory_base64) = text_of_path(directory);
    }

    /// The same settings for another command.
    pub fn with_command<D>(self, command: D) -> Launch<D> {
        Launch {
            command,
            command_base64: self.command_base64,
            working_directory: self.working_directory,
            working_directory_base64: self.working_directory_base64,
            environment: self.environment,
            tty: self.tty,
            streams: self.streams,
            redirected: self.redirected,
            unbuffered: self.unbuffered,
            service: self.service,
            stop_timeout: self.stop_timeout,
            assign_port: self.assign_port,
            umask: self.umask,
            limits: self.limits,
            inherited: self.inherited,
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

    /// Takes over the settings of a new start. The umask, the limits, the inherited attributes, the
    /// stop timeout and the assigned port stay where the new start leaves them out; variables are
    /// added.
    pub fn update(&mut self, new: Self) {
        self.command = new.command;
        self.command_base64 = new.command_base64;
        self.working_directory = new.working_directory;
        self.working_directory_base64 = new.working_directory_base64;
        self.environment.extend(new.environment);
        self.tty = new.tty;
        self.streams = new.streams;
        self.redirected = new.redirected;
        self.unbuffered = new.unbuffered;
        self.service = new.service;
        self.stop_timeout = new.stop_timeout.or(self.stop_timeout);
        self.assign_port = new.assign_port.or(self.assign_port);
        self.umask = new.umask.or(self.umask);
        if !new.limits.is_empty() {
            self.limits = new.limits;
        }
        if !new.inherited.is_empty() {
            self.inherited = new.inherited;
        }
    }
}

impl Launch {
    /// The words of the command, byte for byte.
    pub fn words(&self) -> Vec<OsString> {
        match &self.command_base64 {
            Some(words) => words.iter().map(RawBytes::to_os_string).collect(),
            None => self.command.iter().map(OsString::from).collect(),
        }
    }

    /// Sets the words of the command and their text.
    pub fn set_words(&mut self, words: &[OsString]) {
        (self.command, self.command_base64) = text_of_words(words);
    }
}

/// Shows the names of the variables only: values are secrets, and this text ends up in logs.
impl<C: fmt::Debug> fmt::Debug for Launch<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch")
            .field("command", &self.command)
            .field("working_directory", &self.working_directory)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_new_start_keeps_the_settings_that_it_leaves_out() {
        let mut launch = Launch {
            umask: Some(0o077),
            tty: Some(Size { rows: 24, columns: 80 }),
            environment: Environment::from_iter([("A", "1")]),
            ..Launch::new("old", "/old")
        };
        let environment = Environment::from_iter([("B", "2")]);
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
    fn words_and_a_directory_that_are_no_text_are_kept_as_bytes() {
        let word = OsStr::from_bytes(b"caf\xe9");
        let mut launch = Launch::new(Vec::new(), Path::new("/tmp").join(word));
        launch.set_words(&["cat".into(), word.to_owned()]);
        let json = serde_json::to_string(&launch).unwrap();
        let loaded: Launch = serde_json::from_str(&json).unwrap();
        assert_eq!(loaded.words()[1], word);
        assert_eq!(loaded.directory(), Path::new("/tmp").join(word));
        assert_eq!(loaded.command, ["cat", "caf\u{fffd}"]);
        launch.set_directory(Path::new("/"));
        assert_eq!(launch.working_directory_base64, None);
    }

    #[test]
    fn debug_output_has_no_values_of_variables() {
        let environment = Environment::from_iter([("TOKEN", "secret")]);
        let shown = format!("{:?}", Launch { environment, ..Launch::new("x", "/") });
        assert!(shown.contains("TOKEN") && !shown.contains("secret"), "{shown}");
    }
}
