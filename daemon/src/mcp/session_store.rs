//! `FileSessionStore` keeps each session's initialize parameters in a file, so that the next daemon
//! restores the session without a new handshake. It handles ids and bytes, and knows no tool.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use persistproc_api::record;
use rmcp::transport::streamable_http_server::session::{
    SessionState, SessionStore, SessionStoreError,
};

use crate::logs::missing::none_if_missing;

/// Files of sessions without a restore for this long are deleted when a daemon starts.
const MAX_FILE_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

/// How many files are kept. The least recently used ones are deleted first.
const MAX_FILES: usize = 1000;

/// After how many new files they are counted.
const COUNT_INTERVAL: usize = 50;

/// A folder of sessions, one file each.
#[derive(Clone, Debug)]
pub struct FileSessionStore {
    folder: PathBuf,
    /// How many files were written.
    written: Arc<AtomicUsize>,
}

impl FileSessionStore {
    /// The sessions of a folder; deletes old files first.
    pub fn open(folder: PathBuf) -> Self {
        if let Err(error) = delete_old_files(&folder, SystemTime::now()) {
            tracing::warn!("cannot delete old sessions in {}: {error}", folder.display());
        }
        Self { folder, written: Arc::default() }
    }

    /// The file of a session; `None` unless the id is a UUID, so that no other id becomes a path.
    fn path(&self, id: &str) -> Option<PathBuf> {
        is_uuid(id).then(|| self.folder.join(format!("{id}.json")))
    }

    fn write(&self, path: &Path, state: &SessionState) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let written = self.written.fetch_add(1, Ordering::Relaxed);
        if written.is_multiple_of(COUNT_INTERVAL) {
            delete_surplus_files(&self.folder, MAX_FILES - COUNT_INTERVAL)?;
        }
        record::write(path, state)
    }
}

#[async_trait::async_trait]
impl SessionStore for FileSessionStore {
    async fn load(&self, id: &str) -> Result<Option<SessionState>, SessionStoreError> {
        let Some(path) = self.path(id) else { return Ok(None) };
        // A corrupt file counts as missing: the client is asked to start a new session.
        let state = record::read(&path).ok();
        if state.is_some() {
            // The modification time is the time of last use, which decides when the file is old.
            fs::File::options().append(true).open(&path)?.set_modified(SystemTime::now())?;
        }
        Ok(state)
    }

    async fn store(&self, id: &str, state: &SessionState) -> Result<(), SessionStoreError> {
        let path = self.path(id).ok_or_else(|| format!("{id:?} is not a session id"))?;
        Ok(self.write(&path, state)?)
    }

    async fn delete(&self, id: &str) -> Result<(), SessionStoreError> {
        if let Some(path) = self.path(id) {
            none_if_missing(fs::remove_file(path))?;
        }
        Ok(())
    }
}

/// `8-4-4-4-12` hexadecimal digits; such an id is safe in a path.
fn is_uuid(id: &str) -> bool {
    let lengths = id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn delete_old_files(folder: &Path, now: SystemTime) -> io::Result<()> {
    let Some(entries) = none_if_missing(fs::read_dir(folder))? else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let age = now.duration_since(entry.metadata()?.modified()?).unwrap_or_default();
        if age > MAX_FILE_AGE {
            none_if_missing(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

/// Deletes all files but the newest.
fn delete_surplus_files(folder: &Path, kept: usize) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(metadata) = none_if_missing(entry.metadata())? {
            files.push((metadata.modified()?, entry.path()));
        }
    }
    files.sort();
    for (_, path) in files.iter().take(files.len().saturating_sub(kept)) {
        none_if_missing(fs::remove_file(path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ClientCapabilities, Implementation, InitializeRequestParams};

    use super::*;

    const ID: &str = "0a1b2c3d-0000-4000-8000-00000000000f";

    fn state() -> SessionState {
        let client = Implementation::new("test", "1");
        SessionState::new(InitializeRequestParams::new(ClientCapabilities::default(), client))
    }

    #[tokio::test]
    async fn a_stored_session_is_loaded_by_the_next_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let sessions_dir = folder.path().join("mcp-sessions");
        FileSessionStore::open(sessions_dir.clone()).store(ID, &state()).await.unwrap();
        let next = FileSessionStore::open(sessions_dir);
        let loaded = next.load(ID).await.unwrap().unwrap();
        assert_eq!(loaded.initialize_params, state().initialize_params);
        next.delete(ID).await.unwrap();
        assert!(next.load(ID).await.unwrap().is_none());
        next.delete(ID).await.unwrap();
    }

    #[tokio::test]
    async fn an_id_that_is_not_a_uuid_never_becomes_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = FileSessionStore::open(folder.path().to_owned());
        for id in ["", "../../x", "/etc/passwd", "0a1b2c3d-0000-4000-8000-00000000000/", "……"] {
            assert!(sessions.load(id).await.unwrap().is_none(), "{id}");
            assert!(sessions.store(id, &state()).await.is_err(), "{id}");
            sessions.delete(id).await.unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn old_and_broken_files_are_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = FileSessionStore::open(folder.path().to_owned());
        sessions.store(ID, &state()).await.unwrap();
        delete_old_files(folder.path(), SystemTime::now() + MAX_FILE_AGE / 2).unwrap();
        assert!(sessions.load(ID).await.unwrap().is_some());
        fs::write(sessions.path(ID).unwrap(), "{").unwrap();
        assert!(sessions.load(ID).await.unwrap().is_none());
        delete_old_files(folder.path(), SystemTime::now() + MAX_FILE_AGE * 2).unwrap();
        assert!(!sessions.path(ID).unwrap().exists());
    }
}
