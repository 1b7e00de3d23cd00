//! [`keep_sockets`]: binds the daemon's socket again when its file is gone, and has the shims do the same
//! with theirs, so that clients and later daemons find them.

use std::io;

use persistproc_api::Problem;
use persistproc_api::daemon::DaemonRecord;
use persistproc_api::data_dirs::{DataDirs, SOCKET_EXTENSION};
use persistproc_api::record;
use tokio::net::UnixListener;
use tokio::sync::mpsc;

use super::lock::RuntimeLock;
use super::runtime_watch::{RuntimeChange, RuntimeWatch, next_changes};
use super::{bind_socket, lock};
use crate::supervisor::Supervisor;

/// Keeps the files of the runtime directory, until the daemon exits.
pub(super) async fn keep_sockets(
    dirs: DataDirs,
    mut watch: Option<RuntimeWatch>,
    supervisor: Supervisor,
    replacements: mpsc::Sender<UnixListener>,
) {
    let mut leaving = supervisor.leaving();
    // Held until the daemon exits, in place of the file that was deleted.
    let mut runtime_lock: Option<RuntimeLock> = None;
    loop {
        let changes = tokio::select! {
            changes = next_changes(&mut watch) => changes,
            _ = leaving.wait_for(|leaving| *leaving) => return,
        };
        // The daemon deletes its socket when it exits.
        if *leaving.borrow() {
            return;
        }
        let changes = match changes {
            Ok(changes) => changes,
            Err(error) => {
                return tracing::warn!("cannot watch {}: {error}", dirs.runtime().display());
            }
        };
        if changes.contains(&RuntimeChange::DirectoryGone) {
            match restore_directory(&dirs) {
                Ok((next, lock)) => {
                    watch = Some(next);
                    runtime_lock = lock.or(runtime_lock);
                }
                Err(error) => {
                    return tracing::warn!("cannot create the runtime directory: {error}");
                }
            }
        }
        if let Err(error) = restore_socket(&dirs, &replacements).await {
            tracing::warn!("cannot bind {} again: {error}", dirs.socket().display());
        }
        for change in changes {
            tell_supervisor(&supervisor, change).await;
        }
    }
}

/// Creates the runtime directory with what the daemon keeps in it beside sockets, and watches it.
fn restore_directory(dirs: &DataDirs) -> Result<(RuntimeWatch, Option<RuntimeLock>), Problem> {
    tracing::warn!("the runtime directory is gone; creating it again");
    dirs.prepare()?;
    let watch = RuntimeWatch::new(dirs)
        .map_err(|error| Problem::storage(dirs.runtime().display(), error))?;
    // Clients that find no record take the daemon for an older one.
    record::write(&dirs.daemon_record(), &DaemonRecord::own()).ok();
    Ok((watch, lock::lock_runtime_again(dirs)))
}

/// Binds the socket of the daemon, if its file is gone.
async fn restore_socket(
    dirs: &DataDirs,
    replacements: &mpsc::Sender<UnixListener>,
) -> io::Result<()> {
    let socket = dirs.socket();
    if socket.symlink_metadata().is_ok() {
        return Ok(());
    }
    tracing::warn!("the socket of the daemon is gone; binding it again");
    // Fails when the daemon has stopped serving.
    replacements.send(bind_socket(&socket)?).await.ok();
    Ok(())
}

async fn tell_supervisor(supervisor: &Supervisor, change: RuntimeChange) {
    let id = |name: &str| Some(name.strip_suffix(SOCKET_EXTENSION)?.strip_suffix('.')?.to_owned());
    match change {
        RuntimeChange::Appeared(name) => {
            if let Some(id) = id(&name) {
                supervisor.socket_appeared(&id);
            }
        }
        RuntimeChange::Gone(name) => {
            if let Some(id) = id(&name) {
                supervisor.bind_again(Some(&id)).await;
            }
        }
        RuntimeChange::DirectoryGone => supervisor.bind_again(None).await,
    }
}
