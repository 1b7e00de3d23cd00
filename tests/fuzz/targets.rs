//! The fuzz targets: each parser of untrusted input as a function of bytes. A parser may reject its
//! input but must not panic; the invariants of every input are asserted.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use persistproc_api::cursor::Cursor;
use persistproc_api::follow::FollowEvent;
use persistproc_api::frame::Frame;
use persistproc_api::output::{Lines, OutputPage, Stream};
use persistproc_api::process::ProcessList;
use persistproc_api::record::{ProcessRecord, RunRecord};
use persistproc_api::shim::{ShimMessage, ShimRequest};
use persistproc_api::start::{Command, StartRequest};
use persistproc_api::words::{distance, join_words, shown};
use persistproc_api::{Process, Target, Time, routes};
use persistproc_daemon::logs::feed::Feed;
use persistproc_daemon::logs::page_query::PageQuery;
use persistproc_daemon::logs::{page, repair, text as lines_as_text};
use persistproc_daemon::supervisor::finding::resolve;
use persistproc_daemon::supervisor::requests::spec;
use persistproc_daemon::supervisor::starting::id;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::http;
use super::sanitizer::Sanitizer;

/// The name of a target, and its function.
pub(crate) type FuzzTarget = (&'static str, fn(&[u8]));

/// All targets. The name is also the folder of its corpus.
pub(crate) const TARGETS: [FuzzTarget; 8] = [
    ("index", index),
    ("frames", frames),
    ("follow", follow),
    ("targets", targets),
    ("times", times),
    ("text", text),
    ("bodies", http::bodies),
    ("records", records),
];

/// A run folder with an arbitrary index and logs: it is repaired, then read by page and by feed.
fn index(data: &[u8]) {
    let Some(([lengths @ .., flags], index)) = data.split_first_chunk::<4>() else { return };
    let folder = scratch();
    let log = |length: u8| b"a line\nand \xff\x1b[1mmore\r".repeat(usize::from(length));
    for (name, length) in ["combined.log", "stdout.log", "stderr.log"].iter().zip(lengths) {
        fs::write(folder.path().join(name), log(*length)).unwrap();
    }
    fs::write(folder.path().join("index"), index).unwrap();
    if flags & 1 == 0 {
        // A folder that cannot be repaired is still read as far as possible.
        drop(repair::repair(folder.path()));
    }
    for stream in [Stream::Combined, Stream::Stdout, Stream::Stderr] {
        read(folder.path(), stream, flags & 2 != 0);
    }
}

fn read(folder: &Path, stream: Stream, timestamps: bool) {
    let question =
        PageQuery { timestamps, max_bytes: 1 << 20, ..PageQuery::plain(stream, Lines::AtMost(50)) };
    // An error is a valid outcome here and below; a panic is not.
    drop(page::last(folder, 1, &question));
    let mut cursor = Cursor::start_of(1);
    for _ in 0..20 {
        let page = page::after(|_| folder.to_owned(), cursor, 1, &question);
        let Ok(OutputPage { cursor: next, .. }) = page else { break };
        cursor = next.parse().unwrap();
    }
    let mut feed = Feed::new(folder.to_owned(), stream, Cursor::start_of(1), 3);
    for _ in 0..1000 {
        if !feed.next_batch().is_ok_and(|batch| batch.is_some()) {
            break;
        }
    }
}

/// A temporary folder, in memory if possible.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.unwrap()
}

/// Frames decode the same from a whole buffer and byte by byte. Each payload may be a message between
/// daemon and shim.
fn frames(data: &[u8]) {
    let mut buffer = Vec::new();
    let mut parts = Vec::new();
    for byte in data {
        buffer.push(*byte);
        match Frame::decode(&mut buffer) {
            Ok(frame) => parts.extend(frame),
            Err(_) => break,
        }
    }
    let mut rest = data;
    for expected in parts {
        let frame = Frame::read(&mut rest).unwrap().unwrap();
        assert_eq!(frame, expected);
        round_trip::<ShimRequest>(&frame.payload);
        round_trip::<ShimMessage>(&frame.payload);
    }
}

/// Frames of live output, as a client decodes them.
fn follow(data: &[u8]) {
    let mut rest = data;
    while let Ok(Some(Frame { payload, .. })) = Frame::read(&mut rest) {
        round_trip::<FollowEvent>(&payload);
    }
    round_trip::<FollowEvent>(data);
}

/// A value that was parsed can be serialized and parsed again, with the same result.
fn round_trip<T: Serialize + DeserializeOwned>(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(data) else { return };
    let written = serde_json::to_value(&value).unwrap();
    let again: T = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(again).unwrap(), written);
}

/// Targets, commands, cursors and line counts.
fn targets(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    drop(text.parse::<Lines>());
    assert_eq!(routes::decode(&routes::encode(&text)).as_deref(), Some(&*text));
    routes::decode(&text);
    let words = spec::words(&Command::Line(text.to_string()));
    if let Ok(words) = words {
        let line = join_words(&words);
        let id = id::new_id(None, Path::new("/x"), &words, 64, |_| false);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!((1..=64).contains(&id.len()) && id.chars().all(plain), "{id:?}");
        assert!(distance(&line, &text) <= 200);
    }
    if let Err(problem) = resolve::resolve(processes(), &Target::new(text, None), None) {
        assert!(!problem.message.is_empty() && !problem.hint.is_empty());
    }
}

/// The processes of a stored list.
fn processes() -> &'static [Arc<Process>] {
    static PROCESSES: OnceLock<Vec<Arc<Process>>> = OnceLock::new();
    PROCESSES.get_or_init(|| {
        let lists = include_str!("../../daemon/api/tests/data/v1/list_answer.json");
        let lists: Vec<ProcessList> = serde_json::from_str(lists).unwrap();
        lists.into_iter().flat_map(|list| list.processes).map(Arc::new).collect()
    })
}

/// Times in queries and in RFC 3339.
fn times(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let now = "2026-11-22T14:00:00[Europe/Berlin]".parse().unwrap();
    drop(persistproc_api::time::point::parse("since", &text, &now));
    if let Ok(time) = text.parse::<Time>() {
        assert_eq!(time.to_string().parse::<Time>().unwrap().to_string(), time.to_string());
    }
}

/// Output as plain text and as sanitized terminal output: no control sequence is left.
fn text(data: &[u8]) {
    let plain = lines_as_text::plain(data);
    assert!(plain.chars().all(|c| c == '\t' || !c.is_control()), "{plain:?}");
    let whole = Sanitizer::new(true).sanitize(data);
    let mut sanitizer = Sanitizer::new(true);
    let parts: Vec<u8> = data.iter().flat_map(|byte| sanitizer.sanitize(&[*byte])).collect();
    assert_eq!(whole, parts);
    // Colours are the only escape sequences that pass.
    for (at, _) in whole.iter().enumerate().filter(|(_, byte)| **byte == 0x1b) {
        assert_eq!(whole.get(at + 1), Some(&b'['), "{whole:?}");
    }
    assert!(shown(&String::from_utf8_lossy(data)).chars().all(|c| !c.is_control()));
}

/// Records on disk and answers of the daemon, as a later version and the plugin read them.
fn records(data: &[u8]) {
    round_trip::<ProcessRecord>(data);
    round_trip::<RunRecord>(data);
    round_trip::<OutputPage>(data);
    round_trip::<ProcessList>(data);
    if let Ok(list) = serde_json::from_slice::<ProcessList>(data) {
        for process in &list.processes {
            shown(process.name());
            shown(&process.command_line());
        }
    }
    if let Ok(request) = serde_json::from_slice::<StartRequest>(data) {
        drop(spec::ProcessSpec::new(request));
    }
}
