//! [`NoticeStore`]: for which processes notices are on, and what was shown, in `notify.json` of the data
//! directory. So a daemon knows what the one before has shown.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::environment::Environment;
use persistproc_api::{Problem, Time, record};
use serde::{Deserialize, Serialize};

use super::decision::QUIET_TIME;

/// The name of the file in the data directory.
const FILE_NAME: &str = "notify.json";

/// `notify.json`. Mode 0600, since the environment holds secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NoticeRecord {
    /// Whether notices are on for the processes that `except` does not have.
    #[serde(default)]
    pub(super) all: bool,
    /// The ids for which it is the other way round.
    #[serde(default)]
    pub(super) except: BTreeSet<String>,
    /// The program that was given. Empty: the one of the desktop.
    #[serde(default)]
    pub(super) program: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<Environment>,
    /// Ends up to this time were considered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) considered: Option<Time>,
    /// The latest notice of each process, while it matters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) shown: BTreeMap<String, ShownNotice>,
}

/// A notice that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ShownNotice {
    pub(super) time: Time,
    /// It said that the process is crash-looping.
    #[serde(default)]
    pub(super) is_loop: bool,
}

impl NoticeRecord {
    /// Whether notices are on for any process.
    pub(super) fn is_any_on(&self) -> bool {
        self.all || !self.except.is_empty()
    }

    /// Whether notices are on for the process with this id.
    pub(super) fn is_on(&self, id: &str) -> bool {
        self.all != self.except.contains(id)
    }

    /// Turns notices on or off, for these processes or for all.
    pub(super) fn turn(&mut self, is_on: bool, ids: Option<&[String]>, now: Time) {
        if !self.is_any_on() {
            // What has ended before is not reported.
            self.considered = Some(now);
        }
        match ids {
            None => {
                self.all = is_on;
                self.except.clear();
            }
            Some(ids) if is_on == self.all => self.except.retain(|id| !ids.contains(id)),
            Some(ids) => self.except.extend(ids.iter().cloned()),
        }
    }

    /// How long ago the last notice of a process was shown. A clock that was set back makes it unknown.
    pub(super) fn since_notice(&self, id: &str, now: Time) -> Option<Duration> {
        let shown = self.shown.get(id)?;
        (shown.time <= now).then(|| Duration::from_secs_f64(now.seconds_since(shown.time)))
    }

    /// Whether a notice has said that the process is crash-looping.
    pub(super) fn is_known_loop(&self, id: &str) -> bool {
        self.shown.get(id).is_some_and(|shown| shown.is_loop)
    }

    /// The process is not crash-looping any more. When it had its last notice is still known.
    pub(super) fn end_loop(&mut self, id: &str) {
        if let Some(shown) = self.shown.get_mut(id) {
            shown.is_loop = false;
        }
    }

    /// Drops what does not matter any more.
    fn prune(&mut self, now: Time) {
        self.shown.retain(|_, shown| {
            shown.is_loop || now.seconds_since(shown.time) < QUIET_TIME.as_secs_f64()
        });
    }
}

/// The file, and what it holds.
pub(super) struct NoticeStore {
    path: PathBuf,
    record: Mutex<NoticeRecord>,
}

impl NoticeStore {
    /// Reads the file. With the sentence that says why it could not be read.
    pub(super) fn open(dirs: &DataDirs) -> (Self, Option<String>) {
        let path = dirs.data().join(FILE_NAME);
        let (found, problem) = match record::read::<NoticeRecord>(&path) {
            Ok(found) => (found, None),
            Err(error) if error.kind() == ErrorKind::NotFound => (NoticeRecord::default(), None),
            Err(error) => {
                let problem = format!("Cannot read {}: {error}.", path.display());
                tracing::warn!("notices are off: {problem}");
                (NoticeRecord::default(), Some(problem))
            }
        };
        (Self { path, record: Mutex::new(found) }, problem)
    }

    /// A copy of what is known.
    pub(super) fn get(&self) -> NoticeRecord {
        self.lock().clone()
    }

    /// Changes the settings, and writes them. Nothing changes if they cannot be written.
    pub(super) fn update<T>(
        &self,
        change: impl FnOnce(&mut NoticeRecord) -> T,
    ) -> Result<T, Problem> {
        let mut record = self.lock();
        let mut next = record.clone();
        let answer = change(&mut next);
        self.write(&next)?;
        *record = next;
        Ok(answer)
    }

    /// Notes what was shown. If it cannot be written, this daemon knows it nevertheless.
    pub(super) fn note(&self, change: impl FnOnce(&mut NoticeRecord)) -> Result<(), Problem> {
        let mut record = self.lock();
        let before = record.clone();
        change(&mut record);
        record.prune(Time::now());
        if *record == before { Ok(()) } else { self.write(&record) }
    }

    fn write(&self, record: &NoticeRecord) -> Result<(), Problem> {
        record::write(&self.path, record)
            .map_err(|error| Problem::storage(self.path.display(), error))
    }

    fn lock(&self) -> MutexGuard<'_, NoticeRecord> {
        // Nothing that can panic runs under this lock.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_and_off_for_one_process_and_for_all() {
        let mut record = NoticeRecord::default();
        let now = Time::now();
        let web = &["web".to_owned()][..];
        let states = |record: &NoticeRecord| (record.is_on("web"), record.is_on("api"));
        record.turn(false, Some(web), now);
        assert!(!record.is_any_on());
        record.turn(true, Some(web), now);
        assert_eq!(states(&record), (true, false));
        record.turn(true, None, now);
        assert_eq!(states(&record), (true, true));
        record.turn(false, Some(web), now);
        assert_eq!(states(&record), (false, true));
        record.turn(false, None, now);
        assert_eq!((states(&record), record.is_any_on()), ((false, false), false));
    }

    #[test]
    fn the_next_daemon_knows_what_was_shown() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        let (store, problem) = NoticeStore::open(&dirs);
        assert_eq!(problem, None);
        let now = Time::now();
        let old = Time::from_micros(now.micros() - 61_000_000);
        store.update(|record| record.turn(true, None, now)).unwrap();
        store
            .note(|record| {
                for (id, time, is_loop) in
                    [("web", now, false), ("api", old, false), ("db", old, true)]
                {
                    record.shown.insert(id.to_owned(), ShownNotice { time, is_loop });
                }
            })
            .unwrap();
        let record = NoticeStore::open(&dirs).0.get();
        assert!(record.is_on("web") && record.is_known_loop("db"));
        assert_eq!(record.shown.keys().collect::<Vec<_>>(), ["db", "web"]);
        let mut ended = record.clone();
        ended.end_loop("db");
        assert!(!ended.is_known_loop("db") && ended.since_notice("db", now).is_some());
        let later = Time::from_micros(now.micros() + 5_000_000);
        assert!(record.since_notice("web", later).unwrap() >= Duration::from_secs(5));
        assert_eq!(record.since_notice("web", old), None, "the clock was set back");
        std::fs::write(folder.path().join(FILE_NAME), "{").unwrap();
        assert!(NoticeStore::open(&dirs).1.unwrap().starts_with("Cannot read "));
    }
}
