//! [`HookSession`]: which news and events a session of an agent has seen, as a small file in the runtime directory. The file
//! is locked while a hook runs, so that of two hooks for one event only one answers.

use std::fs::{self, DirBuilder, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::fnv::hash_64;
use persistproc_api::private_file;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::client::HookClient;

/// The folder of the files, in the runtime directory.
const FOLDER: &str = "hooks";

/// Two hooks for the same event run within this time.
const SAME_EVENT_TIME: Duration = Duration::from_secs(10);

/// How many events are remembered.
const MAX_EVENTS: usize = 16;

/// Files of sessions that had no event for so long are removed.
const MAX_SESSION_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 16 << 10;

/// The file of a session, locked.
#[derive(Debug)]
pub(crate) struct HookSession {
    file: File,
    content: StateContent,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct StateContent {
    /// The position up to which the session has the news. Absent: it has asked for none.
    #[serde(default)]
    news_cursor: Option<String>,
    /// The hashes of recent inputs, each with the time in milliseconds.
    #[serde(default)]
    events: Vec<(u64, u64)>,
}

impl HookSession {
    /// Opens and locks the file of a session; waits for another hook that has it. `None` if there is no
    /// runtime directory, or no space in it.
    pub(crate) fn open(dirs: &DataDirs, client: HookClient, session: &str) -> Option<Self> {
        let folder = dirs.runtime().join(FOLDER);
        if !folder.exists() {
            DirBuilder::new().mode(0o700).create(&folder).ok();
        }
        let key = format!("{}/{session}", client.word());
        let path = folder.join(format!("{:016x}", hash_64(key.as_bytes())));
        if !path.exists() {
            remove_old_files(&folder);
        }
        let mut file = private_file::lock_file(&path).ok()?;
        flock(&file, FlockOperation::LockExclusive).ok()?;
        let mut text = String::new();
        (&mut file).take(MAX_FILE_BYTES).read_to_string(&mut text).ok()?;
        let content = serde_json::from_str(&text).unwrap_or_default();
        Some(Self { file, content })
    }

    /// Whether a hook has answered this input just now. Otherwise this one will.
    pub(crate) fn is_repeated(&mut self, input: &[u8]) -> bool {
        let now = now();
        let since = now.saturating_sub(SAME_EVENT_TIME.as_millis() as u64);
        let hash = hash_64(input);
        self.content.events.retain(|(_, at)| *at >= since);
        if self.content.events.iter().any(|(event, _)| *event == hash) {
            return true;
        }
        self.content.events.push((hash, now));
        let too_many = self.content.events.len().saturating_sub(MAX_EVENTS);
        self.content.events.drain(..too_many);
        false
    }

    pub(crate) fn news_cursor(&self) -> Option<&str> {
        self.content.news_cursor.as_deref()
    }

    pub(crate) fn set_news_cursor(&mut self, cursor: String) {
        self.content.news_cursor = Some(cursor);
    }

    /// Writes the file. What cannot be remembered must not be answered: it would be repeated.
    pub(crate) fn save(mut self) -> Option<()> {
        let text = serde_json::to_vec(&self.content).ok()?;
        self.file.seek(SeekFrom::Start(0)).ok()?;
        self.file.write_all(&text).ok()?;
        self.file.set_len(text.len() as u64).ok()
    }
}

fn now() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since_epoch.as_millis() as u64
}

fn remove_old_files(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = entry.metadata().ok().and_then(|found| found.modified().ok()?.elapsed().ok());
        if age.is_some_and(|age| age > MAX_SESSION_AGE) {
            // Another hook may remove it at the same time.
            fs::remove_file(entry.path()).ok();
        }
    }
}
