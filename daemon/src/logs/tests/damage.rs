//! Log files that another program shortens, deletes or replaces while they are written: every byte is
//! read as it was written, or counted as missing, and what is written later is stored.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::output::{Lines, Stream};

use crate::logs::feed::Feed;
use crate::logs::file_names::rolled_segments;
use crate::logs::log::Log;
use crate::logs::search::search;
use crate::logs::writer::Writer;
use crate::logs::{page, pattern, repair};

/// Long enough for the writer to look at the names of its files again.
const LATER: i64 = 10_000_000;

/// What another program does in a run folder.
type Damage = fn(&Path);

fn empty(folder: &Path, name: &str) {
    File::options().write(true).open(folder.join(name)).unwrap().set_len(0).unwrap();
}

fn shorten(folder: &Path, name: &str, length: u64) {
    File::options().write(true).open(folder.join(name)).unwrap().set_len(length).unwrap();
}

fn replace(folder: &Path, name: &str) {
    fs::write(folder.join("other"), "something else\n").unwrap();
    fs::rename(folder.join("other"), folder.join(name)).unwrap();
}

/// Everything that can be done while the writer has the files open. `true`: no byte is lost.
const DAMAGES: [(&str, bool, Damage); 15] = [
    ("combined.log deleted", true, |run| fs::remove_file(run.join("combined.log")).unwrap()),
    ("stdout.log deleted", true, |run| fs::remove_file(run.join("stdout.log")).unwrap()),
    ("stderr.log deleted", true, |run| fs::remove_file(run.join("stderr.log")).unwrap()),
    ("index deleted", true, |run| fs::remove_file(run.join("index")).unwrap()),
    ("the folder deleted", true, |run| fs::remove_dir_all(run).unwrap()),
    ("the folder replaced", true, |run| {
        fs::remove_dir_all(run).unwrap();
        fs::create_dir(run).unwrap();
        fs::write(run.join("combined.log"), "something else\n").unwrap();
    }),
    ("combined.log replaced", true, |run| replace(run, "combined.log")),
    ("index replaced", true, |run| replace(run, "index")),
    ("stdout.log a link", true, |run| {
        fs::remove_file(run.join("stdout.log")).unwrap();
        symlink("/dev/zero", run.join("stdout.log")).unwrap();
    }),
    ("something appended", true, |run| {
        let all = fs::read(run.join("combined.log")).unwrap();
        fs::write(run.join("combined.log"), [&all[..], b"something else\n"].concat()).unwrap();
    }),
    ("combined.log emptied", false, |run| empty(run, "combined.log")),
    ("stdout.log emptied", false, |run| empty(run, "stdout.log")),
    ("stdout.log shortened", false, |run| shorten(run, "stdout.log", 5)),
    ("index emptied", true, |run| empty(run, "index")),
    ("index shortened", true, |run| shorten(run, "index", 100)),
];

/// Writes the nth part of both streams, and adds it to what was written.
fn write_part(
    writer: &mut Writer,
    written: &mut [Vec<u8>; 2],
    part: u32,
    with_stderr: bool,
    time: i64,
) {
    for source in Source::BOTH {
        if source == Source::Stdout || with_stderr {
            for line in 0..3 {
                let text = format!("{} {part}.{line}\n", source.stream().word());
                writer.append(source, text.as_bytes(), time);
                written[source as usize].extend(text.into_bytes());
            }
        }
    }
}

/// Reads all output as a follower does. Checks that each byte is in its place, and returns how many
/// there are and how many are said to be missing.
#[track_caller]
fn check_all(run: &Path, written: &[Vec<u8>; 2], what: &str) -> (u64, u64) {
    let mut feed = Feed::new(run.to_owned(), Stream::Combined, Cursor::start_of(1), 0);
    let (mut read, mut missing) = (0, 0);
    while let Some(batch) = feed.next_batch().unwrap() {
        missing += batch.damaged + batch.dropped;
        for chunk in batch.chunks {
            let end = chunk.end as usize;
            let place = end - chunk.bytes.len()..end;
            let expected = written[chunk.source as usize].get(place.clone());
            assert_eq!(expected, Some(&chunk.bytes[..]), "{what}: {:?} {place:?}", chunk.source);
            read += chunk.bytes.len() as u64;
        }
    }
    (read, missing)
}

fn total(written: &[Vec<u8>; 2]) -> u64 {
    written.iter().map(|bytes| bytes.len() as u64).sum()
}

#[test]
fn output_after_damage_is_stored_and_what_is_missing_is_counted() {
    for with_stderr in [false, true] {
        for (what, is_lossless, damage) in DAMAGES {
            let what = format!("{what}, with stderr: {with_stderr}");
            let folder = tempfile::tempdir().unwrap();
            let run = folder.path().join("1");
            fs::create_dir(&run).unwrap();
            let mut writer = Writer::create(&run, super::NO_LIMIT, 0).unwrap();
            let mut written = [Vec::new(), Vec::new()];
            write_part(&mut writer, &mut written, 1, with_stderr, 1);
            let before = total(&written);
            damage(&run);
            write_part(&mut writer, &mut written, 2, with_stderr, LATER);

            let (read, missing) = check_all(&run, &written, &what);
            assert_eq!(read + missing, total(&written), "{what}");
            assert!(read >= total(&written) - before, "{what}: new output is missing");
            // While stderr is apart, each byte is in two files.
            if is_lossless || with_stderr {
                assert_eq!(missing, 0, "{what}");
            } else {
                assert!(missing > 0, "{what}");
            }
            assert_eq!(writer.lost(), [0, 0], "{what}");

            // The views agree.
            let query = super::query(Stream::Combined, Lines::All);
            let lines = page::last(&run, 1, &query).unwrap().output;
            assert_eq!(lines.iter().any(|line| line.contains("damaged")), missing > 0, "{what}");
            assert!(lines.contains(&"stdout 2.2".to_owned()), "{what}: {lines:?}");
            let found = pattern::compile("grep", "^stdout 2").unwrap();
            let log = Log::open(&run).unwrap();
            let hits = search(&log, 1, &super::line_search(&found, Stream::Combined, 9)).unwrap();
            assert_eq!(hits.len(), 3, "{what}");

            // So does the next writer.
            drop(writer);
            let mut writer = Writer::resume(&run, super::NO_LIMIT, [0, 0]).unwrap();
            write_part(&mut writer, &mut written, 3, with_stderr, 2 * LATER);
            let (read, missing) = check_all(&run, &written, &what);
            assert_eq!(read + missing, total(&written), "{what}, resumed");
        }
    }
}

#[test]
fn damage_of_a_log_without_a_writer_is_read_and_repaired() {
    for (what, _, damage) in DAMAGES {
        if what.contains("folder") || what.contains("replaced") {
            // Nothing is left of it.
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("1");
        fs::create_dir(&run).unwrap();
        let mut writer = Writer::create(&run, super::NO_LIMIT, 0).unwrap();
        let mut written = [Vec::new(), Vec::new()];
        write_part(&mut writer, &mut written, 1, true, 1);
        drop(writer);
        damage(&run);
        // A shorter index could be that of a writer that is about to add an entry.
        if what != "index shortened" {
            let (read, missing) = check_all(&run, &written, what);
            assert_eq!((read, missing), (total(&written), 0), "{what}");
        }
        assert!(repair::is_needed(&run).unwrap(), "{what}");
        repair::repair(&run).unwrap();
        assert!(!repair::is_needed(&run).unwrap(), "{what}");
        let (read, missing) = check_all(&run, &written, what);
        assert_eq!((read, missing), (total(&written), 0), "{what}, repaired");
    }
}

#[test]
fn a_roll_makes_deleted_files_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("1");
    fs::create_dir(&run).unwrap();
    let mut writer = Writer::create(&run, 1 << 20, 0).unwrap();
    let mut written = [Vec::new(), Vec::new()];
    let line = [&[b'x'; 1 << 10][..], b"\n"].concat();
    while rolled_segments(&run).unwrap_or_default().len() < 3 {
        // Within the same second, so that only a roll looks at the names.
        if written[0].len() == 10 * line.len() {
            fs::remove_dir_all(&run).unwrap();
        }
        writer.append(Source::Stdout, &line, 1);
        written[0].extend(&line);
    }
    let (read, missing) = check_all(&run, &written, "the folder deleted");
    assert_eq!((read, missing), (total(&written), 0));
}
