//! Noticing that another program has shortened, deleted or replaced the files of the active segment,
//! and making them again.
//!
//! The writer compares the length and the number of names of its open files before each append, which
//! costs one system call for each file. Their names in the folder are looked up at intervals only.
//!
//! A file that was deleted or replaced is written again from its descriptor: nothing is lost. Of a file
//! that was shortened the bytes are gone. The writer then begins a new segment, so that what it appends
//! keeps its offsets; readers find out what is missing in the old one, see `kept_bytes`.

use std::fs::{self, File, Metadata};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;

use super::active_files::{ActiveFiles, open_for_append};
use super::file_names::{
    INDEX, NEW_COMBINED, NEW_INDEX, NEW_STDERR, NEW_STDOUT, SegmentId, log_name,
};
use super::index_entry::{EntryKind, IndexEntry};
use super::index_file::read_last_entry;
use super::position::Position;
use super::repair;

/// The lengths that the files of the active segment must have.
#[derive(Clone, Copy)]
pub(super) struct FileLengths {
    pub(super) combined: u64,
    pub(super) stdout: u64,
    pub(super) stderr: u64,
    pub(super) index: u64,
}

impl FileLengths {
    /// The open files with their lengths.
    fn of<'a>(&self, files: &'a ActiveFiles) -> impl Iterator<Item = (&'a File, u64)> {
        let stdout = files.stdout.as_ref().map(|stdout| (stdout, self.stdout));
        let always = [
            (&files.combined, self.combined),
            (&files.stderr, self.stderr),
            (&files.index, self.index),
        ];
        always.into_iter().chain(stdout)
    }

    /// Whether all files have their lengths, and a name.
    pub(super) fn are_met(&self, files: &ActiveFiles) -> bool {
        self.of(files).all(|(file, length)| {
            file.metadata().is_ok_and(|found| found.len() == length && found.nlink() > 0)
        })
    }

    /// Whether no file is too short.
    fn are_reached(&self, files: &ActiveFiles) -> bool {
        self.of(files)
            .all(|(file, length)| file.metadata().is_ok_and(|found| found.len() >= length))
    }

    /// Truncates what is longer: a failed write, or what another program has appended.
    pub(super) fn cut(&self, files: &ActiveFiles) {
        for (file, length) in self.of(files) {
            if file.metadata().is_ok_and(|found| found.len() > length) {
                // Truncating needs no free disk space. If it fails anyway, the next repair indexes the
                // leftover bytes.
                file.set_len(length).ok();
            }
        }
    }
}

/// Whether the files still have their names in the folder.
pub(super) fn have_names(files: &ActiveFiles, folder: &Path) -> bool {
    let stdout = files.stdout.as_ref().unwrap_or(&files.combined);
    has_name(&files.combined, folder, &log(Stream::Combined))
        && has_name(stdout, folder, &log(Stream::Stdout))
        && has_name(&files.stderr, folder, &log(Stream::Stderr))
        && has_name(&files.index, folder, INDEX)
}

/// Gives the files their names again, and cuts what they have too much. Returns whether none of them is
/// too short.
pub(super) fn restore(
    files: &mut ActiveFiles,
    folder: &Path,
    lengths: &FileLengths,
) -> io::Result<bool> {
    lengths.cut(files);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    write_again(&mut files.combined, folder, &log(Stream::Combined), NEW_COMBINED)?;
    write_again(&mut files.stderr, folder, &log(Stream::Stderr), NEW_STDERR)?;
    match &mut files.stdout {
        Some(stdout) => write_again(stdout, folder, &log(Stream::Stdout), NEW_STDOUT)?,
        None => files.stdout = link_again(&files.combined, folder)?,
    }
    // The index comes last: a segment exists for readers as soon as its index does.
    write_again(&mut files.index, folder, INDEX, NEW_INDEX)?;
    Ok(lengths.are_reached(files))
}

/// Repairs an index that is too short, so that it ends at `end` again. Readers find the bytes that are
/// in no log as missing.
pub(super) fn restore_index(folder: &Path, end: Position, time: i64) -> io::Result<()> {
    repair::repair(folder)?;
    let path = folder.join(INDEX);
    let last = read_last_entry(&File::open(&path)?)?;
    let mut index = open_for_append(&path)?;
    let mut before = last.map(|entry| entry.end).unwrap_or_default();
    for source in Source::BOTH {
        let stream = source.stream();
        let bytes = end.bytes(stream).saturating_sub(before.bytes(stream));
        let lines = end.lines(stream).saturating_sub(before.lines(stream));
        if bytes > 0 || lines > 0 {
            before = before.after(source, bytes, lines);
            let kind = EntryKind::Read(source);
            index.write_all(&IndexEntry { kind, time, end: before }.encode())?;
        }
    }
    Ok(())
}

fn log(stream: Stream) -> String {
    log_name(stream, SegmentId::Active)
}

fn has_name(file: &File, folder: &Path, name: &str) -> bool {
    let id = |found: Metadata| (found.dev(), found.ino());
    let named = fs::symlink_metadata(folder.join(name)).map(id);
    matches!((named, file.metadata().map(id)), (Ok(named), Ok(own)) if named == own)
}

/// Writes a copy of an open file to its name, unless the name is still that of the file.
fn write_again(file: &mut File, folder: &Path, name: &str, new_name: &str) -> io::Result<()> {
    if !has_name(file, folder, name) {
        *file = copy_to(file, folder, name, new_name)?;
    }
    Ok(())
}

fn copy_to(file: &File, folder: &Path, name: &str, new_name: &str) -> io::Result<File> {
    let new_path = folder.join(new_name);
    let mut copy = open_for_append(&new_path)?;
    copy.set_len(0)?;
    let mut original = file;
    original.seek(SeekFrom::Start(0))?;
    let written =
        io::copy(&mut original, &mut copy).and_then(|_| fs::rename(&new_path, folder.join(name)));
    if let Err(error) = written {
        // A leftover does no harm: the next attempt truncates it.
        fs::remove_file(&new_path).ok();
        return Err(error);
    }
    Ok(copy)
}

/// Makes `stdout.log` a second name of `combined.log` again. Returns a file of its own where there are
/// no hard links.
fn link_again(combined: &File, folder: &Path) -> io::Result<Option<File>> {
    let name = log(Stream::Stdout);
    if has_name(combined, folder, &name) {
        return Ok(None);
    }
    let new_path = folder.join(NEW_STDOUT);
    // Fails if there is none. If it stays, a copy is made in place of a link.
    fs::remove_file(&new_path).ok();
    if fs::hard_link(folder.join(log(Stream::Combined)), &new_path).is_err() {
        return copy_to(combined, folder, &name, NEW_STDOUT).map(Some);
    }
    fs::rename(&new_path, folder.join(&name))?;
    Ok(None)
}
