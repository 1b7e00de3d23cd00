//! Values of single cells, and records made of them.

use chrono::{DateTime, FixedOffset, Local, TimeZone};
use nu_protocol::{Record, Span, Value};
use persistproc_api::Time;
use persistproc_api::seconds::Seconds;

pub(super) fn text(text: impl Into<String>, span: Span) -> Value {
    Value::string(text, span)
}

pub(super) fn or_null<T>(value: Option<T>, make: impl FnOnce(T) -> Value, span: Span) -> Value {
    value.map_or(Value::nothing(span), make)
}

pub(super) fn duration(seconds: Seconds, span: Span) -> Value {
    Value::duration((f64::from(seconds) * 1e9) as i64, span)
}

/// A date with the local time zone; null if the time is out of range.
pub(super) fn date(time: Time, span: Span) -> Value {
    or_null(local_date(time), |date| Value::date(date, span), span)
}

fn local_date(time: Time) -> Option<DateTime<FixedOffset>> {
    Some(Local.timestamp_micros(time.micros()).single()?.fixed_offset())
}

pub(super) fn record<const N: usize>(fields: [(&str, Value); N]) -> Record {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
