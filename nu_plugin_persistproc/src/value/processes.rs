//! Processes as rows.

use std::path::Path;

use nu_protocol::{PipelineMetadata, Record, Span, Value};
use persistproc_api::facts::Facts;
use persistproc_api::wait::Waited;
use persistproc_api::words::shown;
use persistproc_api::{Exit, Process, Time, signals};

use super::cell::{date, duration, or_null, record, text};
use super::column::{Columns, Kind, display_metadata};

/// The columns of every table of processes. The first five fit 80 columns of a terminal.
pub(crate) const PROCESS_COLUMNS: Columns = &[
    ("name", Kind::Text),
    ("status", Kind::Text),
    ("pid", Kind::Int),
    ("uptime", Kind::Duration),
    ("exit_code", Kind::Int),
    ("command", Kind::Text),
    ("cwd", Kind::Text),
    ("id", Kind::Text),
    ("label", Kind::Text),
];

/// The columns that `wait` adds to those of every table of processes.
pub(crate) const WAITED_COLUMNS: Columns = &[
    ("reason", Kind::Text),
    ("matched_line", Kind::Text),
    ("ports", Kind::Ints),
    ("url", Kind::Text),
    ("waited", Kind::Duration),
];

/// How to display a table of processes.
pub(crate) fn process_metadata(span: Span) -> PipelineMetadata {
    display_metadata(span, &["name", "status"], &["cwd", "log_path"])
}

/// A row for each process.
pub(crate) fn process_rows<'a>(
    processes: impl IntoIterator<Item = &'a Process>,
    long: bool,
    span: Span,
) -> Vec<Value> {
    let now = Time::now();
    let rows = processes.into_iter().map(|process| {
        let mut row = state_columns(process, now, span);
        if long {
            row.extend(measured_columns(process, span));
        }
        row.extend(command_columns(process, span));
        if long {
            row.extend(long_columns(process, span));
        }
        row.extend(id_columns(process, span));
        Value::record(row, span)
    });
    rows.collect()
}

/// The first columns: the name, and what the process is doing.
fn state_columns(process: &Process, now: Time, span: Span) -> Record {
    let status = &process.status;
    let is_alive = status.is_alive();
    let pid = status.pid().filter(|_| is_alive);
    let exit_code = match status.exit() {
        Some(Exit::Code(code)) => Some(code),
        Some(Exit::Signal(_)) | None => None,
    };
    let start_time = status.start_time().filter(|_| is_alive);
    record([
        ("name", text(shown(process.name()), span)),
        ("status", text(status.word(), span)),
        ("pid", or_null(pid, |pid| Value::int(pid.into(), span), span)),
        ("uptime", or_null(start_time, |start| uptime(start, now, span), span)),
        ("exit_code", or_null(exit_code, |code| Value::int(code.into(), span), span)),
    ])
}

/// What runs where.
fn command_columns(process: &Process, span: Span) -> Record {
    record([
        ("command", text(shown(&process.command_line()), span)),
        ("cwd", path_text(&process.working_directory, span)),
    ])
}

/// The last columns. Commands find a process by its id.
fn id_columns(process: &Process, span: Span) -> Record {
    record([("id", text(&process.id, span)), ("label", text(shown(&process.label), span))])
}

/// The columns of `--long` that change while the process runs.
fn measured_columns(process: &Process, span: Span) -> Record {
    let facts = process.facts.as_deref();
    let live_facts = facts.filter(|_| process.status.is_alive());
    let url = live_facts.and_then(|facts| facts.url.as_deref());
    let ports = facts.map(|facts| facts.ports.as_slice()).unwrap_or_default();
    record([
        ("url", or_null(url, |url| text(shown(url), span), span)),
        ("ports", port_list(ports, span)),
        ("cpu", or_null(live_facts, |facts| duration(facts.cpu_seconds, span), span)),
        ("mem", or_null(live_facts, |facts| filesize(facts.memory, span), span)),
    ])
}

/// The time since `start`, in whole seconds, or in whole milliseconds during the first second.
pub(super) fn uptime(start: Time, now: Time, span: Span) -> Value {
    let micros = now.micros().saturating_sub(start.micros()).max(0);
    let unit = if micros < 1_000_000 { 1000 } else { 1_000_000 };
    let rounded = micros / unit * unit;
    Value::duration(rounded.saturating_mul(1000), span)
}

/// The other columns that only `--long` shows.
fn long_columns(process: &Process, span: Span) -> Record {
    let status = &process.status;
    let facts = process.facts.as_deref();
    let signal = match status.exit() {
        Some(Exit::Signal(signal)) => Some(name_of_signal(signal)),
        Some(Exit::Code(_)) | None => None,
    };
    let argv = process.command.iter().map(|word| text(shown(word), span)).collect();
    let name_url = facts.and_then(|facts| facts.name_url.as_deref());
    let client =
        |name: &Option<String>| or_null(name.as_deref(), |name| text(shown(name), span), span);
    record([
        ("argv", Value::list(argv, span)),
        ("start_time", or_null(status.start_time(), |time| date(time, span), span)),
        ("end_time", or_null(status.end_time(), |time| date(time, span), span)),
        ("signal", or_null(signal, |name| text(name, span), span)),
        ("runs", Value::int(process.run.into(), span)),
        ("started_by", client(&process.started_by)),
        ("stopped_by", client(&process.stopped_by)),
        ("clients", client_table(facts, span)),
        (
            "assigned_port",
            or_null(process.assigned_port, |port| Value::int(port.into(), span), span),
        ),
        ("name_url", or_null(name_url, |url| text(url, span), span)),
        ("tty", Value::bool(process.tty, span)),
        ("streams", text(process.streams.word(), span)),
        ("log_path", path_text(&process.log_combined, span)),
        ("log_size", or_null(facts, |facts| filesize(facts.log_size, span), span)),
    ])
}

/// The clients that use the process, and those that used it last.
fn client_table(facts: Option<&Facts>, span: Span) -> Value {
    let clients = facts.map(|facts| facts.clients.as_slice()).unwrap_or_default();
    let rows = clients.iter().map(|client| {
        let session = client.session.as_deref();
        let row = record([
            ("name", text(shown(&client.name), span)),
            ("use", text(client.kind.word(), span)),
            ("active", Value::bool(client.active, span)),
            ("time", date(client.time, span)),
            ("session", or_null(session, |session| text(shown(session), span), span)),
        ]);
        Value::record(row, span)
    });
    Value::list(rows.collect(), span)
}

/// The result of a wait: the process, and what ended the wait.
pub(crate) fn waited_row(waited: &Waited, span: Span) -> Value {
    let process = &waited.process;
    let mut row = state_columns(process, Time::now(), span);
    row.extend(command_columns(process, span));
    row.extend(id_columns(process, span));
    let reason = serde_json::to_value(waited.reason).unwrap_or_default();
    let matched_line = waited.matched_line.as_deref();
    row.extend(record([
        ("reason", text(reason.as_str().unwrap_or_default(), span)),
        ("matched_line", or_null(matched_line, |line| text(line, span), span)),
        ("ports", port_list(&waited.ports, span)),
        ("url", or_null(waited.url.as_deref(), |url| text(url, span), span)),
        ("waited", duration(waited.waited_seconds, span)),
    ]));
    Value::record(row, span)
}

pub(super) fn path_text(path: &Path, span: Span) -> Value {
    text(shown(&path.to_string_lossy()), span)
}

fn filesize(bytes: u64, span: Span) -> Value {
    Value::filesize(i64::try_from(bytes).unwrap_or(i64::MAX), span)
}

pub(super) fn port_list(ports: &[u16], span: Span) -> Value {
    Value::list(ports.iter().map(|port| Value::int((*port).into(), span)).collect(), span)
}

fn name_of_signal(signal: i32) -> String {
    signals::name(signal).map_or_else(|| signal.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use nu_protocol::CompareTypes;
    use persistproc_api::{Problem, Status};

    use super::super::column::table_type;
    use super::*;

    /// The columns that only a long table has.
    const LONG_COLUMNS: [&str; 18] = [
        "url",
        "ports",
        "cpu",
        "mem",
        "argv",
        "start_time",
        "end_time",
        "signal",
        "runs",
        "started_by",
        "stopped_by",
        "clients",
        "assigned_port",
        "name_url",
        "tty",
        "streams",
        "log_path",
        "log_size",
    ];

    fn example(status: Status) -> Process {
        Process {
            id: "todo-npm-run-dev".into(),
            label: "web".into(),
            command: ["npm", "run", "dev one"].map(str::to_owned).into(),
            command_base64: None,
            working_directory: "/todo".into(),
            working_directory_base64: None,
            status,
            run: 1,
            tty: false,
            streams: persistproc_api::streams::Streams::Split,
            stdin: persistproc_api::process::StdinSource::Own,
            private: false,
            let_go: Vec::new(),
            ended_with: Vec::new(),
            leader_exit: None,
            assigned_port: None,
            answering: true,
            log_combined: "/c".into(),
            log_stdout: "/o".into(),
            log_stderr: "/e".into(),
            lost_bytes: 0,
            started_by: None,
            started_by_session: None,
            stopped_by: None,
            facts: Some(Box::new(Facts { memory: 7, ..Facts::default() })),
            texts: None,
        }
    }

    fn row(status: Status) -> Record {
        let rows = process_rows([&example(status)], true, Span::test_data());
        rows[0].clone().into_record().unwrap()
    }

    fn time(micros: i64) -> Time {
        Time::from_micros(micros)
    }

    fn exited(exit: Exit) -> Status {
        Status::Exited { pid: 7, start_time: time(1), end_time: time(2), exit }
    }

    #[test]
    fn every_row_has_all_columns_in_order_and_of_the_declared_type() {
        let failed = Problem::invalid("no");
        for status in [
            Status::Running { pid: 7, start_time: time(2_000_000) },
            Status::Stopping { pid: 7, start_time: time(2_000_000) },
            exited(Exit::Code(3)),
            exited(Exit::Signal(9)),
            Status::Failed { end_time: time(2), error: failed },
            Status::Lost { pid: None, start_time: time(1) },
        ] {
            let row = row(status);
            let names: Vec<&str> = row.columns().map(String::as_str).collect();
            let short: Vec<&str> = PROCESS_COLUMNS.iter().map(|(name, _)| *name).collect();
            let expected =
                [&short[..5], &LONG_COLUMNS[..4], &short[5..7], &LONG_COLUMNS[4..], &short[7..]];
            assert_eq!(names, expected.concat());
            let nu_protocol::Type::Table(declared) = table_type(&[PROCESS_COLUMNS]) else {
                panic!("not a table")
            };
            for (name, kind) in declared.iter() {
                let found = &row[name.as_str()];
                assert!(found.is_subtype_of(kind), "{name}: {found:?} is not a {kind}");
            }
        }
    }

    #[test]
    fn unknown_values_are_null() {
        let running = row(Status::Running { pid: 7, start_time: time(2_000_000) });
        assert_eq!(running["pid"], Value::test_int(7));
        assert_eq!(running["exit_code"], Value::test_nothing());
        assert_eq!(running["mem"], Value::test_filesize(7));
        assert_eq!(running["command"], Value::test_string("npm run 'dev one'"));
        let code = row(exited(Exit::Code(3)));
        assert_eq!(code["exit_code"], Value::test_int(3));
        assert_eq!(code["pid"], Value::test_nothing());
        assert_eq!(code["uptime"], Value::test_nothing());
        assert_eq!(code["mem"], Value::test_nothing());
        let signal = row(exited(Exit::Signal(9)));
        assert_eq!(signal["exit_code"], Value::test_nothing());
        assert_eq!(signal["signal"], Value::test_string("SIGKILL"));
    }
}
