//! Logs that change while a reader has them open: a segment is dropped, an index is repaired.

use std::fs;

use persistproc_api::cursor::{Cursor, Offsets, Source};
use persistproc_api::output::Stream;

use crate::logs::byte_reader::ByteReader;
use crate::logs::feed::Feed;
use crate::logs::file_names::SegmentId;
use crate::logs::index_entry::ENTRY_SIZE;
use crate::logs::log::Log;
use crate::logs::position::Position;
use crate::logs::repair;
use crate::logs::segment::Segment;
use crate::logs::writer::Writer;

#[test]
fn a_segment_that_disappears_during_a_read_is_counted_as_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("1");
    fs::create_dir(&run).unwrap();
    let mut writer = Writer::create(&run, 1 << 20, 0).unwrap();
    let line = [&[b'x'; 1 << 10][..], b"\n"].concat();
    while !run.join("index.000003").exists() {
        writer.append(Source::Stdout, &line, 1);
    }
    let log = Log::open(&run).unwrap();
    // The reader opens the first segment and reads it to its end. Then the second one disappears.
    assert_eq!(log.start().unwrap(), Position::default());
    let base_of =
        |number| Segment::open(&run, SegmentId::Rolled(number)).unwrap().unwrap().base().stdout;
    let second = base_of(2);
    let third = base_of(3);
    fs::remove_file(run.join("index.000002")).unwrap();
    let mut reader = ByteReader::new(Stream::Combined, Offsets { stdout: second, stderr: 0 });
    assert!(reader.advance(&log).unwrap());
    let read: u64 = reader.chunks().map(|chunk| chunk.bytes.len() as u64).sum();
    assert_eq!(reader.take_skipped().dropped, Offsets { stdout: third - second, stderr: 0 });
    assert_eq!(reader.at().stdout, third + read);
}

#[test]
fn a_feed_continues_in_a_log_that_was_repaired_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), 1 << 30, 0).unwrap();
    writer.append(Source::Stdout, b"a", 1);
    let start = Cursor::start_of(1);
    let mut feed = Feed::new(folder.path().to_owned(), Stream::Combined, start, 0);
    assert!(feed.next_batch().unwrap().is_some() && feed.next_batch().unwrap().is_none());
    writer.append(Source::Stdout, b"c", 3);
    drop(writer);
    // The entries of both reads are removed. The repair writes a single one instead, so the number
    // of entries is the same as when the feed looked last.
    let index = fs::OpenOptions::new().write(true).open(folder.path().join("index")).unwrap();
    index.set_len(index.metadata().unwrap().len() - ENTRY_SIZE as u64 - 1).unwrap();
    assert!(repair::repair(folder.path()).unwrap());
    let batch = feed.next_batch().unwrap().expect("the second read is returned");
    let bytes: Vec<_> = batch.chunks.iter().map(|chunk| &chunk.bytes[..]).collect();
    assert_eq!(bytes, [b"c" as &[u8]]);
}
