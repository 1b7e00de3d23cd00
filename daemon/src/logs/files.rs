//! The four files of the active segment, as their writer holds them: made, taken up again, and
//! standard output parted from what is common. What is written to them is not known here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use persistproc_api::output::Stream;

use super::entry::{Entry, Kind, Mark};
use super::segment::{self, index_name, log_name};

/// Open for appending.
pub(super) struct Files {
    pub(super) combined: File,
    /// `None`: `stdout.log` is the same file as `combined.log`, as long as nothing else was written.
    pub(super) stdout: Option<File>,
    pub(super) stderr: File,
    pub(super) index: File,
}

impl Files {
    /// Those of the active segment, which are there.
    pub(super) fn resume(folder: &Path) -> io::Result<Self> {
        let open = |name: String| {
            OpenOptions::new().append(true).create(true).mode(0o600).open(folder.join(name))
        };
        let (combined, stdout) =
            (open(log_name(Stream::Combined, None))?, open(log_name(Stream::Stdout, None))?);
        let common = combined.metadata()?.ino() == stdout.metadata()?.ino();
        let stderr = open(log_name(Stream::Stderr, None))?;
        let index = open(index_name(None))?;
        Ok(Self { combined, stdout: (!common).then_some(stdout), stderr, index })
    }

    /// Which source is in the middle of a line.
    pub(super) fn inside(&self, folder: &Path) -> io::Result<[bool; 2]> {
        let open_line = |stream| -> io::Result<bool> {
            let file = File::open(folder.join(log_name(stream, None)))?;
            let mut last = [b'\n'];
            if let Some(at) = file.metadata()?.len().checked_sub(1) {
                file.read_exact_at(&mut last, at)?;
            }
            Ok(last != [b'\n'])
        };
        Ok([open_line(Stream::Stdout)?, open_line(Stream::Stderr)?])
    }

    /// A new set, whose index says what lies before it; it becomes the active one last.
    pub(super) fn create(folder: &Path, base: Mark, time: i64) -> io::Result<Self> {
        let open = |name: String| {
            OpenOptions::new().append(true).create(true).mode(0o600).open(folder.join(name))
        };
        let combined = open(log_name(Stream::Combined, None))?;
        let stdout = folder.join(log_name(Stream::Stdout, None));
        // A file system without links, or a name that is there already: two files from the start.
        let stdout = match fs::hard_link(folder.join(log_name(Stream::Combined, None)), &stdout) {
            Ok(()) => None,
            Err(_) => Some(open(log_name(Stream::Stdout, None))?),
        };
        let stderr = open(log_name(Stream::Stderr, None))?;
        let fresh = format!("{}.new", segment::INDEX);
        let mut index = open(fresh.clone())?;
        index.set_len(0)?;
        index.write_all(&Entry { kind: Kind::Base, time, mark: base }.encode())?;
        fs::rename(folder.join(fresh), folder.join(index_name(None)))?;
        Ok(Self { combined, stdout, stderr, index })
    }
}

/// Gives `stdout.log` a file of its own: a copy of what is common so far. Whoever has the common
/// file open reads no further than the index did then, and finds the same bytes there.
pub(super) fn part(folder: &Path) -> io::Result<File> {
    let name = folder.join(log_name(Stream::Stdout, None));
    let fresh = name.with_extension("new");
    let mut own = OpenOptions::new().append(true).create(true).mode(0o600).open(&fresh)?;
    own.set_len(0)?;
    let copied =
        io::copy(&mut File::open(&name)?, &mut own).and_then(|_| fs::rename(&fresh, &name));
    if let Err(error) = copied {
        // The common file stays; the next attempt begins anew.
        fs::remove_file(&fresh).ok();
        return Err(error);
    }
    Ok(own)
}
