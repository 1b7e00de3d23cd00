//! `Call`: one call of a command, with its arguments, the calling shell, and a client for the daemon
//! whose requests can be interrupted.

use std::fs;
use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall};
use nu_protocol::{FromValue, LabeledError, Span};
use persistproc_api::Problem;
use persistproc_api::client::Client;

use crate::interrupt::Interrupt;
use crate::shell::Shell;
use crate::value;

/// One call of a command.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a EngineInterface,
    pub(crate) args: &'a EvaluatedCall,
    pub(crate) shell: Shell<'a>,
    pub(crate) interrupt: Interrupt,
}

impl<'a> Call<'a> {
    /// `daemon_port` is the port of a daemon that has to be started, if the call selects one.
    pub(crate) fn new(
        engine: &'a EngineInterface,
        args: &'a EvaluatedCall,
        daemon_port: Option<u16>,
    ) -> Result<Self, LabeledError> {
        let shell = Shell::from_call(engine, args, daemon_port)?;
        let interrupt = Interrupt::new(engine)?;
        Ok(Self { engine, args, shell, interrupt })
    }

    /// The span of the command name.
    pub(crate) fn head(&self) -> Span {
        self.args.head
    }

    /// The value of a flag, if the flag was given.
    pub(crate) fn flag<T: FromValue>(&self, name: &str) -> Result<Option<T>, LabeledError> {
        Ok(self.args.get_flag(name)?)
    }

    /// The span of a flag; that of the command name if the flag was not given.
    pub(crate) fn flag_span(&self, name: &str) -> Span {
        self.args.get_flag_span(name).unwrap_or(self.head())
    }

    /// Whether a flag with a value was given.
    pub(crate) fn has_flag(&self, name: &str) -> bool {
        self.args.get_flag_span(name).is_some()
    }

    /// Whether a flag without a value is set.
    pub(crate) fn has_switch(&self, name: &str) -> Result<bool, LabeledError> {
        Ok(self.args.has_flag(name)?)
    }

    /// The directory in which targets are looked up first and programs are started: that of
    /// `--working-directory`, or the shell's.
    pub(crate) fn directory(&self) -> Result<PathBuf, LabeledError> {
        match self.flag::<String>("working-directory")? {
            Some(path) => self.shell.absolute_path(&path),
            None => self.shell.directory(),
        }
    }

    /// The shell's directory with links resolved, as processes have theirs.
    pub(crate) fn here(&self) -> Result<PathBuf, LabeledError> {
        let directory = self.shell.directory()?;
        Ok(fs::canonicalize(&directory).unwrap_or(directory))
    }

    /// A client that an interrupt cancels. It sends one request at a time; parallel requests need a
    /// client each.
    pub(crate) fn client(&self) -> Client {
        self.shell.client().cancelled_by(self.interrupt.connection())
    }

    /// Sends a request to the daemon. An error is labelled at `culprit`.
    pub(crate) fn request<T>(
        &self,
        culprit: Span,
        send: impl FnOnce(&Client) -> Result<T, Problem>,
    ) -> Result<T, LabeledError> {
        send(&self.client()).map_err(|problem| self.error(problem, culprit))
    }

    /// Converts a problem to an error, labelled at the flag or argument that the problem is about, or
    /// else at `culprit`. After an interrupt, the error is that of any interrupted Nushell command.
    pub(crate) fn error(&self, problem: Problem, culprit: Span) -> LabeledError {
        if self.interrupt.is_interrupted() {
            return LabeledError::new("Operation interrupted")
                .with_label("This operation was interrupted", self.head());
        }
        let problem = self.shell.settings.adjust_hint(problem);
        match self.locate_parameter(&problem) {
            Some((name, span)) => value::error(&problem.with_parameter_shown_as(&name), span),
            None => value::error(&problem, culprit),
        }
    }

    /// The name and the span of the flag or argument for the parameter that a problem is about.
    fn locate_parameter(&self, problem: &Problem) -> Option<(String, Span)> {
        let parameter = problem.parameter.as_deref()?;
        // `wait.timeout` is `--wait-timeout`, `since` is `--since` or `--since-time`.
        let flag = parameter.replace(['_', '.'], "-");
        for flag in [flag.clone(), format!("{flag}-time")] {
            if let Some(span) = self.args.get_flag_span(&flag) {
                return Some((format!("--{flag}"), span));
            }
        }
        let argument = match parameter {
            "grep" => "pattern",
            "signal" => "signal",
            _ => return None,
        };
        let span = self.args.positional.first()?.span();
        Some((argument.to_owned(), span))
    }
}
