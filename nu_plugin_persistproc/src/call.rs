//! One call of a command: its arguments, the shell it came from, the daemon it is for. Whatever it
//! waits for can be interrupted.

use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall};
use nu_protocol::{FromValue, LabeledError, PipelineData, PipelineMetadata, Span, Value};
use persistproc_api::Problem;
use persistproc_api::client::Client;
use serde::Serialize;

use crate::shell::{self, Shell};
use crate::value;
use crate::watch::Watch;

/// A call.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a EngineInterface,
    pub(crate) args: &'a EvaluatedCall,
    pub(crate) shell: Shell<'a>,
    pub(crate) watch: Watch,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        engine: &'a EngineInterface,
        args: &'a EvaluatedCall,
    ) -> Result<Self, LabeledError> {
        let (shell, watch) = (Shell::new(engine, args)?, Watch::new(engine)?);
        Ok(Self { engine, args, shell, watch })
    }

    /// The command's name, as it was typed.
    pub(crate) fn head(&self) -> Span {
        self.args.head
    }

    /// A flag's value, if it was given.
    pub(crate) fn flag<T: FromValue>(&self, name: &str) -> Result<Option<T>, LabeledError> {
        Ok(self.args.get_flag(name)?)
    }

    /// Whether a flag with a value was given.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.args.get_flag_span(name).is_some()
    }

    /// Whether a flag was given.
    pub(crate) fn has(&self, name: &str) -> Result<bool, LabeledError> {
        Ok(self.args.has_flag(name)?)
    }

    /// Where targets are looked for first, and where a program is started.
    pub(crate) fn directory(&self) -> Result<PathBuf, LabeledError> {
        match self.flag::<String>("working-directory")? {
            Some(path) => self.shell.path(&path),
            None => self.shell.directory(),
        }
    }

    /// A client for one exchange after the other.
    pub(crate) fn client(&self) -> Client {
        self.shell.client().on(self.watch.line())
    }

    /// Asks the daemon something; what goes wrong is said of `culprit`.
    pub(crate) fn ask<T>(
        &self,
        culprit: Span,
        question: impl FnOnce(&Client) -> Result<T, Problem>,
    ) -> Result<T, LabeledError> {
        question(&self.client()).map_err(|problem| self.error(problem, culprit))
    }

    /// What went wrong, unless it was wanted.
    pub(crate) fn error(&self, problem: Problem, culprit: Span) -> LabeledError {
        if self.watch.is_cut() {
            return LabeledError::new("Operation interrupted")
                .with_label("This operation was interrupted", self.head());
        }
        let culprit = self.parameter_span(&problem).unwrap_or(culprit);
        value::error(&shell::unreachable(problem, &self.shell.settings), culprit)
    }

    /// The flag or the argument that holds the parameter at fault.
    fn parameter_span(&self, problem: &Problem) -> Option<Span> {
        let flag = problem.parameter.as_deref()?.replace('_', "-");
        let span = self.args.get_flag_span(&flag);
        span.or_else(|| self.args.get_flag_span(&format!("{flag}-time"))).or_else(|| {
            // The first argument of `signal` and of `search`.
            let first = matches!(flag.as_str(), "signal" | "grep");
            if first { self.args.positional.first().map(Value::span) } else { None }
        })
    }

    /// Whether a program is to read the answer.
    pub(crate) fn wants_json(&self) -> Result<bool, LabeledError> {
        let Some(format) = self.flag::<Value>("format")? else { return Ok(false) };
        match format.as_str()? {
            "json" => Ok(true),
            "text" => Ok(false),
            other => {
                let problem = Problem::invalid(format!("There is no format `{other}`."));
                Err(value::error(&problem.hint("Give `text` or `json`."), format.span()))
            }
        }
    }

    /// The answer: a table, or JSON as the executable prints it.
    pub(crate) fn answer(
        &self,
        answer: &impl Serialize,
        rows: impl FnOnce() -> Vec<Value>,
        metadata: PipelineMetadata,
    ) -> Result<PipelineData, LabeledError> {
        if self.wants_json()? {
            return Ok(PipelineData::value(value::json(answer, self.head())?, None));
        }
        Ok(PipelineData::value(value::list(rows(), self.head()), Some(metadata)))
    }
}
