//! Conversion to Nushell values. Rows have real types and every column of their table, with null for
//! unknown values.
//!
//! | module | contents |
//! |---|---|
//! | `column` | names, types and display hints of table columns |
//! | `processes`, `lines` | a process, a line of output as a row |
//! | `listeners` | a listener of a port, a server that persistproc did not start |
//! | `news`, `changes` | one piece of news, a message that is new or gone |
//! | `cell` | times, durations and optional values |
//! | `convert` | JSON text, environment strings |
//! | `error` | a `Problem` as an error with code, label and help |

mod cell;
mod changes;
mod column;
mod convert;
mod error;
mod lines;
mod listeners;
mod news;
mod processes;
#[cfg(test)]
mod tests;

pub(crate) use changes::{CHANGE_COLUMNS, change_metadata, change_rows};
pub(crate) use column::table_type;
pub(crate) use convert::{OneOrMany, to_env_string, to_json};
pub(crate) use error::{combine_errors, error, error_value, labelled_error};
pub(crate) use lines::{LINE_COLUMNS, line_metadata, line_row, match_row};
pub(crate) use listeners::{LISTENER_COLUMNS, listener_metadata, listener_row, stray_row};
pub(crate) use news::{NEWS_COLUMNS, news_metadata, news_row};
pub(crate) use processes::{
    PROCESS_COLUMNS, WAITED_COLUMNS, process_metadata, process_rows, waited_row,
};
