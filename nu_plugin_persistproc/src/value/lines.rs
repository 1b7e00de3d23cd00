//! Lines of output as rows.

use nu_protocol::{PipelineMetadata, Span, Value};
use persistproc_api::output::Row;
use persistproc_api::search::Match;

use super::cell::{date, or_null, record, text};
use super::column::{Columns, Kind, display_metadata};

/// The columns of every table of lines.
pub(crate) const LINE_COLUMNS: Columns = &[
    ("timestamp", Kind::Date),
    ("label", Kind::Text),
    ("stream", Kind::Text),
    ("message", Kind::Text),
];

/// How to display a table of lines.
pub(crate) fn line_metadata(span: Span) -> PipelineMetadata {
    display_metadata(span, &["message"], &[])
}

/// A line of a process. A long row also has the columns id, run, line and cursor.
pub(crate) fn line_row(id: &str, label: &str, row: Row, long: bool, span: Span) -> Value {
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

/// A line that a search found. Its number is unknown, because a search does not count lines.
pub(crate) fn match_row(found: Match, long: bool, span: Span) -> Value {
    let row = Row {
        run: found.run,
        number: None,
        stream: found.stream,
        time: found.time,
        line: found.line,
        cursor: found.cursor,
    };
    line_row(&found.id, &found.label, row, long, span)
}

#[cfg(test)]
mod tests {
    use persistproc_api::Time;
    use persistproc_api::output::Stream;

    use super::*;

    #[test]
    fn a_long_row_has_all_columns_in_order() {
        let row = Row {
            run: 2,
            number: None,
            stream: Stream::Stderr,
            time: Time::from_micros(1),
            line: "x".into(),
            cursor: "2-0-2".into(),
        };
        let value = line_row("todo", "web", row, true, Span::test_data());
        let row = value.into_record().unwrap();
        let names: Vec<&str> = row.columns().map(String::as_str).collect();
        let expected = ["timestamp", "label", "stream", "message", "id", "run", "line", "cursor"];
        assert_eq!(names, expected);
        assert!(matches!(row["timestamp"], Value::Date { .. }));
        assert_eq!(row["line"], Value::test_nothing());
        assert_eq!(row["stream"], Value::test_string("stderr"));
    }
}
