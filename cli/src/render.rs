//! Answers as text and JSON on standard output. It asks nobody anything; it is handed what
//! there is to show.

pub(crate) mod agents;
pub(crate) mod diff;
pub(crate) mod facts;
pub(crate) mod health;
pub(crate) mod matches;
pub(crate) mod problem;
pub(crate) mod serving;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod waited;
pub(crate) mod words;

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::error::Failure;

/// A value as JSON that people can read too.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Lines, each with its end.
pub(crate) fn lines<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    for line in lines {
        out.write_all(line.as_ref().as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// The same for lines that have names in them, which are anybody's text.
pub(crate) fn said<L: AsRef<str>>(said: impl IntoIterator<Item = L>) -> Result<(), Failure> {
    lines(said.into_iter().map(|line| words::shown(line.as_ref())))
}
