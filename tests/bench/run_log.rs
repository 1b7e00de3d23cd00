//! `RunLog`: the log files of a run, their size and their content.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use persistproc_api::process::Process;

use crate::check::{self, Faults};
use crate::{Fallible, clock};

/// The folder of a run.
pub(crate) struct RunLog(PathBuf);

impl RunLog {
    pub(crate) fn of(process: &Process) -> Self {
        Self(process.log_combined.parent().unwrap_or(Path::new("/")).to_owned())
    }

    /// Waits until a stream has this many bytes, and returns when that was. It must be seen twice in
    /// a row, because a file that is being renamed can be counted twice.
    pub(crate) fn wait_for_bytes(&self, stream: &str, bytes: u64) -> Fallible<u64> {
        let mut first_seen = None;
        clock::wait_until("the log to be complete", Duration::from_micros(200), || {
            let is_complete = self.bytes(stream)? >= bytes;
            let seen_before = first_seen;
            first_seen = is_complete.then(|| first_seen.unwrap_or_else(clock::now));
            Ok(seen_before.filter(|_| is_complete))
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

    /// The segments of a stream in order: `stdout.000001.log`, …, `stdout.log`.
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
