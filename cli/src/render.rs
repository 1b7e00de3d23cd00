//! Writes results as text or JSON to standard output. The modules format values; they send no requests.

pub(crate) mod agents;
pub(crate) mod attach_note;
pub(crate) mod columns;
pub(crate) mod diff;
pub(crate) mod facts;
pub(crate) mod line_time;
pub(crate) mod listeners;
pub(crate) mod matches;
pub(crate) mod name_column;
pub(crate) mod news;
pub(crate) mod problem;
pub(crate) mod selection;
pub(crate) mod serve_banner;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod wait_result;
pub(crate) mod words;
pub(crate) mod wrapping;

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::error::Failure;

/// Prints a value as indented JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Prints a value as JSON on one line.
pub(crate) fn json_line(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Prints lines as they are.
pub(crate) fn lines<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    for line in lines {
        out.write_all(line.as_ref().as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Prints lines that contain labels or other untrusted text: control characters are escaped.
pub(crate) fn escaped_lines<L: AsRef<str>>(
    text: impl IntoIterator<Item = L>,
) -> Result<(), Failure> {
    lines(text.into_iter().map(|line| words::shown(line.as_ref())))
}
