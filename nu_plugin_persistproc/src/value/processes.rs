//! Processes as rows.

use nu_protocol::{Record, Span, Value};
use persistproc_api::wait::Waited;
use persistproc_api::words::shown;
use persistproc_api::{Exit, Process, Time};
use signal_hook::low_level::signal_name;

use super::{Columns, Kind, date, duration, or_null, record, text};

/// What every table of processes has.
const COLUMNS: Columns = &[
    ("id", Kind::Text),
    ("label", Kind::Text),
    ("status", Kind::Text),
    ("pid", Kind::Int),
    ("exit_code", Kind::Int),
    ("uptime", Kind::Duration),
    ("command", Kind::Text),
];

/// What `wait` has after that of every table.
pub(crate) const WAITED_COLUMNS: Columns = &[
    ("reason", Kind::Text),
    ("matched_line", Kind::Text),
    ("ports", Kind::Ints),
    ("url", Kind::Text),
    ("waited", Kind::Duration),
];

/// The columns of every table of processes.
pub(crate) fn process_columns() -> Columns {
    COLUMNS
}

/// A row for each process.
pub(crate) fn processes<'a>(
    all: impl IntoIterator<Item = &'a Process>,
    long: bool,
    span: Span,
) -> Vec<Value> {
    let now = Time::now();
    let row = |process| {
        let mut row = process_row(process, now, span);
        if long {
            row.extend(more(process, span));
        }
        Value::record(row, span)
    };
    all.into_iter().map(row).collect()
}

fn process_row(process: &Process, now: Time, span: Span) -> Record {
    let status = &process.status;
    let exit_code = match status.exit() {
        Some(Exit::Code(code)) => Some(i64::from(code)),
        Some(Exit::Signal(_)) | None => None,
    };
    let alive = status.is_alive();
    let pid = status.pid().filter(|_| alive).map(i64::from);
    let uptime = status.start_time().filter(|_| alive);
    let uptime = uptime.map(|since| rounded(now.micros().saturating_sub(since.micros()).max(0)));
    record([
        ("id", text(&process.id, span)),
        ("label", text(shown(&process.label), span)),
        ("status", text(status.word(), span)),
        ("pid", or_null(pid, |pid| Value::int(pid, span), span)),
        ("exit_code", or_null(exit_code, |code| Value::int(code, span), span)),
        ("uptime", or_null(uptime, |us| Value::duration(us.saturating_mul(1000), span), span)),
        ("command", text(shown(&process.command_line()), span)),
    ])
}

/// To the second, and within the first one to the millisecond: what people read.
fn rounded(micros: i64) -> i64 {
    let unit = if micros < 1_000_000 { 1000 } else { 1_000_000 };
    micros / unit * unit
}

fn more(process: &Process, span: Span) -> Record {
    let (status, facts) = (&process.status, process.facts.as_deref());
    let living = facts.filter(|_| status.is_alive());
    let signal = match status.exit() {
        Some(Exit::Signal(signal)) => Some(name_of(signal)),
        Some(Exit::Code(_)) | None => None,
    };
    let words = process.command.iter().map(|word| text(shown(word), span)).collect();
    let path = |path: &std::path::Path| text(shown(&path.to_string_lossy()), span);
    let size = |bytes: u64| Value::filesize(i64::try_from(bytes).unwrap_or(i64::MAX), span);
    record([
        ("cwd", path(&process.working_directory)),
        ("argv", Value::list(words, span)),
        ("start_time", or_null(status.start_time(), |time| date(time, span), span)),
        ("end_time", or_null(status.end_time(), |time| date(time, span), span)),
        ("signal", or_null(signal, |name| text(name, span), span)),
        ("runs", Value::int(process.run.into(), span)),
        ("cpu", or_null(living, |facts| duration(facts.cpu_seconds, span), span)),
        ("mem", or_null(living, |facts| size(facts.memory), span)),
        ("ports", ports(facts.map(|facts| &facts.ports[..]).unwrap_or_default(), span)),
        ("tty", Value::bool(process.tty, span)),
        ("log_path", path(&process.log_combined)),
        ("log_size", or_null(facts, |facts| size(facts.log_size), span)),
    ])
}

/// What came of a wait.
pub(crate) fn waited_row(waited: &Waited, span: Span) -> Value {
    let mut row = process_row(&waited.process, Time::now(), span);
    let reason = serde_json::to_value(waited.reason).unwrap_or_default();
    let line = waited.matched_line.as_deref();
    row.extend(record([
        ("reason", text(reason.as_str().unwrap_or_default(), span)),
        ("matched_line", or_null(line, |line| text(line, span), span)),
        ("ports", ports(&waited.ports, span)),
        ("url", or_null(waited.url.as_deref(), |url| text(url, span), span)),
        ("waited", duration(waited.waited_seconds, span)),
    ]));
    Value::record(row, span)
}

fn ports(all: &[u16], span: Span) -> Value {
    Value::list(all.iter().map(|port| Value::int((*port).into(), span)).collect(), span)
}

fn name_of(signal: i32) -> String {
    signal_name(signal).map_or_else(|| signal.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use nu_protocol::CompareTypes;
    use persistproc_api::facts::Facts;
    use persistproc_api::{Problem, Status};

    use super::super::table_of;
    use super::*;

    /// What a long table has after that of every one.
    const LONG: [&str; 12] = [
        "cwd",
        "argv",
        "start_time",
        "end_time",
        "signal",
        "runs",
        "cpu",
        "mem",
        "ports",
        "tty",
        "log_path",
        "log_size",
    ];

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
            facts: Some(Box::new(Facts { memory: 7, ..Facts::default() })),
        }
    }

    fn row(status: Status) -> Record {
        let rows = processes([&example(status)], true, Span::test_data());
        rows[0].clone().into_record().unwrap()
    }

    fn time(micros: i64) -> Time {
        Time::from_micros(micros)
    }

    fn ended(exit: Exit) -> Status {
        Status::Exited { pid: 7, start_time: time(1), end_time: time(2), exit }
    }

    #[test]
    fn every_process_has_every_column_in_order_and_of_its_type() {
        let failed = Problem::invalid("no");
        for status in [
            Status::Running { pid: 7, start_time: time(2_000_000) },
            Status::Stopping { pid: 7, start_time: time(2_000_000) },
            ended(Exit::Code(3)),
            ended(Exit::Signal(9)),
            Status::Failed { end_time: time(2), error: failed },
            Status::Lost { pid: None, start_time: time(1) },
        ] {
            let row = row(status);
            let names: Vec<&str> = row.columns().map(String::as_str).collect();
            let expected = COLUMNS.iter().map(|(name, _)| *name).chain(LONG);
            assert!(names.iter().copied().eq(expected), "{names:?}");
            let nu_protocol::Type::Table(declared) = table_of(&[COLUMNS]) else {
                panic!("not a table")
            };
            for (name, kind) in declared.iter() {
                let found = &row[name.as_str()];
                assert!(found.is_subtype_of(kind), "{name}: {found:?} is no {kind}");
            }
        }
    }

    #[test]
    fn what_is_not_known_is_null() {
        let running = row(Status::Running { pid: 7, start_time: time(2_000_000) });
        assert_eq!(running["pid"], Value::test_int(7));
        assert_eq!(running["exit_code"], Value::test_nothing());
        assert_eq!(running["mem"], Value::test_filesize(7));
        assert_eq!(running["command"], Value::test_string("npm run 'dev one'"));
        let code = row(ended(Exit::Code(3)));
        assert_eq!(
            (&code["exit_code"], &code["pid"]),
            (&Value::test_int(3), &Value::test_nothing())
        );
        assert_eq!(
            (&code["uptime"], &code["mem"]),
            (&Value::test_nothing(), &Value::test_nothing())
        );
        let signal = row(ended(Exit::Signal(9)));
        assert_eq!(signal["exit_code"], Value::test_nothing());
        assert_eq!(signal["signal"], Value::test_string("SIGKILL"));
    }
}
