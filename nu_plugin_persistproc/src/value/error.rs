//! Errors as Nushell shows them: message, code, a label on the span at fault, the next step as help.

use nu_protocol::{LabeledError, ShellError, Span, Value};
use persistproc_api::words::shown_lines;
use persistproc_api::{ErrorCode, Problem};

/// An error with the label that belongs to its code.
pub(crate) fn error(problem: &Problem, span: Span) -> LabeledError {
    labelled_error(problem, default_label(problem.code), span)
}

/// An error with a label of its own.
pub(crate) fn labelled_error(
    problem: &Problem,
    label: impl Into<String>,
    span: Span,
) -> LabeledError {
    let mut error = LabeledError::new(shown_lines(&problem.message)).with_label(label, span);
    if let Ok(serde_json::Value::String(code)) = serde_json::to_value(problem.code) {
        error = error.with_code(format!("persistproc::{code}"));
    }
    if !problem.hint.is_empty() {
        error = error.with_help(shown_lines(&problem.hint.to_string()));
    }
    error
}

fn default_label(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::NotFound => "no process matches this",
        ErrorCode::Ambiguous => "several processes match this",
        ErrorCode::NotRunning => "not running",
        ErrorCode::AlreadyRunning => "already running",
        ErrorCode::StillRunning => "still running",
        ErrorCode::InUse => "another client uses it",
        ErrorCode::LabelInUse => "another process has this label",
        ErrorCode::InvalidRequest => "invalid value",
        ErrorCode::DirectoryMissing => "working directory not found",
        ErrorCode::CommandNotFound => "program not found",
        ErrorCode::Timeout => "timed out",
        ErrorCode::DaemonUnreachable | ErrorCode::DaemonUnresponsive | ErrorCode::ShuttingDown => {
            "no answer from the daemon"
        }
        _ => "request failed",
    }
}

/// An error in place of a row of a stream.
pub(crate) fn error_value(problem: &Problem, span: Span) -> Value {
    Value::error(ShellError::from(error(problem, span)), span)
}

/// Combines several errors: the first one, with the others as its inner errors.
pub(crate) fn combine_errors(errors: Vec<LabeledError>) -> Option<LabeledError> {
    let mut errors = errors.into_iter();
    let first = errors.next()?;
    Some(errors.fold(first, LabeledError::with_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_code_and_the_hint_of_its_problem() {
        let problem = Problem::new(ErrorCode::NotFound, "No `api`.").hint("See `persistproc ps`.");
        let error = error(&problem, Span::test_data());
        assert_eq!(error.code.as_deref(), Some("persistproc::not_found"));
        assert_eq!(error.help.as_deref(), Some("See `persistproc ps`."));
    }

    #[test]
    fn control_characters_are_removed_from_errors() {
        let problem = Problem::new(ErrorCode::NotFound, "No `\u{1b}c`.").hint("\u{7}");
        let error = error(&problem, Span::test_data());
        assert_eq!(&*error.msg, "No ` c`.");
        assert_eq!(error.help.as_deref(), Some(" "));
    }
}
