//! Tests of the log store against a simple model: two byte strings and the order in which their
//! parts were written.

mod crash;
mod damage;
mod model;
mod open_readers;
mod random;
mod steps;
mod unfinished_roll;

use std::fs;
use std::path::Path;

use persistproc_api::cursor::{Cursor, Offsets, Source};
use persistproc_api::output::{Lines, Stream};
use proptest::prelude::*;

use super::feed::Feed;
use super::log::Log;
use super::page_query::{Escapes, Grep, PageQuery};
use super::search::{LineSearch, search};
use super::writer::Writer;
use super::{page, pattern, repair};

/// One read of the shim: whether it is from stderr, and its text.
type Read = (bool, String);

/// No test reaches this limit unless it sets a smaller one.
const NO_LIMIT: u64 = 1 << 30;

fn source(is_stderr: bool) -> Source {
    if is_stderr { Source::Stderr } else { Source::Stdout }
}

/// Writes the reads, at times 1, 2, 3 and so on.
fn write(folder: &Path, reads: &[Read], limit: u64) {
    let mut writer = Writer::create(folder, limit, 0).unwrap();
    for (time, (is_stderr, text)) in reads.iter().enumerate() {
        writer.append(source(*is_stderr), text.as_bytes(), time as i64 + 1);
    }
}

fn query(stream: Stream, lines: Lines) -> PageQuery {
    PageQuery { escapes: Escapes::All, ..PageQuery::plain(stream, lines) }
}

fn line_search(pattern: &regex::bytes::Regex, stream: Stream, max_hits: usize) -> LineSearch<'_> {
    let sources = Source::all_in(stream).collect();
    LineSearch { pattern, sources, since: 0, before: i64::MAX, max_hits }
}

/// The lines in the order in which they end. Unfinished lines come last, the least recently changed
/// one first.
fn expected_lines(reads: &[Read], stream: Stream) -> Vec<String> {
    let mut finished = Vec::new();
    let mut unfinished = [(0, String::new()), (0, String::new())];
    for (time, (is_stderr, text)) in reads.iter().enumerate() {
        if !source(*is_stderr).is_in(stream) {
            continue;
        }
        for character in text.chars() {
            let line = &mut unfinished[usize::from(*is_stderr)];
            if character == '\n' {
                finished.push(std::mem::take(&mut line.1));
            } else {
                line.0 = time;
                line.1.push(character);
            }
        }
    }
    unfinished.sort_by_key(|(time, _)| *time);
    finished.extend(unfinished.into_iter().map(|(_, line)| line).filter(|line| !line.is_empty()));
    finished
}

/// Few enough cases to run at every build.
fn few_cases() -> ProptestConfig {
    ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() }
}

fn reads() -> impl Strategy<Value = Vec<Read>> {
    proptest::collection::vec((any::<bool>(), "[a-c\n]{1,12}"), 0..40)
}

fn streams() -> impl Strategy<Value = Stream> {
    prop_oneof![Just(Stream::Stdout), Just(Stream::Stderr), Just(Stream::Combined)]
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn a_page_has_the_last_lines(reads in reads(), stream in streams(), count in 0_u64..12) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, NO_LIMIT);
        let expected = expected_lines(&reads, stream);
        let query = query(stream, Lines::AtMost(count));
        let page = page::last(folder.path(), 1, &query).unwrap();
        let from = expected.len().saturating_sub(count as usize);
        prop_assert_eq!(&page.output, &expected[from..]);
        prop_assert_eq!(page.lines_before, from as u64);
        prop_assert_eq!(page.lines_after, 0);
    }

    #[test]
    fn paging_by_cursor_returns_every_line_once(
        reads in reads(),
        stream in streams(),
        count in 1_u64..5,
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, NO_LIMIT);
        let query = query(stream, Lines::AtMost(count));
        let mut cursor = Cursor::start_of(1);
        let mut seen = Vec::new();
        loop {
            let page = page::after(|_| folder.path().to_owned(), cursor, 1, &query).unwrap();
            // `lines_before` doesn't count unfinished lines, of which there are at most two.
            prop_assert!(seen.len() as u64 - page.lines_before <= 2);
            if page.output.is_empty() {
                break;
            }
            seen.extend(page.output);
            cursor = page.cursor.parse().unwrap();
        }
        prop_assert_eq!(seen, expected_lines(&reads, stream));
    }

    #[test]
    fn a_feed_returns_every_byte_once_from_any_start(
        reads in reads(),
        stream in streams(),
        split in 0_usize..40,
        skip in 0_u64..30,
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, NO_LIMIT);
        let mut at = Offsets::default();
        for (is_stderr, text) in reads.iter().take(split) {
            *at.of_mut(source(*is_stderr)) += text.len() as u64;
        }
        let expected: String = reads
            .iter()
            .skip(split)
            .filter(|(is_stderr, _)| source(*is_stderr).is_in(stream))
            .map(|(_, text)| text.as_str())
            .collect();

        let cursor = Cursor { run: 1, at };
        let mut feed = Feed::new(folder.path().to_owned(), stream, cursor, skip);
        let mut seen = Vec::new();
        while let Some(batch) = feed.next_batch().unwrap() {
            for chunk in &batch.chunks {
                seen.extend(&chunk.bytes);
            }
        }
        let skipped = (skip as usize).min(expected.len());
        prop_assert_eq!(String::from_utf8(seen).unwrap(), &expected[skipped..]);
    }

    #[test]
    fn grep_returns_matching_lines_with_their_context(
        reads in reads(),
        stream in streams(),
        count in 1_u64..9,
        context in 0_usize..3,
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, NO_LIMIT);
        let pattern = pattern::compile("grep", "a").unwrap();
        let query = PageQuery {
            grep: Some(Grep { pattern, context }),
            ..query(stream, Lines::AtMost(count))
        };
        let page = page::last(folder.path(), 1, &query).unwrap();
        let lines = expected_lines(&reads, stream);
        let is_near_match = |at: usize| {
            let from = at.saturating_sub(context);
            let to = (at + context + 1).min(lines.len());
            lines[from..to].iter().any(|line| line.contains('a'))
        };
        let mut expected = Vec::new();
        let mut last = None;
        for at in (0..lines.len()).filter(|at| is_near_match(*at)) {
            if context > 0 && last.is_some_and(|last| at > last + 1) {
                expected.push("--".to_owned());
            }
            expected.push(lines[at].clone());
            last = Some(at);
        }
        let from = expected.len().saturating_sub(count as usize);
        prop_assert_eq!(page.output, &expected[from..]);
    }

    #[test]
    fn search_finds_every_matching_line(
        reads in reads(),
        stream in streams(),
        max_hits in 1_usize..9,
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, NO_LIMIT);
        let pattern = pattern::compile("grep", "b+").unwrap();
        let log = Log::open(folder.path()).unwrap();
        let hits = search(&log, 1, &line_search(&pattern, stream, max_hits)).unwrap();
        let mut found: Vec<String> = hits.into_iter().map(|hit| hit.line).collect();
        let mut expected = expected_lines(&reads, stream);
        expected.retain(|line| line.contains('b'));
        prop_assert_eq!(found.len(), expected.len().min(max_hits + 1));
        // Lines of one read have the same time, and so no order. Compare them as sets, if all were
        // found.
        if expected.len() <= max_hits {
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn repair_restores_an_index_that_was_truncated_anywhere(
        reads in reads(),
        removed in 0_u64..2000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, NO_LIMIT);
        let index = fs::OpenOptions::new().write(true).open(folder.path().join("index")).unwrap();
        let length = index.metadata().unwrap().len();
        index.set_len(length.saturating_sub(removed)).unwrap();
        repair::repair(folder.path()).unwrap();
        for stream in [Stream::Stdout, Stream::Stderr] {
            let page = page::last(folder.path(), 1, &query(stream, Lines::All)).unwrap();
            prop_assert_eq!(page.output, expected_lines(&reads, stream));
        }
        prop_assert_eq!(repair::repair(folder.path()).unwrap(), false);
    }

    #[test]
    fn a_rolled_log_reads_as_one_and_stays_within_its_limit(
        lengths in proptest::collection::vec(1_usize..9000, 1..120),
        count in 1_u64..50,
    ) {
        let process = tempfile::tempdir().unwrap();
        let folder = process.path().join("1");
        fs::create_dir(&folder).unwrap();
        let numbered = lengths.iter().enumerate();
        let reads: Vec<Read> = numbered
            .map(|(number, length)| (number % 3 == 0, format!("{number}:{}\n", "x".repeat(*length))))
            .collect();
        let limit = 200 << 10;
        write(&folder, &reads, limit);

        let files = fs::read_dir(&folder).unwrap();
        let on_disk: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
        prop_assert!(on_disk <= limit + (64 << 10), "{} bytes", on_disk);
        let expected = expected_lines(&reads, Stream::Combined);
        let start = Log::open(&folder).unwrap().start().unwrap();
        let dropped = start.lines(Stream::Combined) as usize;
        let from = expected.len().saturating_sub(count as usize).max(dropped);
        let last_lines = query(Stream::Combined, Lines::AtMost(count));
        let page = page::last(&folder, 1, &last_lines).unwrap();
        prop_assert_eq!(&page.output, &expected[from..]);

        let all_lines = query(Stream::Combined, Lines::All);
        let all = page::after(|_| folder.clone(), Cursor::start_of(1), 1, &all_lines).unwrap();
        prop_assert_eq!(&all.output, &expected[dropped..]);
        prop_assert_eq!(all.truncated, dropped > 0);
    }
}

#[test]
fn since_and_before_select_lines_by_time() {
    let folder = tempfile::tempdir().unwrap();
    let reads = [(false, "a\nb".into()), (true, "e\n".into()), (false, "c\nd\n".into())];
    write(folder.path(), &reads, NO_LIMIT);
    let mut query = query(Stream::Combined, Lines::All);
    query.since = Some(2);
    query.before = Some(3);
    let page = page::last(folder.path(), 1, &query).unwrap();
    assert_eq!((page.output, page.lines_before, page.lines_after), (vec!["e".to_owned()], 1, 2));
    query.since = Some(3);
    query.before = None;
    assert_eq!(page::last(folder.path(), 1, &query).unwrap().output, ["bc", "d"]);
}

#[test]
fn repeated_lines_collapse_and_long_lines_are_cut_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let reads = ["a\n", "a\n", "a\n", "b\n", &format!("{}\n", "x".repeat(1000)), "end\n"];
    write(folder.path(), &reads.map(|text| (false, text.to_owned())), NO_LIMIT);
    let mut query = query(Stream::Combined, Lines::All);
    query.collapse = true;
    query.max_bytes = 400;
    let page = page::last(folder.path(), 1, &query).unwrap();
    let cut = format!("{} […900 bytes left out…] {}", "x".repeat(50), "x".repeat(50));
    assert_eq!(page.output, ["a [3 times]", "b", &cut, "end"]);
    query.max_bytes = 10;
    let page = page::last(folder.path(), 1, &query).unwrap();
    assert_eq!((page.output, page.truncated), (vec!["end".to_owned()], true));
}

#[test]
fn search_matches_lines_without_escape_sequences() {
    let folder = tempfile::tempdir().unwrap();
    let text = "\x1b[31merr\x1b[0mor: A\nok\n10%\rerror: B\r\n";
    write(folder.path(), &[(false, text.into())], NO_LIMIT);
    let pattern = pattern::compile("grep", "error: [ab]").unwrap();
    let log = Log::open(folder.path()).unwrap();
    let hits = search(&log, 1, &line_search(&pattern, Stream::Stdout, 9)).unwrap();
    let lines: Vec<_> = hits.iter().map(|hit| hit.line.as_str()).collect();
    assert_eq!(lines, ["error: B", "error: A"]);
}

#[test]
fn search_matches_invalid_utf8_as_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), NO_LIMIT, 0).unwrap();
    writer.append(Source::Stdout, b"abc\xc3\n", 1);
    let pattern = pattern::compile("grep", "c$").unwrap();
    let log = Log::open(folder.path()).unwrap();
    let hits = search(&log, 1, &line_search(&pattern, Stream::Stdout, 9)).unwrap();
    let lines: Vec<_> = hits.iter().map(|hit| hit.line.as_str()).collect();
    assert_eq!(lines, ["abc"]);
}
