//! The store against a model so simple that it must be right: two byte strings and the order in
//! which they came.

mod crash;
mod history;
mod moving;
mod random;
mod steps;

use std::path::Path;

use persistproc_api::cursor::{Cursor, Offsets};
use persistproc_api::output::{Lines, Stream};
use proptest::prelude::*;

use super::entry::Source;
use super::feed::Feed;
use super::log::Log;
use super::page;
use super::question::Question;
use super::writer::Writer;

/// One read of the shim, as the model sees it.
type Read = (bool, String);

fn source(stderr: bool) -> Source {
    if stderr { Source::Stderr } else { Source::Stdout }
}

fn write(folder: &Path, reads: &[Read], limit: u64) {
    let mut writer = Writer::create(folder, limit, 0).unwrap();
    for (time, (stderr, text)) in reads.iter().enumerate() {
        writer.append(source(*stderr), text.as_bytes(), time as i64 + 1);
    }
}

fn question(stream: Stream, lines: Lines) -> Question {
    Question { raw: true, ..Question::plain(stream, lines) }
}

/// Lines in the order in which they end; what has no end comes last, the longest unchanged first.
fn model(reads: &[Read], stream: Stream) -> Vec<String> {
    let (mut done, mut open) = (Vec::new(), [(0, String::new()), (0, String::new())]);
    for (time, (stderr, text)) in reads.iter().enumerate() {
        if !source(*stderr).is_in(stream) {
            continue;
        }
        for character in text.chars() {
            let line = &mut open[usize::from(*stderr)];
            if character == '\n' {
                done.push(std::mem::take(&mut line.1));
            } else {
                *line = (time, format!("{}{character}", line.1));
            }
        }
    }
    open.sort_by_key(|(time, _)| *time);
    done.extend(open.into_iter().map(|(_, line)| line).filter(|line| !line.is_empty()));
    done
}

/// Enough to find what is wrong, few enough to run at every build.
fn some() -> ProptestConfig {
    ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() }
}

fn reads() -> impl Strategy<Value = Vec<Read>> {
    proptest::collection::vec((any::<bool>(), "[a-c\n]{1,12}"), 0..40)
}

fn streams() -> impl Strategy<Value = Stream> {
    prop_oneof![Just(Stream::Stdout), Just(Stream::Stderr), Just(Stream::Combined)]
}

proptest! {
    #![proptest_config(some())]

    #[test]
    fn the_last_lines_are_the_last_lines(reads in reads(), stream in streams(), count in 0_u64..12) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, 1 << 30);
        let expected = model(&reads, stream);
        let page = page::last(folder.path(), 1, &question(stream, Lines::AtMost(count))).unwrap();
        let from = expected.len().saturating_sub(count as usize);
        prop_assert_eq!(&page.output, &expected[from..]);
        prop_assert_eq!(page.lines_before, from as u64);
        prop_assert_eq!(page.lines_after, 0);
    }

    #[test]
    fn paging_by_cursor_gives_every_byte_once(reads in reads(), stream in streams(), count in 1_u64..5) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, 1 << 30);
        let (mut cursor, mut seen) = (Cursor::start_of(1), Vec::new());
        loop {
            let page = page::after(|_| folder.path().to_owned(), cursor, 1, &question(stream, Lines::AtMost(count))).unwrap();
            // A line shown unfinished counts only once its end has come.
            prop_assert!(seen.len() as u64 - page.lines_before <= 2);
            if page.output.is_empty() {
                break;
            }
            seen.extend(page.output);
            cursor = page.cursor.parse().unwrap();
        }
        prop_assert_eq!(seen, model(&reads, stream));
    }

    #[test]
    fn a_follower_gets_every_byte_once_wherever_it_begins(reads in reads(), stream in streams(), split in 0_usize..40, skip in 0_u64..30) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, 1 << 30);
        let wanted = |read: &&Read| source(read.0).is_in(stream);
        let early: usize = reads.iter().take(split).filter(|(stderr, _)| !stderr).map(|(_, text)| text.len()).sum();
        let late: usize = reads.iter().take(split).filter(|(stderr, _)| *stderr).map(|(_, text)| text.len()).sum();
        let cursor = Cursor { run: 1, at: Offsets { stdout: early as u64, stderr: late as u64 } };
        let expected: String = reads.iter().skip(split).filter(wanted).map(|(_, text)| text.as_str()).collect();

        let mut feed = Feed::new(folder.path().to_owned(), stream, cursor, skip);
        let mut seen = Vec::new();
        while let Some(news) = feed.news().unwrap() {
            news.chunks.iter().for_each(|chunk| seen.extend(&chunk.bytes));
        }
        prop_assert_eq!(String::from_utf8(seen).unwrap(), &expected[(skip as usize).min(expected.len())..]);
    }

    #[test]
    fn grep_gives_the_matching_lines_and_what_is_around_them(reads in reads(), stream in streams(), count in 1_u64..9, around in 0_usize..3) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, 1 << 30);
        let expression = super::pattern::compile("grep", "a").unwrap();
        let asked = Question { grep: Some((expression, around)), ..question(stream, Lines::AtMost(count)) };
        let page = page::last(folder.path(), 1, &asked).unwrap();
        let lines = model(&reads, stream);
        let near = |at: usize| {
            let (from, to) = (at.saturating_sub(around), (at + around + 1).min(lines.len()));
            lines[from..to].iter().any(|line| line.contains('a'))
        };
        let mut expected = Vec::new();
        let mut last = None;
        for at in (0..lines.len()).filter(|at| near(*at)) {
            if around > 0 && last.is_some_and(|last| at > last + 1) {
                expected.push("--".to_owned());
            }
            expected.push(lines[at].clone());
            last = Some(at);
        }
        let from = expected.len().saturating_sub(count as usize);
        prop_assert_eq!(page.output, &expected[from..]);
    }

    #[test]
    fn search_finds_every_matching_line_newest_first(reads in reads(), stream in streams(), most in 1_usize..9) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, 1 << 30);
        let expression = super::pattern::compile("grep", "b+").unwrap();
        let sources = Source::BOTH.into_iter().filter(|source| source.is_in(stream)).collect();
        let wanted = super::search::Wanted { pattern: &expression, sources, since: 0, before: i64::MAX, most };
        let hits = super::search::search(&Log::open(folder.path()).unwrap(), 1, &wanted).unwrap();
        let mut found: Vec<String> = hits.iter().map(|hit| hit.line.clone()).collect();
        let mut expected: Vec<String> = model(&reads, stream).into_iter().filter(|line| line.contains('b')).collect();
        prop_assert_eq!(found.len(), expected.len().min(most + 1));
        // Reads of one moment may come in either order: compare as sets where all were found.
        if expected.len() <= most {
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn an_index_torn_anywhere_is_made_anew(reads in reads(), torn in 0_u64..2000) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &reads, 1 << 30);
        let index = std::fs::OpenOptions::new().write(true).open(folder.path().join("index")).unwrap();
        index.set_len(index.metadata().unwrap().len().saturating_sub(torn)).unwrap();
        super::repair::repair(folder.path()).unwrap();
        for stream in [Stream::Stdout, Stream::Stderr] {
            let page = page::last(folder.path(), 1, &question(stream, Lines::All)).unwrap();
            prop_assert_eq!(page.output, model(&reads, stream));
        }
        prop_assert_eq!(super::repair::repair(folder.path()).unwrap(), false);
    }

    #[test]
    fn a_rolled_log_is_one_log_and_stays_under_its_limit(lengths in proptest::collection::vec(1_usize..9000, 1..120), count in 1_u64..50) {
        let process = tempfile::tempdir().unwrap();
        let folder = process.path().join("1");
        std::fs::create_dir(&folder).unwrap();
        let reads: Vec<Read> = lengths.iter().enumerate()
            .map(|(number, length)| (number % 3 == 0, format!("{number}:{}\n", "x".repeat(*length)))).collect();
        let limit = 200 << 10;
        write(&folder, &reads, limit);

        let on_disk: u64 = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
        prop_assert!(on_disk <= limit + (64 << 10), "{} bytes", on_disk);
        let expected = model(&reads, Stream::Combined);
        let first = Log::open(&folder).unwrap().first().unwrap().lines(Stream::Combined) as usize;
        let from = expected.len().saturating_sub(count as usize).max(first);
        let page = page::last(&folder, 1, &question(Stream::Combined, Lines::AtMost(count))).unwrap();
        prop_assert_eq!(&page.output, &expected[from..]);

        let all = page::after(|_| folder.clone(), Cursor::start_of(1), 1, &question(Stream::Combined, Lines::All)).unwrap();
        prop_assert_eq!(&all.output, &expected[first..]);
        prop_assert_eq!(all.truncated, first > 0);
    }
}

#[test]
fn a_time_is_found_between_reads() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[(false, "a\nb".into()), (true, "e\n".into()), (false, "c\nd\n".into())],
        1 << 30,
    );
    let mut asked = question(Stream::Combined, Lines::All);
    (asked.since, asked.before) = (Some(2), Some(3));
    let page = page::last(folder.path(), 1, &asked).unwrap();
    assert_eq!((page.output, page.lines_before, page.lines_after), (vec!["e".to_owned()], 1, 2));
    (asked.since, asked.before) = (Some(3), None);
    assert_eq!(page::last(folder.path(), 1, &asked).unwrap().output, ["bc", "d"]);
}

#[test]
fn repeats_are_said_once_and_giant_lines_are_cut_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let reads = ["a\n", "a\n", "a\n", "b\n", &format!("{}\n", "x".repeat(1000)), "end\n"];
    write(folder.path(), &reads.map(|text| (false, text.to_owned())), 1 << 30);
    let mut asked = question(Stream::Combined, Lines::All);
    asked.collapse = true;
    asked.bytes = 400;
    let page = page::last(folder.path(), 1, &asked).unwrap();
    let cut = format!("{} […900 bytes left out…] {}", "x".repeat(50), "x".repeat(50));
    assert_eq!(page.output, ["a [3 times]", "b", &cut, "end"]);
    asked.bytes = 10;
    let page = page::last(folder.path(), 1, &asked).unwrap();
    assert_eq!((page.output, page.truncated), (vec!["end".to_owned()], true));
}

#[test]
fn what_people_see_is_what_is_searched() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[(false, "\x1b[31merr\x1b[0mor: A\nok\n10%\rerror: B\r\n".into())],
        1 << 30,
    );
    let expression = super::pattern::compile("grep", "error: [ab]").unwrap();
    let sources = vec![Source::Stdout];
    let wanted = super::search::Wanted {
        pattern: &expression,
        sources,
        since: 0,
        before: i64::MAX,
        most: 9,
    };
    let hits = super::search::search(&Log::open(folder.path()).unwrap(), 1, &wanted).unwrap();
    let lines: Vec<_> = hits.iter().map(|hit| hit.line.as_str()).collect();
    assert_eq!(lines, ["error: B", "error: A"]);
}
