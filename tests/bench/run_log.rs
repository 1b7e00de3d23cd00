//! The log of a run as it lies on disk: how much there is, and whether it is right.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use persistproc_api::process::Process;

use crate::check::{self, Faults};
use crate::{Fallible, clock};

/// One run's folder.
pub(crate) struct Store(PathBuf);

impl Store {
    pub(crate) fn of(process: &Process) -> Self {
        Self(process.log_combined.parent().unwrap_or(Path::new("/")).to_owned())
    }

    /// Returns when a stream holds this many bytes. Seen once it may be a file counted twice in
    /// the moment it is renamed; seen twice it is so.
    pub(crate) fn until_holds(&self, stream: &str, bytes: u64) -> Fallible<u64> {
        let mut first = None;
        clock::until("the log to be complete", Duration::from_micros(200), || {
            let there = self.bytes(stream)? >= bytes;
            let before = first;
            first = there.then(|| first.unwrap_or_else(clock::now));
            Ok(before.filter(|_| there))
        })
    }

    fn bytes(&self, stream: &str) -> Fallible<u64> {
        let sizes = self.files(stream)?.into_iter().filter_map(|file| fs::metadata(file).ok());
        Ok(sizes.map(|file| file.len()).sum())
    }

    /// Checks the numbered lines of a stream, all segments in order.
    pub(crate) fn check(&self, stream: &str, lines: u64) -> Fallible<Faults> {
        let mut all: Box<dyn Read> = Box::new(std::io::empty());
        for file in self.files(stream)? {
            all = Box::new(all.chain(File::open(file)?));
        }
        Ok(check::read(all, lines)?)
    }

    /// `stdout.000001.log`, …, and at last `stdout.log`.
    fn files(&self, stream: &str) -> Fallible<Vec<PathBuf>> {
        let mut files = Vec::new();
        for file in fs::read_dir(&self.0)? {
            let name = file?.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&format!("{stream}.")) && name.ends_with(".log") {
                files.push(self.0.join(&*name));
            }
        }
        files.sort_by_key(|file| (file.ends_with(format!("{stream}.log")), file.clone()));
        Ok(files)
    }
}
