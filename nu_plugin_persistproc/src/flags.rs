//! Flags that several commands share: adding them to a signature and reading their values. They have
//! the names of the executable's flags. Durations are Nushell durations or numbers of seconds.

use nu_protocol::{LabeledError, Signature, Span, SyntaxShape, Value};
use persistproc_api::output::Stream;
use persistproc_api::process::StatusList;
use persistproc_api::seconds::Seconds;
use persistproc_api::selection::{SelectedState, Selection};
use persistproc_api::wait::WaitRequest;
use persistproc_api::{Problem, Time};

use crate::call::Call;
use crate::choices::{Choice, FORMATS, Format, GOALS, STATUSES, STREAMS};
use crate::value;

/// Adds the flags of every command.
pub(crate) fn add_common(signature: Signature) -> Signature {
    let has_own_port = has_own_port(&signature);
    let signature = signature
        .named("data-dir", SyntaxShape::Directory, "Data directory of the daemon.", None)
        .named("format", SyntaxShape::String, "Output format: text (a table) or json.", None)
        .switch("verbose", "No effect, as the plugin prints no notes.", Some('v'))
        .switch("quiet", "No effect, as the plugin prints no notes.", Some('q'));
    if has_own_port {
        return signature;
    }
    let about = "TCP port of the daemon, if it has to be started.";
    signature.named("port", SyntaxShape::Int, about, None)
}

/// Whether a command has a `--port` with another meaning than the port of the daemon, as `wait` has.
pub(crate) fn has_own_port(signature: &Signature) -> bool {
    signature.get_long_flag("port").is_some()
}

/// Adds the targets of a command that acts on processes.
pub(crate) fn add_targets(signature: Signature) -> Signature {
    let shape = SyntaxShape::OneOf(vec![SyntaxShape::Int, SyntaxShape::String]);
    let about = "Ids, pids, labels or commands (default: those from the pipeline).";
    add_target_directory(signature).rest("target", shape, about)
}

/// Adds the directory in which targets are looked up first.
pub(crate) fn add_target_directory(signature: Signature) -> Signature {
    let about = "Consider only processes in this directory and below.";
    signature.named("working-directory", SyntaxShape::Directory, about, None)
}

/// Adds the flags that select processes by their directory, instead of naming them.
pub(crate) fn add_scope(signature: Signature) -> Signature {
    signature.switch("here", "Act on all processes of this directory and below.", None).switch(
        "all",
        "Act on all processes.",
        None,
    )
}

/// Adds the flags that select ended processes.
pub(crate) fn add_ended(signature: Signature) -> Signature {
    let ended = "Act on processes that have ended; with --here, on those of this directory.";
    let lost = "Act on processes that are lost, for example after a reboot.";
    signature.switch("ended", ended, None).switch("lost", lost, None)
}

/// Adds the flags that say how to stop a run.
pub(crate) fn add_stop_flags(signature: Signature) -> Signature {
    let timeout = "How long to wait before SIGKILL (default: 8sec).";
    signature.switch("force", "Send SIGKILL at once.", None).named(
        "timeout",
        duration_shape(),
        timeout,
        None,
    )
}

/// Adds the flags that say what to wait for after a start.
pub(crate) fn add_wait_flags(signature: Signature) -> Signature {
    let goal = "What to wait for: ready, port, pattern, exit, quiet or change.";
    let pattern = "Wait for a line that matches this regular expression.";
    let port = "Wait until this port of the process accepts connections.";
    let timeout = "How long to wait at most (default: 30sec).";
    signature
        .named("wait-for", SyntaxShape::String, goal, None)
        .named("wait-pattern", SyntaxShape::String, pattern, None)
        .named("wait-port", SyntaxShape::Int, port, None)
        .named("wait-timeout", duration_shape(), timeout, None)
}

/// Adds the flags that select lines by time.
pub(crate) fn add_time_flags(signature: Signature) -> Signature {
    let since = "Show lines from this date on, or no older than this duration.";
    let before = "Show lines before this date, or older than this duration.";
    signature
        .named("since", time_shape(), since, None)
        .named("before", time_shape(), before, None)
        .named("since-time", SyntaxShape::String, "Same as --since, as text: 5m, 14:00.", None)
        .named("before-time", SyntaxShape::String, "Same as --before, as text: 5m, 14:00.", None)
}

/// Adds the choice of an output stream.
pub(crate) fn add_stream(signature: Signature) -> Signature {
    let about = "Output stream: stdout, stderr or combined.";
    signature.named("stream", SyntaxShape::String, about, None)
}

/// Adds the switch that shows more columns.
pub(crate) fn add_long(signature: Signature, about: &str) -> Signature {
    signature.switch("long", about, Some('l'))
}

pub(crate) fn duration_shape() -> SyntaxShape {
    SyntaxShape::OneOf(vec![SyntaxShape::Duration, SyntaxShape::Number])
}

/// A point in time: a date, or a duration before now.
fn time_shape() -> SyntaxShape {
    SyntaxShape::OneOf(vec![SyntaxShape::Duration, SyntaxShape::DateTime])
}

/// The value of a word that was given to a flag.
fn find_choice<T: Copy>(
    flag: &str,
    word: &str,
    choices: &[Choice<T>],
    span: Span,
) -> Result<T, LabeledError> {
    if let Some(choice) = choices.iter().find(|choice| choice.word == word) {
        return Ok(choice.value);
    }
    let words: Vec<_> = choices.iter().map(|choice| format!("`{}`", choice.word)).collect();
    let problem = Problem::invalid(format!("Invalid value {word:?} for `--{flag}`."))
        .hint(format!("Possible values: {}.", words.join(", ")));
    Err(value::error(&problem, span))
}

impl Call<'_> {
    /// The value of a flag that takes one of a few words.
    pub(crate) fn choice_flag<T: Copy>(
        &self,
        name: &str,
        choices: &[Choice<T>],
    ) -> Result<Option<T>, LabeledError> {
        let Some(value) = self.flag::<Value>(name)? else { return Ok(None) };
        find_choice(name, value.as_str()?, choices, value.span()).map(Some)
    }

    /// The value of a flag that takes a whole number. `expected` and `example` are for the error if
    /// the number is out of range.
    pub(crate) fn integer_flag<T: TryFrom<i64>>(
        &self,
        name: &str,
        expected: &str,
        example: u32,
    ) -> Result<Option<T>, LabeledError> {
        let Some(value) = self.flag::<Value>(name)? else { return Ok(None) };
        match T::try_from(value.as_int()?) {
            Ok(number) => Ok(Some(number)),
            Err(_) => {
                let problem = Problem::invalid(format!("`--{name}` must be {expected}."))
                    .hint(format!("Example: --{name} {example}"));
                Err(value::error(&problem, value.span()))
            }
        }
    }

    pub(crate) fn port_flag(&self, name: &str) -> Result<Option<u16>, LabeledError> {
        self.integer_flag(name, "a port number from 1 to 65535", 3000)
    }

    pub(crate) fn duration_flag(&self, name: &str) -> Result<Option<Seconds>, LabeledError> {
        let Some(value) = self.flag::<Value>(name)? else { return Ok(None) };
        let seconds = match &value {
            Value::Duration { val, .. } => *val as f64 / 1e9,
            Value::Int { val, .. } => *val as f64,
            Value::Float { val, .. } => *val,
            _ => f64::NAN,
        };
        match Seconds::try_from(seconds) {
            Ok(seconds) => Ok(Some(seconds)),
            Err(_) => {
                let problem = Problem::invalid(format!("`--{name}` must be a duration."))
                    .hint(format!("Example: --{name} 8sec"));
                Err(value::error(&problem, value.span()))
            }
        }
    }

    /// A point in time in the daemon's notation, from `--since` or `--since-time` (or `before`).
    pub(crate) fn time_flag(&self, name: &str) -> Result<Option<String>, LabeledError> {
        match self.flag::<Value>(name)? {
            Some(Value::Duration { val, .. }) => {
                let micros = Time::now().micros().saturating_sub(val / 1000);
                Ok(Some(Time::from_micros(micros).to_string()))
            }
            Some(Value::Date { val, .. }) => {
                Ok(Some(Time::from_micros(val.timestamp_micros()).to_string()))
            }
            Some(other) => Ok(Some(other.coerce_into_string()?)),
            None => self.flag(&format!("{name}-time")),
        }
    }

    pub(crate) fn stream_flag(&self) -> Result<Stream, LabeledError> {
        Ok(self.choice_flag("stream", &STREAMS)?.unwrap_or_default())
    }

    /// The statuses of `--status`, separated by commas.
    pub(crate) fn status_flag(&self) -> Result<Option<StatusList>, LabeledError> {
        let Some(value) = self.flag::<Value>("status")? else { return Ok(None) };
        let words = value.as_str()?.split(',').map(str::trim);
        let statuses = words.map(|word| find_choice("status", word, &STATUSES, value.span()));
        Ok(StatusList::new(statuses.collect::<Result<_, _>>()?))
    }

    /// What `--here`, `--all`, `--ended` and `--lost` select; `None` if none of them was given. `state`
    /// is that of the processes that the first two select.
    pub(crate) fn selection(
        &self,
        state: SelectedState,
    ) -> Result<Option<Selection>, LabeledError> {
        let here = self.has_switch("here")?;
        let state = if self.has_switch("lost")? {
            SelectedState::Lost
        } else if self.has_switch("ended")? {
            SelectedState::Ended
        } else if here || self.has_switch("all")? {
            state
        } else {
            return Ok(None);
        };
        Ok(Some(Selection { here, state }))
    }

    /// Whether `--format json` was given.
    pub(crate) fn is_json(&self) -> Result<bool, LabeledError> {
        Ok(self.choice_flag("format", &FORMATS)? == Some(Format::Json))
    }

    /// What to wait for after a start; `None` if none of the flags was given.
    pub(crate) fn wait_after_start(&self) -> Result<Option<WaitRequest>, LabeledError> {
        let goal = self.choice_flag("wait-for", &GOALS)?;
        let port = self.port_flag("wait-port")?;
        let pattern = self.flag::<String>("wait-pattern")?;
        let timeout = self.duration_flag("wait-timeout")?;
        if goal.is_none() && port.is_none() && pattern.is_none() && timeout.is_none() {
            return Ok(None);
        }
        let request = WaitRequest { pattern, port, timeout, ..WaitRequest::default() };
        Ok(Some(request.with_goal(goal)))
    }
}
