//! A roll that cannot create its new files, as on a full disk: the writer finishes it later, and
//! readers never notice.

use std::fs;
use std::path::Path;

use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::output::{Lines, Stream};

use crate::logs::file_names::rolled_segments;
use crate::logs::page;
use crate::logs::size_limit::segment_size;
use crate::logs::writer::Writer;

const LIMIT: u64 = 1 << 20;

/// Appends numbered lines to the sources in turn, at least this many bytes.
fn append_lines(writer: &mut Writer, sources: &[Source], lines: &mut u64, bytes: u64) {
    let until = writer.end() + bytes;
    while writer.end() < until {
        *lines += 1;
        let source = sources[*lines as usize % sources.len()];
        writer.append(source, format!("{lines} {}\n", "x".repeat(1000)).as_bytes(), 1);
    }
}

/// Reads all lines that are left and compares them with what was written.
fn assert_complete(folder: &Path, lines: u64) {
    let query = super::query(Stream::Combined, Lines::All);
    let page = page::after(|_| folder.to_owned(), Cursor::start_of(1), 1, &query).unwrap();
    let dropped = page.dropped_lines.unwrap();
    let numbers: Vec<u64> =
        page.output.iter().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (dropped + 1..=lines).collect::<Vec<_>>());
}

#[test]
fn a_roll_that_fails_half_way_is_finished_later() {
    let process = tempfile::tempdir().unwrap();
    let folder = process.path().join("1");
    fs::create_dir(&folder).unwrap();
    let mut writer = Writer::create(&folder, LIMIT, 0).unwrap();
    let mut lines = 0;
    // A folder of this name keeps the writer from creating the next index. At that point of a roll
    // all files have been renamed and the new logs have been created.
    let obstacle = folder.join("index.new");
    fs::create_dir(&obstacle).unwrap();
    while rolled_segments(&folder).unwrap().is_empty() {
        append_lines(&mut writer, &[Source::Stdout], &mut lines, 1);
    }
    // The first bytes of stderr, which split `stdout.log` from `combined.log`.
    append_lines(&mut writer, &Source::BOTH, &mut lines, segment_size(LIMIT));
    assert_complete(&folder, lines);
    fs::remove_dir(&obstacle).unwrap();
    append_lines(&mut writer, &Source::BOTH, &mut lines, 2 * LIMIT);
    assert!(rolled_segments(&folder).unwrap().len() > 4, "the log rolls again");
    assert_complete(&folder, lines);
}
