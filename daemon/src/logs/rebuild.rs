//! Rebuilding a log of the active segment from the others: each byte of a source is in two files, its own
//! log and `combined.log`. Only for a log that no shim is writing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;

use super::active_files::open_for_append;
use super::file_names::{NEW_COMBINED, NEW_STDERR, NEW_STDOUT, SegmentId, log_name};
use super::index_entry::EntryKind;
use super::missing::none_if_missing;
use super::segment::Segment;

/// How many bytes are copied at a time.
const BLOCK_BYTES: u64 = 64 << 10;

/// Completes the own logs of the sources with what `combined.log` has and they lack. Returns whether
/// that changed one.
pub(super) fn own_logs(folder: &Path) -> io::Result<bool> {
    let Some(segment) = Segment::open(folder, SegmentId::Active)? else { return Ok(false) };
    let mut changed = false;
    for source in Source::BOTH {
        let base = segment.base().bytes(source.stream());
        let own = base + segment.log_length(source.stream())?;
        let kept = segment.kept_end(source)?;
        if own < kept {
            let name = if source == Source::Stdout { NEW_STDOUT } else { NEW_STDERR };
            write(folder, source.stream(), name, |log| copy(&segment, source, base, kept, log))?;
            changed = true;
        }
    }
    Ok(changed)
}

/// Writes `combined.log` again from the own logs, if it is shorter than its index says. Returns whether
/// it was.
pub(super) fn combined_log(folder: &Path) -> io::Result<bool> {
    let Some(segment) = Segment::open(folder, SegmentId::Active)? else { return Ok(false) };
    let indexed = segment.end().bytes_since(segment.base(), Stream::Combined);
    let is_kept = |source: Source| -> io::Result<bool> {
        Ok(segment.kept_end(source)? == segment.end().bytes(source.stream()))
    };
    if segment.log_length(Stream::Combined)? >= indexed
        || !is_kept(Source::Stdout)?
        || !is_kept(Source::Stderr)?
    {
        return Ok(false);
    }
    write(folder, Stream::Combined, NEW_COMBINED, |log| {
        let mut before = segment.base();
        for number in 1..segment.entry_count() {
            let entry = segment.entry(number)?;
            if let EntryKind::Read(source) = entry.kind {
                let stream = source.stream();
                copy(&segment, source, before.bytes(stream), entry.end.bytes(stream), log)?;
            }
            before = entry.end;
        }
        Ok(())
    })?;
    Ok(true)
}

/// Copies bytes of a source.
fn copy(
    segment: &Segment,
    source: Source,
    from: u64,
    until: u64,
    log: &mut File,
) -> io::Result<()> {
    let mut at = from;
    while at < until {
        let mut block = vec![0; BLOCK_BYTES.min(until - at) as usize];
        segment.read(source, at, &mut block)?;
        log.write_all(&block)?;
        at += block.len() as u64;
    }
    Ok(())
}

/// Writes a log under a new name and renames it.
fn write(
    folder: &Path,
    stream: Stream,
    new_name: &str,
    content: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let new_path = folder.join(new_name);
    none_if_missing(fs::remove_file(&new_path))?;
    let mut log = open_for_append(&new_path)?;
    content(&mut log)?;
    fs::rename(&new_path, folder.join(log_name(stream, SegmentId::Active)))
}
