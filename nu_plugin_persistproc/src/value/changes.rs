//! Changed messages as rows.

use nu_protocol::{PipelineMetadata, Span, Value};
use persistproc_api::changes::{ChangedLine, Changes};
use persistproc_api::words::shown;

use super::cell::{date, or_null, record, text};
use super::column::{Columns, Kind, display_metadata};

/// The columns of every table of changes.
pub(crate) const CHANGE_COLUMNS: Columns = &[
    ("timestamp", Kind::Date),
    ("label", Kind::Text),
    ("change", Kind::Text),
    ("message", Kind::Text),
    ("place", Kind::Text),
    ("count", Kind::Int),
    ("is_error", Kind::Bool),
    ("id", Kind::Text),
    ("run", Kind::Int),
    ("against", Kind::Int),
    ("cursor", Kind::Text),
];

/// How to display a table of changes.
pub(crate) fn change_metadata(span: Span) -> PipelineMetadata {
    display_metadata(span, &["change", "message"], &[])
}

/// The new messages of a process, then those that are gone.
pub(crate) fn change_rows(changes: &Changes, span: Span) -> Vec<Value> {
    let new = changes.new.iter().map(|line| change_row(changes, "new", line, span));
    let gone = changes.gone.iter().map(|line| change_row(changes, "gone", line, span));
    new.chain(gone).collect()
}

fn change_row(changes: &Changes, change: &str, line: &ChangedLine, span: Span) -> Value {
    let place = line.place.as_ref();
    let row = record([
        ("timestamp", date(line.time, span)),
        ("label", text(shown(&changes.label), span)),
        ("change", text(change, span)),
        ("message", text(shown(&line.line), span)),
        ("place", or_null(place, |place| text(shown(place), span), span)),
        ("count", Value::int(i64::try_from(line.count).unwrap_or(i64::MAX), span)),
        ("is_error", Value::bool(line.is_error, span)),
        ("id", text(&*changes.id, span)),
        ("run", Value::int(changes.run.into(), span)),
        ("against", or_null(changes.against, |run| Value::int(run.into(), span), span)),
        ("cursor", text(&*line.cursor, span)),
    ]);
    Value::record(row, span)
}
