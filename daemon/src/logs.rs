//! The store: every byte a child wrote, exactly, and an index that makes lines, times and
//! streams cheap to find. It knows run folders and bytes; it knows no process, no pid, no socket.
//!
//! A run folder holds `combined.log`, `stdout.log`, `stderr.log` and `index`. The logs are raw.
//! The index is an array of fixed-size [`entry::Entry`]s, one per read of the shim: when, which
//! stream, and how many bytes and lines of each stream there are after it. Bytes are written
//! before their entry, so the index is the truth about what may be read.
//!
//! When a log grows past its segment size all four files are renamed with a number
//! (`combined.000001.log`, …) and new ones begun; the oldest numbered ones go when the process
//! is over its limit. Offsets count from the beginning of the run, whatever was dropped.
//!
//! | file | what it does |
//! |---|---|
//! | [`entry`] | one index entry, 40 bytes |
//! | [`writer`] | append, roll, survive a full disk |
//! | [`limits`] | drop the oldest |
//! | [`segment`] | open one set of files, even while it is being renamed |
//! | [`log`] | a run's segments as one log: find by line, time, offset |
//! | `read` | lines inside one read of the shim |
//! | [`walk`] | bytes in order of arrival from any place on |
//! | [`lines`] | lines put together across reads and streams |
//! | [`question`], [`page`] | what is asked of lines, and the answer |
//! | [`search`], [`pattern`] | regular expressions, over blocks of whole lines |
//! | [`feed`] | what a follower has not seen yet |
//! | [`text`] | bytes of a line as text for people and models |
//! | [`repair`] | an index that was torn or lost, made anew |

pub mod entry;
pub mod feed;
mod files;
mod gather;
pub mod limits;
pub mod lines;
pub mod log;
pub mod page;
pub mod pattern;
pub mod question;
mod read;
mod reader;
pub mod repair;
pub mod search;
pub mod segment;
pub mod text;
pub mod walk;
pub mod writer;

#[cfg(test)]
mod tests;
