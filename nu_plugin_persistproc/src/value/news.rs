//! News as rows.

use nu_protocol::{PipelineMetadata, Span, Value};
use persistproc_api::news::News;

use super::cell::{date, or_null, record, text};
use super::column::{Columns, Kind, display_metadata};

/// The columns of every table of news.
pub(crate) const NEWS_COLUMNS: Columns = &[
    ("timestamp", Kind::Date),
    ("label", Kind::Text),
    ("kind", Kind::Text),
    ("message", Kind::Text),
    ("place", Kind::Text),
    ("more", Kind::Int),
    ("id", Kind::Text),
    ("run", Kind::Int),
    ("cursor", Kind::Text),
];

/// How to display a table of news.
pub(crate) fn news_metadata(span: Span) -> PipelineMetadata {
    display_metadata(span, &["kind", "message"], &[])
}

/// One piece of news.
pub(crate) fn news_row(news: &News, span: Span) -> Value {
    let place = news.place.as_ref();
    let row = record([
        ("timestamp", date(news.time, span)),
        ("label", text(&*news.label, span)),
        ("kind", text(news.kind.word(), span)),
        ("message", text(&*news.line, span)),
        ("place", or_null(place, |place| text(&**place, span), span)),
        ("more", Value::int(news.more.into(), span)),
        ("id", text(&*news.id, span)),
        ("run", Value::int(news.run.into(), span)),
        ("cursor", text(&*news.cursor, span)),
    ]);
    Value::record(row, span)
}
