//! The only place that makes Nushell values: real types, every column in every row, `null` where
//! there is nothing to say. The columns of each table are written down once, with their types.

#[cfg(test)]
mod fuzz;
mod logs;
mod processes;

pub(crate) use logs::{log_columns, log_row, match_row};
pub(crate) use processes::{WAITED_COLUMNS, process_columns, processes, waited_row};

use chrono::{DateTime, FixedOffset, Local, TimeZone};
use nu_protocol::{LabeledError, PipelineMetadata, Record, ShellError, Span, Type, Value};
use persistproc_api::seconds::Seconds;
use persistproc_api::words::shown_lines;
use persistproc_api::{ErrorCode, Problem, Time};
use serde::Serialize;

/// Names and types of columns, in order.
pub(crate) type Columns = &'static [(&'static str, Kind)];

/// What stands in a column, or `null`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Int,
    Duration,
    Date,
    Ints,
}

impl Kind {
    fn declared(self) -> Type {
        match self {
            Self::Text => Type::String,
            Self::Int => Type::Int,
            Self::Duration => Type::Duration,
            Self::Date => Type::Date,
            Self::Ints => Type::List(Box::new(Type::Int)),
        }
    }
}

/// A table of at least these columns. Nushell holds whoever keeps the table to it: what may be
/// `null` has to be declared as such.
pub(crate) fn table_of(columns: &[Columns]) -> Type {
    let or_null = |kind: Kind| Type::one_of([kind.declared(), Type::Nothing]);
    let declared = |(name, kind): &(&str, Kind)| ((*name).to_owned(), or_null(*kind));
    Type::Table(columns.iter().flat_map(|part| part.iter()).map(declared).collect())
}

/// What the columns of a table want of whoever draws it: room for these, and paths as paths.
pub(crate) fn drawn(span: Span, widest: &[&str], paths: &[&str]) -> PipelineMetadata {
    PipelineMetadata::default()
        .with_path_columns(paths.iter().map(|name| (*name).to_owned()).collect())
        .with_table_width_priority_columns(span, widest)
}

/// An answer as JSON, as the executable prints it.
pub(crate) fn json(answer: &impl Serialize, span: Span) -> Result<Value, LabeledError> {
    let text = serde_json::to_string_pretty(answer).map_err(Problem::internal);
    Ok(Value::string(text.map_err(|problem| error(&problem, span))?, span))
}

/// The answers to one question about several, or the one there is.
pub(crate) fn json_of<T: Serialize>(answers: &[T], span: Span) -> Result<Value, LabeledError> {
    match answers {
        [only] => json(only, span),
        all => json(&all, span),
    }
}

/// An error in the place of a row.
pub(crate) fn failed(problem: &Problem, span: Span) -> Value {
    Value::error(ShellError::from(error(problem, span)), span)
}

/// A number of bytes.
pub(crate) fn bytes(value: &Value) -> Result<u64, LabeledError> {
    let bytes = match value {
        Value::Filesize { val, .. } => val.get(),
        other => other.as_int()?,
    };
    let wrong = |_| {
        let problem = Problem::invalid("That is no size.").hint("Give one such as 64kB.");
        error(&problem, value.span())
    };
    bytes.try_into().map_err(wrong)
}

/// A table.
pub(crate) fn list(rows: Vec<Value>, span: Span) -> Value {
    Value::list(rows, span)
}

fn text(text: impl Into<String>, span: Span) -> Value {
    Value::string(text, span)
}

fn or_null<T>(value: Option<T>, make: impl FnOnce(T) -> Value, span: Span) -> Value {
    value.map_or(Value::nothing(span), make)
}

fn duration(seconds: Seconds, span: Span) -> Value {
    Value::duration((f64::from(seconds) * 1e9) as i64, span)
}

/// A point in time as it is called here.
fn date(time: Time, span: Span) -> Value {
    or_null(local(time), |date| Value::date(date, span), span)
}

fn local(time: Time) -> Option<DateTime<FixedOffset>> {
    Some(Local.timestamp_micros(time.micros()).single()?.fixed_offset())
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Record {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A variable of the shell as a program gets it; what is neither text nor a list of it stays here.
pub(crate) fn variable(value: &Value) -> Option<String> {
    match value {
        Value::String { val, .. } | Value::Glob { val, .. } => Some(val.clone()),
        Value::Int { val, .. } => Some(val.to_string()),
        Value::Float { val, .. } => Some(val.to_string()),
        Value::Bool { val, .. } => Some(val.to_string()),
        Value::List { vals, .. } => {
            let parts: Option<Vec<String>> = vals.iter().map(variable).collect();
            Some(parts?.join(":"))
        }
        _ => None,
    }
}

/// An error as Nushell shows them: its code to branch on, a label on the culprit, the next step
/// as help.
pub(crate) fn error(problem: &Problem, culprit: Span) -> LabeledError {
    let error =
        LabeledError::new(shown_lines(&problem.message)).with_label(label(problem.code), culprit);
    let error = match serde_json::to_value(problem.code) {
        Ok(serde_json::Value::String(code)) => error.with_code(format!("persistproc::{code}")),
        _ => error,
    };
    if problem.hint.is_empty() {
        error
    } else {
        error.with_help(shown_lines(&problem.hint.to_string()))
    }
}

fn label(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::NotFound => "no process answers to this",
        ErrorCode::Ambiguous => "several processes answer to this",
        ErrorCode::NotRunning => "this has ended",
        ErrorCode::AlreadyRunning => "this runs already",
        ErrorCode::StillRunning => "this still runs",
        ErrorCode::LabelInUse => "another process has this label",
        ErrorCode::InvalidRequest => "this cannot be understood",
        ErrorCode::DirectoryMissing => "it was to run there",
        ErrorCode::CommandNotFound => "no such program",
        ErrorCode::Timeout => "this took too long",
        ErrorCode::DaemonUnreachable | ErrorCode::ShuttingDown => "no daemon answered this",
        _ => "this failed",
    }
}

/// Several errors as one: the first, with the others below it.
pub(crate) fn errors(mut all: Vec<LabeledError>) -> Option<LabeledError> {
    if all.is_empty() {
        return None;
    }
    let others = all.split_off(1);
    let first = all.pop()?;
    Some(others.into_iter().fold(first, LabeledError::with_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_code_and_its_next_step() {
        let problem = Problem::new(ErrorCode::NotFound, "No `api`.").hint("See `persistproc ps`.");
        let error = error(&problem, Span::test_data());
        assert_eq!(error.code.as_deref(), Some("persistproc::not_found"));
        assert_eq!(error.help.as_deref(), Some("See `persistproc ps`."));
    }

    #[test]
    fn no_error_commands_the_terminal() {
        let problem = Problem::new(ErrorCode::NotFound, "No `\u{1b}c`.").hint("\u{7}");
        let error = error(&problem, Span::test_data());
        assert_eq!((&*error.msg, error.help.as_deref()), ("No ` c`.", Some(" ")));
    }

    #[test]
    fn variables_are_what_a_program_gets() {
        let path = Value::test_list(vec![Value::test_string("/a"), Value::test_string("/b")]);
        assert_eq!(variable(&path).as_deref(), Some("/a:/b"));
        assert_eq!(variable(&Value::test_int(7)).as_deref(), Some("7"));
        assert_eq!(variable(&Value::test_record(Record::new())), None);
    }
}
