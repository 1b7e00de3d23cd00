//! The log store: every byte that a child wrote, unmodified, and an index that finds lines, times
//! and streams quickly. It knows run folders and bytes; it knows no processes and no sockets.
//!
//! # Terms
//!
//! - *source*: stdout or stderr. A *stream* is what a reader asks for: one source, or both
//!   combined.
//! - *read*: the bytes that one `read` of the shim returned. The unit of writing and of the index.
//! - *segment*: one set of four files. The *active* segment is written; *rolled* ones are complete.
//! - *position*: bytes and lines of each source before a place in the run. An *offset* is its part
//!   for one source, in bytes. A *cursor* is a run and the offsets in it.
//! - *dropped*: deleted because of the log limit. *Lost*: never stored because the disk was full.
//!
//! # On disk
//!
//! A run folder holds `combined.log`, `stdout.log`, `stderr.log` and `index`. The logs hold the
//! bytes as they were written, the first both sources in order of arrival. While nothing was
//! written to stderr, `stdout.log` is a hard link to `combined.log`. The index holds one fixed-size
//! [entry](index_entry) for each read, after a base entry that says where the segment begins.
//!
//! A segment that has reached its size is rolled: its files get a number ([`file_names`]), and the
//! next active segment is created. When the logs exceed their [limit](size_limit) the oldest
//! segments are deleted. Where bytes could not be stored, [`gaps`] says how many are missing.
//!
//! The format doesn't change: a daemon must read the logs of every older release, and of shims
//! that are still running from before its upgrade.
//!
//! # Invariants
//!
//! - Bytes are written before their index entry. A reader never reads beyond the last entry, so
//!   it never sees part of a read.
//! - One process writes to a log at a time: the run's shim. A [`repair`] runs in the daemon
//!   if the run has no shim, or in the next shim before it continues the log. The daemon deletes
//!   only segments that no shim writes.
//! - Positions and cursors count from the beginning of the run. Rolling and dropping change none.
//! - A reader delivers each byte once, or counts it as dropped.
//! - Nothing is fsynced. The crash of a program loses no byte; a power failure can lose the newest.
//!
//! # Modules, from the disk to the answer
//!
//! | module | contents |
//! |---|---|
//! | [`position`], [`index_entry`] | the units of the index |
//! | [`file_names`], `index_file`, `log_file`, `missing` | names of files, reading an index, errors of files |
//! | [`gaps`] | where bytes are missing that could not be stored |
//! | [`writer`], `active_files` | appending, rolling, surviving a full disk |
//! | `file_check` | files that another program has damaged, made again by the writer |
//! | [`repair`], `rebuild`, `reindexing` | index and logs after a crash, and when no shim writes them after damage |
//! | [`size_limit`] | deleting the oldest segments |
//! | [`unread`] | what may not be deleted yet |
//! | [`segment`], `entry_bytes` | one segment, open for reading |
//! | `kept_bytes`, `salvage` | what is left of a segment that another program has damaged |
//! | [`log`] | all segments of a run: finding a line, time or offset |
//! | [`byte_reader`] | bytes in order of arrival |
//! | [`lines`], `line_reader` | lines put together from bytes |
//! | [`cursors`] | cursors from lines and times |
//! | [`feed`] | output added since the last call, for followers |
//! | [`page`], [`page_query`], `page_builder` | pages of lines |
//! | [`pattern`], `block_search`, `matches` | regular expressions over blocks of lines |
//! | `match_walk`, [`search`] | pages of lines that match, and the newest of them |
//! | [`text`] | bytes of a line as text |

mod active_files;
mod block_search;
pub mod byte_reader;
pub mod cursors;
mod entry_bytes;
pub mod feed;
mod file_check;
pub mod file_names;
pub mod gaps;
pub mod index_entry;
mod index_file;
mod kept_bytes;
pub(crate) mod line_reader;
pub mod lines;
pub mod log;
mod log_file;
mod match_walk;
mod matches;
pub mod missing;
pub mod page;
mod page_builder;
pub mod page_query;
pub mod pattern;
pub mod position;
mod rebuild;
mod reindexing;
pub mod repair;
mod salvage;
pub mod search;
pub mod segment;
pub mod size_limit;
pub mod text;
pub mod unread;
pub mod writer;

#[cfg(test)]
mod tests;
