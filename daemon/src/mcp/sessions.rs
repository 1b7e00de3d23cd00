//! Sessions as files: what a client said when it introduced itself, so that the next daemon goes
//! on with it as if nothing had happened. It knows ids and bytes, and no tool.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use persistproc_api::record;
use rmcp::transport::streamable_http_server::session::{
    SessionState, SessionStore, SessionStoreError,
};

use crate::logs::segment::found;

/// A client that was silent for a week is not coming back.
const OLDEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// A folder of sessions, one file each.
#[derive(Clone, Debug)]
pub struct Sessions {
    folder: PathBuf,
}

impl Sessions {
    /// The sessions of a folder; old ones are deleted.
    pub fn open(folder: PathBuf) -> Self {
        if let Err(error) = drop_old(&folder, SystemTime::now()) {
            tracing::warn!("old sessions in {} stay: {error}", folder.display());
        }
        Self { folder }
    }

    /// The file of a session; `None` for an id that we never gave out, which becomes no path.
    fn file(&self, id: &str) -> Option<PathBuf> {
        is_uuid(id).then(|| self.folder.join(format!("{id}.json")))
    }

    fn write(&self, path: &Path, state: &SessionState) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        record::write(path, state)
    }
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn load(&self, id: &str) -> Result<Option<SessionState>, SessionStoreError> {
        let Some(path) = self.file(id) else { return Ok(None) };
        let bytes = found(fs::read(&path))?;
        // A file that makes no sense is as good as none: the client is asked to begin anew.
        let state = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if state.is_some() {
            // Whoever comes back is not old.
            fs::File::options().append(true).open(&path)?.set_modified(SystemTime::now())?;
        }
        Ok(state)
    }

    async fn store(&self, id: &str, state: &SessionState) -> Result<(), SessionStoreError> {
        let path = self.file(id).ok_or_else(|| format!("{id:?} is no id of a session"))?;
        Ok(self.write(&path, state)?)
    }

    async fn delete(&self, id: &str) -> Result<(), SessionStoreError> {
        if let Some(path) = self.file(id) {
            found(fs::remove_file(path))?;
        }
        Ok(())
    }
}

/// `8-4-4-4-12` hexadecimal digits, and so no path.
fn is_uuid(id: &str) -> bool {
    let lengths = id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn drop_old(folder: &Path, now: SystemTime) -> io::Result<()> {
    let Some(entries) = found(fs::read_dir(folder))? else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let age = now.duration_since(entry.metadata()?.modified()?).unwrap_or_default();
        if age > OLDEST {
            found(fs::remove_file(entry.path()))?;
        }
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
    async fn what_is_stored_is_there_for_the_next_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("mcp-sessions");
        Sessions::open(place.clone()).store(ID, &state()).await.unwrap();
        let next = Sessions::open(place);
        let loaded = next.load(ID).await.unwrap().unwrap();
        assert_eq!(loaded.initialize_params, state().initialize_params);
        next.delete(ID).await.unwrap();
        assert!(next.load(ID).await.unwrap().is_none());
        next.delete(ID).await.unwrap();
    }

    #[tokio::test]
    async fn an_id_that_is_no_uuid_becomes_no_path() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(folder.path().to_owned());
        for id in ["", "../../x", "/etc/passwd", "0a1b2c3d-0000-4000-8000-00000000000/", "……"] {
            assert!(sessions.load(id).await.unwrap().is_none(), "{id}");
            assert!(sessions.store(id, &state()).await.is_err(), "{id}");
            sessions.delete(id).await.unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn the_old_and_the_broken_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(folder.path().to_owned());
        sessions.store(ID, &state()).await.unwrap();
        drop_old(folder.path(), SystemTime::now() + OLDEST / 2).unwrap();
        assert!(sessions.load(ID).await.unwrap().is_some());
        fs::write(sessions.file(ID).unwrap(), "{").unwrap();
        assert!(sessions.load(ID).await.unwrap().is_none());
        drop_old(folder.path(), SystemTime::now() + OLDEST * 2).unwrap();
        assert!(!sessions.file(ID).unwrap().exists());
    }
}
