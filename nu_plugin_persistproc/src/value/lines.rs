//! Lines of output as rows.

use nu_protocol::{Span, Value};
use persistproc_api::output::Row;
use persistproc_api::search::Match;

use super::{Columns, Kind, date, or_null, record, text};

const COLUMNS: Columns = &[
    ("timestamp", Kind::Date),
    ("label", Kind::Text),
    ("stream", Kind::Text),
    ("message", Kind::Text),
];

/// The columns of every table of lines.
pub(crate) fn log_columns() -> Columns {
    COLUMNS
}

/// A line of a process.
pub(crate) fn log_row(id: &str, label: &str, row: Row, long: bool, span: Span) -> Value {
    let mut fields = record([
        ("timestamp", date(row.time, span)),
        ("label", text(label, span)),
        ("stream", text(row.stream.word(), span)),
        ("message", text(row.line, span)),
    ]);
    if long {
        let number = row.number.and_then(|number| i64::try_from(number).ok());
        fields.extend(record([
            ("id", text(id, span)),
            ("run", Value::int(row.run.into(), span)),
            ("line", or_null(number, |number| Value::int(number, span), span)),
            ("cursor", text(row.cursor, span)),
        ]));
    }
    Value::record(fields, span)
}

/// A line that a search found. Which line of its run it is nobody counted.
pub(crate) fn match_row(found: Match, long: bool, span: Span) -> Value {
    let Match { id, label, run, stream, time, line, cursor } = found;
    let row = Row { run, number: None, stream, time, line, cursor };
    log_row(&id, &label, row, long, span)
}

#[cfg(test)]
mod tests {
    use persistproc_api::Time;
    use persistproc_api::output::Stream;

    use super::*;

    #[test]
    fn every_line_has_every_column_in_order() {
        let row = Row {
            run: 2,
            number: None,
            stream: Stream::Stderr,
            time: Time::from_micros(1),
            line: "x".into(),
            cursor: "2-0-2".into(),
        };
        let value = log_row("todo", "web", row, true, Span::test_data());
        let row = value.into_record().unwrap();
        let names: Vec<&str> = row.columns().map(String::as_str).collect();
        let expected = ["timestamp", "label", "stream", "message", "id", "run", "line", "cursor"];
        assert_eq!(names, expected);
        assert!(matches!(row["timestamp"], Value::Date { .. }));
        assert_eq!(row["line"], Value::test_nothing());
        assert_eq!(row["stream"], Value::test_string("stderr"));
    }
}
