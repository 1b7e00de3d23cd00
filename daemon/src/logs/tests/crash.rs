//! What a run folder looks like when its writer was killed at some moment: the files of a sound
//! log, changed by hand to how far the writer had come.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use persistproc_api::output::Stream;

use super::history::{Read, Run, Text};
use crate::logs::entry::{Entry, Kind, SIZE, Source};
use crate::logs::log::Log;
use crate::logs::repair;
use crate::logs::segment::{INDEX, index_name, log_name, rolled};

/// The moment of death.
#[derive(Clone, Debug)]
pub(super) enum Crash {
    /// So much of the end of the index is gone, up to all of it.
    Index { lost: u64 },
    /// Within the storing of a read, after so many bytes of all that it takes.
    Store { stderr: bool, text: Text, written: usize },
    /// `stdout.log` was being given a file of its own.
    Part,
    /// Within a roll, after so many steps.
    Roll { steps: usize },
    /// The machine died: the end of a stream's own log never reached the disk.
    Machine { stderr: bool, lost: u64 },
}

impl Crash {
    /// Brings a run folder into the state of this moment, and the model with it: its bytes are
    /// what the streams' own logs hold.
    pub(super) fn happen(&self, folder: &Path, run: &mut Run) {
        match self {
            Self::Index { lost } => shorten(&folder.join(INDEX), *lost),
            Self::Store { stderr, text, written } => {
                store(folder, run, *stderr, &text.bytes(), *written);
            }
            Self::Part => fs::write(folder.join("stdout.new"), "a part").unwrap(),
            Self::Roll { steps } => roll(folder, run, *steps),
            Self::Machine { stderr, lost } => machine(folder, run, *stderr, *lost),
        }
    }
}

/// Mends the folder and sees that it is whole: every byte of both streams is there, entries that
/// were sound are untouched, and `combined.log` says the same as the index.
pub(super) fn mend(folder: &Path, run: &mut Run) {
    repair::repair(folder).unwrap();
    assert!(!repair::repair(folder).unwrap(), "mending leaves something to mend");
    assert!(!repair::is_due(folder).unwrap(), "a mended log looks damaged");
    let (log, sound) = (Log::open(folder).unwrap(), run.reads.clone());
    let (mut at, mut reads) = ([0_usize; 2], Vec::new());
    let begin = log.first().unwrap();
    let bytes = Source::BOTH.map(|source| run.bytes(source));
    // What was dropped stays as it was; the rest is taken from the index.
    for read in &run.reads {
        let gone = [begin.stdout, begin.stderr].map(|gone| gone as usize);
        if at == gone {
            break;
        }
        at[read.source as usize] += read.bytes.len();
        reads.push(read.clone());
    }
    let mut segments: Vec<_> = log.backwards().map(Result::unwrap).collect();
    segments.reverse();
    let mut last = 0;
    for segment in segments {
        for entry in segment.entries(1, u64::MAX).unwrap() {
            let Kind::Read(source) = entry.kind else { panic!("a base within a segment") };
            let until = entry.mark.bytes(source.stream()) as usize;
            let read = bytes[source as usize][at[source as usize]..until].to_vec();
            assert!(entry.time >= last, "time goes back");
            (at[source as usize], last) = (until, entry.time);
            reads.push(Read::new(entry.time, source, read));
        }
    }
    run.reads = reads;
    for source in Source::BOTH {
        assert_eq!(run.bytes(source), bytes[source as usize], "bytes of {source:?}");
    }
    let same = run.reads.iter().zip(&sound).take_while(|(now, then)| now == then).count();
    let mended = &run.reads[same..];
    let now = persistproc_api::Time::now().micros();
    assert!(mended.iter().all(|read| read.time <= now), "a time that is still to come");
    let base = log.backwards().next().unwrap().unwrap().base().bytes(Stream::Combined) as usize;
    let combined = fs::read(folder.join("combined.log")).unwrap();
    let all: Vec<u8> = run.reads.iter().flat_map(|read| read.bytes.clone()).collect();
    assert!(combined == all[base..], "combined.log tells another story than the index");
    for leftover in ["stdout.new", "index.new"] {
        assert!(!folder.join(leftover).exists(), "{leftover} is left");
    }
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn shorten(path: &Path, lost: u64) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len().saturating_sub(lost)).unwrap();
}

fn is_common(folder: &Path) -> bool {
    fs::metadata(folder.join("combined.log")).unwrap().nlink() > 1
}

fn store(folder: &Path, run: &mut Run, stderr: bool, bytes: &[u8], written: usize) {
    let source = if stderr { Source::Stderr } else { Source::Stdout };
    let path = |stream| folder.join(log_name(stream, None));
    let common = is_common(folder);
    if common && stderr {
        let copy = fs::read(path(Stream::Combined)).unwrap();
        fs::remove_file(path(Stream::Stdout)).unwrap();
        fs::write(path(Stream::Stdout), copy).unwrap();
    }
    let mut rest = written;
    let mut some = |bytes: &[u8]| {
        let count = rest.min(bytes.len());
        rest -= count;
        bytes[..count].to_vec()
    };
    let own = some(bytes);
    append(&path(source.stream()), &own);
    if !common || stderr {
        append(&path(Stream::Combined), &some(bytes));
    }
    let time = run.reads.last().map_or(run.began, |read| read.time);
    run.reads.push(Read::new(time, source, own));
    let entry = Entry { kind: Kind::Read(source), time, mark: run.end() };
    let torn = some(&entry.encode()[..SIZE - 1]);
    append(&folder.join(INDEX), &torn);
}

fn roll(folder: &Path, run: &Run, steps: usize) {
    let number = Some(rolled(folder).unwrap().pop().map_or(1, |last| last + 1));
    let rename = |old: String, new: String| fs::rename(folder.join(old), folder.join(new)).unwrap();
    let create = |name: String| drop(File::create(folder.join(name)).unwrap());
    let moved = |stream| rename(log_name(stream, None), log_name(stream, number));
    let time = run.reads.last().map_or(run.began, |read| read.time);
    let base = Entry { kind: Kind::Base, time, mark: run.end() }.encode();
    let all: [&dyn Fn(); 9] = [
        &|| rename(index_name(None), index_name(number)),
        &|| moved(Stream::Combined),
        &|| moved(Stream::Stdout),
        &|| moved(Stream::Stderr),
        &|| create(log_name(Stream::Combined, None)),
        &|| fs::hard_link(folder.join("combined.log"), folder.join("stdout.log")).unwrap(),
        &|| create(log_name(Stream::Stderr, None)),
        &|| fs::write(folder.join("index.new"), &base[..SIZE / 2]).unwrap(),
        &|| fs::rename(folder.join("index.new"), folder.join(INDEX)).unwrap(),
    ];
    for step in &all[..steps.min(all.len())] {
        step();
    }
}

fn machine(folder: &Path, run: &mut Run, stderr: bool, lost: u64) {
    let source = if stderr { Source::Stderr } else { Source::Stdout };
    let path = folder.join(log_name(source.stream(), None));
    let lost = lost.min(fs::metadata(&path).unwrap().len());
    shorten(&path, lost);
    let mut lost = lost as usize;
    for read in run.reads.iter_mut().rev().filter(|read| read.source == source) {
        let count = lost.min(read.bytes.len());
        let left = read.bytes[..read.bytes.len() - count].to_vec();
        *read = Read::new(read.time, source, left);
        lost -= count;
    }
}
