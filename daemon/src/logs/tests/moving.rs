//! Logs that change under the hands of a reader: segments that go, an index that is mended.

use persistproc_api::cursor::{Cursor, Offsets};
use persistproc_api::output::Stream;

use crate::logs::entry::{Mark, SIZE, Source};
use crate::logs::feed::Feed;
use crate::logs::log::Log;
use crate::logs::repair;
use crate::logs::segment::Segment;
use crate::logs::walk::Walk;
use crate::logs::writer::Writer;

#[test]
fn a_segment_that_goes_while_it_is_looked_for_is_said_to_be_gone() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("1");
    std::fs::create_dir(&run).unwrap();
    let mut writer = Writer::create(&run, 1 << 20, 0).unwrap();
    let line = [&[b'x'; 1 << 10][..], b"\n"].concat();
    while !run.join("index.000003").exists() {
        writer.append(Source::Stdout, &line, 1);
    }
    let log = Log::open(&run).unwrap();
    // A reader has just found the first segment, and read it to its end, when the second goes.
    assert_eq!(log.first().unwrap(), Mark::default());
    let base = |number| Segment::open(&run, Some(number)).unwrap().unwrap().base().stdout;
    let (second, third) = (base(2), base(3));
    std::fs::remove_file(run.join("index.000002")).unwrap();
    let mut walk = Walk::new(Stream::Combined, Offsets { stdout: second, stderr: 0 });
    assert!(walk.advance(&log).unwrap());
    let came: u64 = walk.pieces().map(|piece| piece.bytes.len() as u64).sum();
    assert_eq!(walk.take_dropped(), Offsets { stdout: third - second, stderr: 0 });
    assert_eq!(walk.at().stdout, third + came);
}

#[test]
fn a_follower_reads_on_in_a_log_that_was_mended_under_its_hands() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), 1 << 30, 0).unwrap();
    writer.append(Source::Stdout, b"a", 1);
    let start = Cursor::start_of(1);
    let mut feed = Feed::new(folder.path().to_owned(), Stream::Combined, start, 0);
    assert!(feed.news().unwrap().is_some() && feed.news().unwrap().is_none());
    writer.append(Source::Stdout, b"c", 3);
    drop(writer);
    // The entries of both reads are gone; one in their place says what there is.
    let index = std::fs::OpenOptions::new().write(true).open(folder.path().join("index")).unwrap();
    index.set_len(index.metadata().unwrap().len() - SIZE as u64 - 1).unwrap();
    assert!(repair::repair(folder.path()).unwrap());
    let news = feed.news().unwrap().expect("there is another line");
    assert_eq!(
        news.chunks.iter().map(|chunk| &chunk.bytes[..]).collect::<Vec<_>>(),
        [b"c" as &[u8]]
    );
}
