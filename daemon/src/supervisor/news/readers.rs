//! [`NewsReaders`]: up to where each client has read the news, for clients that keep no cursor. A position is
//! written to disk before news are answered, so that the next daemon does not repeat them.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use persistproc_api::cursor::Cursor;
use persistproc_api::news::{News, NewsCursor, NewsQuery};
use persistproc_api::{Problem, fnv, private_file, record};

use super::NewsMemory;
use super::page::{now, selected, settled};
use crate::supervisor::registry::Registry;

/// How many clients are remembered in memory.
const MAX_READERS: usize = 256;

/// Files of clients that have read nothing for this long are deleted.
const MAX_FILE_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The largest file that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The positions of clients by their names.
#[derive(Default)]
pub(crate) struct NewsReaders(Mutex<HashMap<String, NewsCursor>>);

/// The news of these processes since the last call of this client; nothing at its first call.
pub(crate) async fn news_for(
    registry: &Arc<Registry>,
    memory: &Arc<NewsMemory>,
    reader: &str,
    ids: Vec<String>,
) -> Result<Vec<News>, Problem> {
    let folder = registry.dirs().data().join("news");
    let Some(after) = memory.readers.position(&folder, reader) else {
        // Of all processes: one that a later call is about has not started since.
        let all = selected(registry, &NewsQuery::default())?;
        let cursor = now(registry, &all).await;
        memory.readers.set(&folder, reader, cursor, true);
        return Ok(Vec::new());
    };
    let all = settled(registry, memory, ids, Some(after)).await?;
    let is_new = !all.page.news.is_empty();
    memory.readers.set(&folder, reader, all.cursor, is_new);
    Ok(all.page.news)
}

/// This client has seen the output of a process up to a position.
pub(crate) fn mark_seen(memory: &NewsMemory, reader: &str, id: &str, position: Cursor) {
    let mut readers = memory.readers.lock();
    let Some(known) = readers.get_mut(reader) else { return };
    let order = |cursor: &Cursor| (cursor.run, cursor.at.sum());
    let seen = known.positions.entry(id.to_owned()).or_insert(position);
    if order(seen) < order(&position) {
        *seen = position;
    }
}

impl NewsReaders {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, NewsCursor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(&self, folder: &Path, reader: &str) -> Option<NewsCursor> {
        if let Some(known) = self.lock().get(reader) {
            return Some(known.clone());
        }
        let bytes = private_file::read(&file(folder, reader), MAX_FILE_BYTES).ok()?;
        let cursor: NewsCursor = str::from_utf8(&bytes).ok()?.trim().parse().ok()?;
        self.lock().insert(reader.to_owned(), cursor.clone());
        Some(cursor)
    }

    fn set(&self, folder: &Path, reader: &str, cursor: NewsCursor, is_written: bool) {
        if is_written && let Err(error) = write(folder, reader, &cursor) {
            tracing::warn!("cannot write the position of a reader of news: {error}");
        }
        let mut readers = self.lock();
        if readers.len() >= MAX_READERS && !readers.contains_key(reader) {
            // They are on disk, as of their last news.
            readers.clear();
        }
        readers.insert(reader.to_owned(), cursor);
    }
}

fn file(folder: &Path, reader: &str) -> PathBuf {
    folder.join(format!("{:016x}", fnv::hash_64(reader.as_bytes())))
}

fn write(folder: &Path, reader: &str, cursor: &NewsCursor) -> std::io::Result<()> {
    let path = file(folder, reader);
    if !path.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        delete_old_files(folder);
    }
    record::write_bytes(&path, format!("{cursor}\n").as_bytes())
}

/// Deletes the files of clients that are gone. What cannot be deleted is tried again with the next client.
fn delete_old_files(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > MAX_FILE_AGE) {
            fs::remove_file(entry.path()).ok();
        }
    }
}
