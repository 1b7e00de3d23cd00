//! Reads `config.toml` into keys and values with their lines. It knows no key.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use toml::{Spanned, Value};

/// One key of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConfigEntry {
    pub(super) key: String,
    /// The value as text: a string without its quotes.
    pub(super) value: String,
    /// From 1.
    pub(super) line: usize,
}

/// Why the file as a whole cannot be used.
#[derive(Debug)]
pub(super) enum ConfigFileError {
    Unreadable(io::Error),
    Syntax { line: usize, message: String },
}

/// The keys of a file in the order of its lines. `None` if there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<ConfigEntry>>, ConfigFileError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(ConfigFileError::Unreadable(error)),
    };
    parse(&text).map(Some)
}

fn parse(text: &str) -> Result<Vec<ConfigEntry>, ConfigFileError> {
    let table: BTreeMap<Spanned<String>, Spanned<Value>> =
        toml::from_str(text).map_err(|error| ConfigFileError::Syntax {
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().trim_end_matches('.').replace('\n', ", "),
        })?;
    let mut entries: Vec<ConfigEntry> = table
        .into_iter()
        .map(|(key, value)| ConfigEntry {
            line: line_of(text, key.span().start),
            key: key.into_inner(),
            value: value_text(value.into_inner()),
        })
        .collect();
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

/// The line of an offset, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn value_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(is_true) => is_true.to_string(),
        Value::Datetime(_) => "a date".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
    }
}
