//! Listeners of ports and servers that persistproc did not start, as rows.

use nu_protocol::{PipelineMetadata, Span, Value};
use persistproc_api::Time;
use persistproc_api::ports::{PortListener, Stray};
use persistproc_api::words::{join_words, shown};

use super::cell::{date, or_null, record, text};
use super::column::{Columns, Kind, display_metadata};
use super::processes::{path_text, port_list, uptime};

/// The columns of the listeners of a port.
pub(crate) const LISTENER_COLUMNS: Columns = &[
    ("port", Kind::Int),
    ("pid", Kind::Int),
    ("id", Kind::Text),
    ("label", Kind::Text),
    ("command", Kind::Text),
    ("cwd", Kind::Text),
    ("start_time", Kind::Date),
    ("stop", Kind::Text),
];

/// How to display a table of listeners.
pub(crate) fn listener_metadata(span: Span) -> PipelineMetadata {
    display_metadata(span, &["command"], &["cwd"])
}

/// A row for a listener of a port.
pub(crate) fn listener_row(listener: &PortListener, port: u16, span: Span) -> Value {
    let optional =
        |value: &Option<String>| or_null(value.as_deref(), |value| text(shown(value), span), span);
    let directory = listener.working_directory.as_deref();
    let command = Some(&listener.command).filter(|command| !command.is_empty());
    let row = record([
        ("port", Value::int(port.into(), span)),
        ("pid", or_null(listener.pid, |pid| Value::int(pid.into(), span), span)),
        ("id", optional(&listener.id)),
        ("label", optional(&listener.label)),
        ("command", or_null(command, |command| text(shown(&join_words(command)), span), span)),
        ("cwd", or_null(directory, |directory| path_text(directory, span), span)),
        ("start_time", or_null(listener.start_time, |time| date(time, span), span)),
        ("stop", optional(&listener.stop_command)),
    ]);
    Value::record(row, span)
}

/// A row for a server that persistproc did not start: the columns of `ps`, and what is known about the
/// server.
pub(crate) fn stray_row(stray: &Stray, span: Span) -> Value {
    let now = Time::now();
    let nothing = || Value::nothing(span);
    let row = record([
        ("name", nothing()),
        ("status", nothing()),
        ("pid", Value::int(stray.pid.into(), span)),
        ("uptime", or_null(stray.start_time, |start| uptime(start, now, span), span)),
        ("exit_code", nothing()),
        ("url", or_null(stray.url.as_deref(), |url| text(shown(url), span), span)),
        ("ports", port_list(&stray.ports, span)),
        ("command", text(shown(&join_words(&stray.command)), span)),
        ("cwd", path_text(&stray.working_directory, span)),
        ("id", nothing()),
        ("label", nothing()),
        ("log_path", or_null(stray.log.as_deref(), |log| path_text(log, span), span)),
        ("stop", text(&stray.stop_command, span)),
    ]);
    Value::record(row, span)
}
