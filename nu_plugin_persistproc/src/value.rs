//! The only place that makes Nushell values: real types, every column in every row, `null` where
//! there is nothing to say.

use nu_protocol::{LabeledError, Record, Span, Type, Value};
use persistproc_api::words::{shown, shown_lines};
use persistproc_api::{Exit, Problem, Process, Time};

/// What `persistproc ps` answers with; completion of columns comes from here.
pub(crate) fn process_table() -> Type {
    let columns = [
        ("id", Type::String),
        ("label", Type::String),
        ("status", Type::String),
        ("pid", Type::Int),
        ("exit_code", Type::Int),
        ("uptime", Type::Duration),
        ("command", Type::String),
    ];
    Type::Table(columns.map(|(name, kind)| (name.to_owned(), kind)).into_iter().collect())
}

/// A row for each process.
pub(crate) fn processes(all: &[Process], now: Time, span: Span) -> Value {
    Value::list(all.iter().map(|one| process(one, now, span)).collect(), span)
}

fn process(process: &Process, now: Time, span: Span) -> Value {
    let status = &process.status;
    let exit_code = match status.exit() {
        Some(Exit::Code(code)) => Some(code.into()),
        Some(Exit::Signal(_)) | None => None,
    };
    let uptime = status.start_time().filter(|_| status.is_alive());
    let uptime = uptime.map(|since| (now.micros() - since.micros()).max(0) * 1000);

    let mut row = Record::new();
    row.push("id", Value::string(&process.id, span));
    row.push("label", Value::string(shown(&process.label), span));
    row.push("status", Value::string(status.word(), span));
    row.push(
        "pid",
        or_null(status.pid().filter(|_| status.is_alive()).map(i64::from), Value::int, span),
    );
    row.push("exit_code", or_null(exit_code, Value::int, span));
    row.push("uptime", or_null(uptime, Value::duration, span));
    row.push("command", Value::string(shown(&process.command_line()), span));
    Value::record(row, span)
}

fn or_null(number: Option<i64>, make: fn(i64, Span) -> Value, span: Span) -> Value {
    number.map_or(Value::nothing(span), |number| make(number, span))
}

/// An error as Nushell shows them: its code to branch on, the next step as help.
pub(crate) fn error(problem: &Problem, span: Span) -> LabeledError {
    let error = LabeledError::new(shown_lines(&problem.message)).with_label("asked here", span);
    let error = match serde_json::to_value(problem.code) {
        Ok(serde_json::Value::String(code)) => error.with_code(format!("persistproc::{code}")),
        _ => error,
    };
    if problem.hint.is_empty() { error } else { error.with_help(shown_lines(&problem.hint)) }
}

#[cfg(test)]
mod tests {
    use persistproc_api::{ErrorCode, Status};

    use super::*;

    fn row(status: Status) -> Record {
        let now = Time::from_micros(5_000_000);
        process(&example(status), now, Span::test_data()).into_record().unwrap()
    }

    fn example(status: Status) -> Process {
        Process {
            id: "todo-npm-run-dev".into(),
            label: "web".into(),
            command: ["npm", "run", "dev one"].map(str::to_owned).into(),
            working_directory: "/todo".into(),
            status,
            run: 1,
            tty: false,
            log_combined: "/c".into(),
            log_stdout: "/o".into(),
            log_stderr: "/e".into(),
            lost_bytes: 0,
            started_by: None,
            stopped_by: None,
            facts: None,
        }
    }

    #[test]
    fn a_running_process_has_a_pid_and_an_uptime_and_no_exit_code() {
        let row = row(Status::Running { pid: 7, start_time: Time::from_micros(2_000_000) });
        let columns: Vec<_> = row.columns().map(String::as_str).collect();
        assert_eq!(columns, ["id", "label", "status", "pid", "exit_code", "uptime", "command"]);
        assert_eq!(row["pid"], Value::test_int(7));
        assert_eq!(row["exit_code"], Value::test_nothing());
        assert_eq!(row["uptime"], Value::test_duration(3_000_000_000));
        assert_eq!(row["command"], Value::test_string("npm run 'dev one'"));
    }

    #[test]
    fn an_ended_process_has_an_exit_code_unless_a_signal_ended_it() {
        let ended = |exit| Status::Exited {
            pid: 7,
            start_time: Time::from_micros(1),
            end_time: Time::from_micros(2),
            exit,
        };
        let code = row(ended(Exit::Code(3)));
        assert_eq!(
            (&code["exit_code"], &code["pid"]),
            (&Value::test_int(3), &Value::test_nothing())
        );
        assert_eq!(code["uptime"], Value::test_nothing());
        assert_eq!(row(ended(Exit::Signal(9)))["exit_code"], Value::test_nothing());
    }

    #[test]
    fn every_column_is_declared_and_none_is_left_out() {
        let Type::Table(declared) = process_table() else { panic!("not a table") };
        let row = row(Status::Lost { pid: None, start_time: Time::from_micros(1) });
        let mut names: Vec<_> = row.columns().cloned().collect();
        let mut expected: Vec<String> = declared.iter().map(|(name, _)| name.to_string()).collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
    }

    #[test]
    fn no_name_commands_the_terminal() {
        let status = Status::Lost { pid: None, start_time: Time::from_micros(1) };
        let example = Process {
            label: "a\u{1b}[2Jb".into(),
            command: vec!["x\u{9b}2J".into()],
            ..example(status)
        };
        let row = process(&example, Time::from_micros(2), Span::test_data()).into_record().unwrap();
        assert_eq!(row["label"], Value::test_string("a [2Jb"));
        assert_eq!(row["command"], Value::test_string("'x 2J'"));
        let problem = Problem::new(ErrorCode::NotFound, "No `\u{1b}c`.").hint("\u{7}");
        let error = error(&problem, Span::test_data());
        assert_eq!((&*error.msg, error.help.as_deref()), ("No ` c`.", Some(" ")));
    }

    #[test]
    fn an_error_keeps_its_code_and_its_next_step() {
        let problem = Problem::new(ErrorCode::NotFound, "No `api`.").hint("See `persistproc ps`.");
        let error = error(&problem, Span::test_data());
        assert_eq!(error.code.as_deref(), Some("persistproc::not_found"));
        assert_eq!(error.help.as_deref(), Some("See `persistproc ps`."));
    }
}
