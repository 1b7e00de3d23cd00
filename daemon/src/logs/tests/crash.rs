//! A run folder whose writer was killed at any moment, and the check that a repair makes it
//! consistent again.
//!
//! Each [`Crash`] takes a folder that the writer left in a sound state, and changes its files to
//! the state that an interrupted writer would have left.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use persistproc_api::Time;
use persistproc_api::cursor::{Offsets, Source};
use persistproc_api::output::Stream;

use super::model::{ModelRead, ModelRun, Text};
use crate::logs::file_names::{INDEX, SegmentId, index_name, log_name, rolled_segments};
use crate::logs::index_entry::{ENTRY_SIZE, EntryKind, IndexEntry};
use crate::logs::log::Log;
use crate::logs::repair;

/// When and how the writer ended.
#[derive(Clone, Debug)]
pub(super) enum Crash {
    /// This many bytes at the end of the index are lost, up to all of them.
    TruncatedIndex { lost: u64 },
    /// While storing a read, after this many of the bytes that it writes.
    DuringStore { is_stderr: bool, text: Text, written: usize },
    /// While splitting `stdout.log` from `combined.log`.
    DuringSplit,
    /// During a roll, after this many steps.
    DuringRoll { steps: usize },
    /// A power failure: the end of a source's own log never reached the disk.
    PowerFailure { is_stderr: bool, lost: u64 },
}

impl Crash {
    /// Changes the run folder, and the model to what the own logs of the sources hold.
    pub(super) fn apply(&self, folder: &Path, run: &mut ModelRun) {
        match self {
            Self::TruncatedIndex { lost } => truncate(&folder.join(INDEX), *lost),
            Self::DuringStore { is_stderr, text, written } => {
                store_partly(folder, run, super::source(*is_stderr), &text.bytes(), *written);
            }
            Self::DuringSplit => fs::write(folder.join("stdout.new"), "a part").unwrap(),
            Self::DuringRoll { steps } => roll_partly(folder, run, *steps),
            Self::PowerFailure { is_stderr, lost } => {
                lose_end_of_log(folder, run, super::source(*is_stderr), *lost);
            }
        }
    }
}

/// Repairs the folder and checks the result: all bytes of both sources are there, sound entries
/// are unchanged, and `combined.log` agrees with the index. Brings the reads of the model to those
/// of the index.
pub(super) fn repair_and_check(folder: &Path, run: &mut ModelRun) {
    repair::repair(folder).unwrap();
    assert!(!repair::repair(folder).unwrap(), "repair is not idempotent");
    assert!(!repair::is_needed(folder).unwrap(), "a repaired log looks damaged");
    let log = Log::open(folder).unwrap();
    let bytes = Source::BOTH.map(|source| run.bytes(source));
    let sound = std::mem::take(&mut run.reads);
    run.reads = reads_of_index(&log, &sound, &bytes);
    for source in Source::BOTH {
        assert_eq!(run.bytes(source), bytes[source as usize], "bytes of {source:?}");
    }
    let unchanged = run.reads.iter().zip(&sound).take_while(|(now, before)| now == before).count();
    let now = Time::now().micros();
    let is_past = |read: &ModelRead| read.time <= now;
    assert!(run.reads[unchanged..].iter().all(is_past), "a time in the future");

    let active = log.newest_first().next().unwrap().unwrap();
    let base = active.base().bytes(Stream::Combined) as usize;
    let combined = fs::read(folder.join("combined.log")).unwrap();
    let all: Vec<u8> = run.reads.iter().flat_map(|read| read.bytes.clone()).collect();
    assert!(combined == all[base..], "combined.log and the index disagree");
    for leftover in ["stdout.new", "index.new"] {
        assert!(!folder.join(leftover).exists(), "{leftover} was not removed");
    }
}

/// The reads that the index records. Those that were dropped are taken from `before`.
fn reads_of_index(log: &Log, before: &[ModelRead], bytes: &[Vec<u8>; 2]) -> Vec<ModelRead> {
    let log_start = log.start().unwrap().offsets();
    let mut at = Offsets::default();
    let mut reads = Vec::new();
    for read in before {
        if at == log_start {
            break;
        }
        *at.of_mut(read.source) += read.bytes.len() as u64;
        reads.push(read.clone());
    }
    let mut segments: Vec<_> = log.newest_first().map(Result::unwrap).collect();
    segments.reverse();
    let mut last_time = 0;
    for segment in segments {
        for entry in segment.entries(1, u64::MAX).unwrap() {
            let EntryKind::Read(source) = entry.kind else { panic!("a base inside a segment") };
            assert!(entry.time >= last_time, "times decrease");
            last_time = entry.time;
            let until = entry.end.bytes(source.stream());
            let range = at.of(source) as usize..until as usize;
            reads.push(ModelRead::new(entry.time, source, bytes[source as usize][range].to_vec()));
            *at.of_mut(source) = until;
        }
    }
    reads
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// Removes bytes at the end of a file.
fn truncate(path: &Path, lost: u64) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len().saturating_sub(lost)).unwrap();
}

/// Writes the first `written` of all the bytes that storing a read writes: to the source's own
/// log, to `combined.log` and to the index, in this order.
fn store_partly(folder: &Path, run: &mut ModelRun, source: Source, bytes: &[u8], written: usize) {
    let path = |stream| folder.join(log_name(stream, SegmentId::Active));
    let is_shared = fs::metadata(path(Stream::Combined)).unwrap().nlink() > 1;
    let splits = is_shared && source == Source::Stderr;
    if splits {
        let copy = fs::read(path(Stream::Combined)).unwrap();
        fs::remove_file(path(Stream::Stdout)).unwrap();
        fs::write(path(Stream::Stdout), copy).unwrap();
    }
    let mut left = written;
    let mut written_part = |bytes: &[u8]| {
        let count = left.min(bytes.len());
        left -= count;
        bytes[..count].to_vec()
    };
    let own = written_part(bytes);
    append(&path(source.stream()), &own);
    if !is_shared || splits {
        append(&path(Stream::Combined), &written_part(bytes));
    }
    let time = last_time(run);
    run.reads.push(ModelRead::new(time, source, own));
    let entry = IndexEntry { kind: EntryKind::Read(source), time, end: run.end() };
    // A whole entry would not be a crash.
    let incomplete = written_part(&entry.encode()[..ENTRY_SIZE - 1]);
    append(&folder.join(INDEX), &incomplete);
}

/// Does the first steps of a roll.
fn roll_partly(folder: &Path, run: &ModelRun, steps: usize) {
    let number = rolled_segments(folder).unwrap().pop().map_or(1, |last| last + 1);
    let rolled = SegmentId::Rolled(number);
    let active = SegmentId::Active;
    let rename = |from: String, to: String| fs::rename(folder.join(from), folder.join(to)).unwrap();
    let rename_log = |stream| rename(log_name(stream, active), log_name(stream, rolled));
    let create_log = |stream| drop(File::create(folder.join(log_name(stream, active))).unwrap());
    let base = IndexEntry { kind: EntryKind::Base, time: last_time(run), end: run.end() };
    let all_steps: [&dyn Fn(); 9] = [
        &|| rename(index_name(active), index_name(rolled)),
        &|| rename_log(Stream::Combined),
        &|| rename_log(Stream::Stdout),
        &|| rename_log(Stream::Stderr),
        &|| create_log(Stream::Combined),
        &|| fs::hard_link(folder.join("combined.log"), folder.join("stdout.log")).unwrap(),
        &|| create_log(Stream::Stderr),
        &|| fs::write(folder.join("index.new"), &base.encode()[..ENTRY_SIZE / 2]).unwrap(),
        &|| fs::rename(folder.join("index.new"), folder.join(INDEX)).unwrap(),
    ];
    for step in all_steps.iter().take(steps) {
        step();
    }
}

/// Truncates the own log of a source. The bytes are lost unless `combined.log` is another file: then
/// the repair takes them from there.
fn lose_end_of_log(folder: &Path, run: &mut ModelRun, source: Source, lost: u64) {
    let path = folder.join(log_name(source.stream(), SegmentId::Active));
    let combined = fs::metadata(folder.join(log_name(Stream::Combined, SegmentId::Active)));
    if fs::metadata(&path).unwrap().ino() != combined.unwrap().ino() {
        return truncate(&path, lost);
    }
    let lost = lost.min(fs::metadata(&path).unwrap().len());
    truncate(&path, lost);
    let mut lost = lost as usize;
    for read in run.reads.iter_mut().rev().filter(|read| read.source == source) {
        let count = lost.min(read.bytes.len());
        let left = read.bytes[..read.bytes.len() - count].to_vec();
        *read = ModelRead::new(read.time, source, left);
        lost -= count;
    }
}

fn last_time(run: &ModelRun) -> i64 {
    run.reads.last().map_or(run.start_time, |read| read.time)
}
