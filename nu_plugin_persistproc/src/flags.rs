//! Flags that several commands have, by the names they have on the executable, and what is meant
//! by them. A duration may be one of Nushell's, or a number of seconds as elsewhere.

use nu_protocol::{LabeledError, Signature, SyntaxShape, Value};
use persistproc_api::output::Stream;
use persistproc_api::process::StatusKind;
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Goal, WaitRequest};
use persistproc_api::{Problem, Time};

use crate::call::Call;
use crate::value;

/// What every command takes.
pub(crate) fn everywhere(signature: Signature) -> Signature {
    let port = signature.get_long_flag("port").is_some();
    let signature = signature
        .named("data-dir", SyntaxShape::Directory, "Where processes and their logs are kept.", None)
        .named("format", SyntaxShape::String, "`json`: the answer as text, for programs.", None)
        .switch("verbose", "Nothing more is said here; the executable has it.", Some('v'))
        .switch("quiet", "Nothing is said here but the answer.", Some('q'));
    if port {
        return signature;
    }
    signature.named("port", SyntaxShape::Int, "The port a new daemon opens.", None)
}

/// Which processes.
pub(crate) fn targets(signature: Signature) -> Signature {
    let shape = SyntaxShape::OneOf(vec![SyntaxShape::Int, SyntaxShape::String]);
    directory(signature).rest(
        "target",
        shape,
        "Ids, pids, labels or commands; without any, those that come through the pipeline.",
    )
}

/// Where.
pub(crate) fn directory(signature: Signature) -> Signature {
    let about = "Look there first [default: the present directory].";
    signature.named("working-directory", SyntaxShape::Directory, about, None)
}

/// How a run is ended.
pub(crate) fn end(signature: Signature) -> Signature {
    signature.switch("force", "Kill at once, without asking first.", None).named(
        "timeout",
        duration(),
        "How long to wait before killing [default: 8sec].",
        None,
    )
}

/// What to wait for after a start.
pub(crate) fn wait_for(signature: Signature) -> Signature {
    let goal = "Return when it is `ready`, or `port`, `pattern`, `exit`, `quiet`.";
    signature
        .named("wait-for", SyntaxShape::String, goal, None)
        .named("wait-pattern", SyntaxShape::String, "Return when a line matches this.", None)
        .named("wait-port", SyntaxShape::Int, "Return when this port of it accepts.", None)
        .named("wait-timeout", duration(), "How long to wait at most [default: 30sec].", None)
}

/// How much is said of each process or line.
pub(crate) fn long(signature: Signature, about: &str) -> Signature {
    signature.switch("long", about, Some('l'))
}

/// The shape of a duration.
pub(crate) fn duration() -> SyntaxShape {
    SyntaxShape::OneOf(vec![SyntaxShape::Duration, SyntaxShape::Number])
}

/// The shape of a point in time: itself, or how long ago.
pub(crate) fn moment() -> SyntaxShape {
    SyntaxShape::OneOf(vec![SyntaxShape::Duration, SyntaxShape::DateTime])
}

impl Call<'_> {
    pub(crate) fn seconds(&self, name: &str) -> Result<Option<Seconds>, LabeledError> {
        let Some(value) = self.flag::<Value>(name)? else { return Ok(None) };
        let seconds = match &value {
            Value::Duration { val, .. } => *val as f64 / 1e9,
            Value::Int { val, .. } => *val as f64,
            Value::Float { val, .. } => *val,
            _ => f64::NAN,
        };
        let wrong = |_| {
            let problem = Problem::invalid(format!("`--{name}` is not a duration."));
            value::error(&problem.hint("Give a duration such as 8sec or 500ms."), value.span())
        };
        Seconds::try_from(seconds).map(Some).map_err(wrong)
    }

    /// A point in time as the daemon reads it, by either of its two names.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<String>, LabeledError> {
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

    pub(crate) fn stream(&self) -> Result<Stream, LabeledError> {
        Ok(self.word("stream", &STREAMS)?.unwrap_or_default())
    }

    pub(crate) fn status(&self) -> Result<Option<StatusKind>, LabeledError> {
        self.word("status", &STATUSES)
    }

    /// A word of a closed set.
    pub(crate) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, &str, T)],
    ) -> Result<Option<T>, LabeledError> {
        let Some(value) = self.flag::<Value>(name)? else { return Ok(None) };
        let given = value.as_str()?;
        if let Some((_, _, found)) = words.iter().find(|(word, ..)| *word == given) {
            return Ok(Some(*found));
        }
        let known: Vec<_> = words.iter().map(|(word, ..)| format!("`{word}`")).collect();
        let problem = Problem::invalid(format!("`--{name}` is {given:?}."))
            .hint(format!("It is one of {}.", known.join(", ")));
        Err(value::error(&problem, value.span()))
    }

    pub(crate) fn port(&self, name: &str) -> Result<Option<u16>, LabeledError> {
        let Some(value) = self.flag::<Value>(name)? else { return Ok(None) };
        let port = value.as_int()?.try_into();
        let problem = Problem::invalid(format!("`--{name}` is not a port."))
            .hint("A port is a whole number from 1 to 65535.");
        port.map(Some).map_err(|_| value::error(&problem, value.span()))
    }

    /// What to wait for after a start, if any of its flags was given.
    pub(crate) fn wait_after_start(&self) -> Result<Option<WaitRequest>, LabeledError> {
        let (goal, port) = (self.word("wait-for", &GOALS)?, self.port("wait-port")?);
        let pattern = self.flag::<String>("wait-pattern")?;
        let timeout = self.seconds("wait-timeout")?;
        if goal.is_none() && port.is_none() && pattern.is_none() && timeout.is_none() {
            return Ok(None);
        }
        let goal = goal.unwrap_or_else(|| implied(pattern.is_some(), port.is_some(), false));
        let (quiet, after, lines) = (None, None, None);
        Ok(Some(WaitRequest { goal, pattern, port, quiet, after, timeout, lines }))
    }
}

/// What a flag means that stands alone. Two of them are two rules for being ready.
pub(crate) fn implied(pattern: bool, port: bool, quiet: bool) -> Goal {
    match (pattern, port, quiet) {
        (true, false, false) => Goal::Pattern,
        (false, true, false) => Goal::Port,
        (false, false, true) => Goal::Quiet,
        _ => Goal::Ready,
    }
}

/// Words of a closed set, with what they mean.
pub(crate) const STREAMS: [(&str, &str, Stream); 3] = [
    ("combined", "both, in order of arrival", Stream::Combined),
    ("stdout", "standard output", Stream::Stdout),
    ("stderr", "standard error", Stream::Stderr),
];

pub(crate) const STATUSES: [(&str, &str, StatusKind); 6] = [
    ("running", "it lives", StatusKind::Running),
    ("stopping", "it was asked to stop, and part of it still lives", StatusKind::Stopping),
    ("exited", "it ended by itself", StatusKind::Exited),
    ("terminated", "it ended because someone asked", StatusKind::Terminated),
    ("failed", "it could not be started", StatusKind::Failed),
    ("lost", "nobody saw how it ended", StatusKind::Lost),
];

pub(crate) const GOALS: [(&str, &str, Goal); 5] = [
    ("ready", "a port of it accepts, or its output says so", Goal::Ready),
    ("port", "a port of it accepts connections", Goal::Port),
    ("pattern", "a line matches", Goal::Pattern),
    ("exit", "it ends", Goal::Exit),
    ("quiet", "it prints nothing for a while", Goal::Quiet),
];
