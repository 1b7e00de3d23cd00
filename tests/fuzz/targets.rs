//! Everything here that reads what others wrote, each as a function of bytes: it may refuse them,
//! it must not fail, and what must hold whatever they are is asserted. It knows nothing of who
//! makes up the bytes.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use persistproc_api::follow::FollowEvent;
use persistproc_api::frame::Frame;
use persistproc_api::output::{Cursor, Lines, OutputPage, Stream};
use persistproc_api::process::ProcessList;
use persistproc_api::record::{ProcessRecord, RunRecord};
use persistproc_api::shim::{ShimMessage, ShimRequest};
use persistproc_api::start::{Command, StartRequest};
use persistproc_api::words::{distance, join_words, shown};
use persistproc_api::{Process, Time, routes};
use persistproc_daemon::logs::feed::Feed;
use persistproc_daemon::logs::question::Question;
use persistproc_daemon::logs::{page, repair, text as lines_as_text};
use persistproc_daemon::supervisor::finding::resolve;
use persistproc_daemon::supervisor::requests::{spec, times};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::http;

/// One of them.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All of them.
pub(crate) const TARGETS: [Target; 8] = [
    ("index", index),
    ("frames", frames),
    ("follow", follow),
    ("targets", targets),
    ("times", moments),
    ("text", text),
    ("bodies", http::bodies),
    ("records", records),
];

/// A run folder whose index and logs are anything: it is mended, then read in every way.
fn index(data: &[u8]) {
    let Some(([lengths @ .., way], index)) = data.split_first_chunk::<4>() else { return };
    let folder = scratch();
    let log = |length: u8| b"a line\nand \xff\x1b[1mmore\r".repeat(usize::from(length));
    for (name, length) in ["combined.log", "stdout.log", "stderr.log"].iter().zip(lengths) {
        fs::write(folder.path().join(name), log(*length)).unwrap();
    }
    fs::write(folder.path().join("index"), index).unwrap();
    if way & 1 == 0 {
        // What cannot be mended is said, and read as far as it goes.
        repair::repair(folder.path()).ok();
    }
    for stream in [Stream::Combined, Stream::Stdout, Stream::Stderr] {
        read(folder.path(), stream, way & 2 != 0);
    }
}

fn read(folder: &Path, stream: Stream, timestamps: bool) {
    let question =
        Question { timestamps, bytes: 1 << 20, ..Question::plain(stream, Lines::AtMost(50)) };
    page::last(folder, 1, &question).ok();
    let mut cursor = Cursor::start_of(1);
    for _ in 0..20 {
        let page = page::after(|_| folder.to_owned(), cursor, 1, &question);
        let Ok(OutputPage { cursor: next, .. }) = page else { break };
        cursor = next.parse().unwrap();
    }
    let mut feed = Feed::new(folder.to_owned(), stream, Cursor::start_of(1), 3);
    for _ in 0..1000 {
        if !feed.news().is_ok_and(|news| news.is_some()) {
            break;
        }
    }
}

/// A folder in memory, where there is one.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Frames, whole or in parts, are the same frames; each may be a message of daemon or shim.
fn frames(data: &[u8]) {
    let (mut rest, mut buffer, mut parts) = (data, Vec::new(), Vec::new());
    for byte in data {
        buffer.push(*byte);
        match Frame::decode(&mut buffer) {
            Ok(frame) => parts.extend(frame),
            Err(_) => break,
        }
    }
    for expected in parts {
        let frame = Frame::read(&mut rest).unwrap().unwrap();
        assert_eq!(frame, expected);
        round::<ShimRequest>(&frame.payload);
        round::<ShimMessage>(&frame.payload);
    }
}

/// Frames of live output, as a client takes them.
fn follow(data: &[u8]) {
    let mut rest = data;
    while let Ok(Some(Frame { payload, .. })) = Frame::read(&mut rest) {
        round::<FollowEvent>(&payload);
    }
    round::<FollowEvent>(data);
}

/// What is written can be read, and means the same.
fn round<T: Serialize + DeserializeOwned>(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(data) else { return };
    let written = serde_json::to_value(&value).unwrap();
    let again: T = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(again).unwrap(), written);
}

/// Names, commands, cursors, numbers of lines.
fn targets(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    text.parse::<Lines>().ok();
    assert_eq!(routes::decode(&routes::encode(&text)).as_deref(), Some(&*text));
    routes::decode(&text);
    let words = spec::words(&Command::Line(text.to_string()));
    if let Ok(words) = words {
        let line = join_words(&words);
        let id = spec::new_id(Path::new("/x"), &words, 64, |_| false);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!((1..=64).contains(&id.len()) && id.chars().all(plain), "{id:?}");
        assert!(distance(&line, &text) <= 200);
    }
    if let Err(problem) = resolve::resolve(some(), &text, None) {
        assert!(!problem.message.is_empty() && !problem.hint.is_empty());
    }
}

fn some() -> &'static [Process] {
    static SOME: OnceLock<Vec<Process>> = OnceLock::new();
    SOME.get_or_init(|| {
        let lists = include_str!("../../daemon/api/tests/data/v1/list_answer.json");
        let lists: Vec<ProcessList> = serde_json::from_str(lists).unwrap();
        lists.into_iter().flat_map(|list| list.processes).collect()
    })
}

/// Points in time.
fn moments(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let now = "2026-11-22T14:00:00[Europe/Berlin]".parse().unwrap();
    times::parse("since", &text, &now).ok();
    if let Ok(time) = text.parse::<Time>() {
        assert_eq!(time.to_string().parse::<Time>().unwrap().to_string(), time.to_string());
    }
}

/// Lines of output as text: nothing is left that commands a terminal.
fn text(data: &[u8]) {
    let plain = lines_as_text::plain(data);
    assert!(plain.chars().all(|c| c == '\t' || !c.is_control()), "{plain:?}");
    let mut both = [super::tame::Tame::new(true), super::tame::Tame::new(true)];
    let whole = both[0].pass(data);
    let parts: Vec<u8> = data.iter().flat_map(|byte| both[1].pass(&[*byte])).collect();
    assert_eq!(whole, parts);
    // A byte that leads nowhere is no text, and is for the terminal to refuse.
    for (at, _) in whole.iter().enumerate().filter(|(_, byte)| **byte == 0x1b) {
        assert_eq!(whole.get(at + 1), Some(&b'['), "{whole:?}");
    }
    assert!(shown(&String::from_utf8_lossy(data)).chars().all(|c| !c.is_control()));
}

/// What lies on disk, and what the daemon answers, as the next version and the plugin read them.
fn records(data: &[u8]) {
    round::<ProcessRecord>(data);
    round::<RunRecord>(data);
    round::<OutputPage>(data);
    round::<ProcessList>(data);
    if let Ok(list) = serde_json::from_slice::<ProcessList>(data) {
        for process in &list.processes {
            shown(process.name());
            shown(&process.command_line());
        }
    }
    if let Ok(request) = serde_json::from_slice::<StartRequest>(data) {
        spec::ProcessSpec::new(request).ok();
    }
}
