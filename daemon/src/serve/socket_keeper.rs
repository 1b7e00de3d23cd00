//! [`keep_sockets`]: binds the daemon's socket again when its file is gone, and has the shims do the same
//! with theirs, so that clients and later daemons find them.

use std::fmt::Display;
use std::future::pending;
use std::io;
use std::time::Duration;

use persistproc_api::Problem;
use persistproc_api::daemon::DaemonRecord;
use persistproc_api::data_dirs::{DataDirs, SOCKET_EXTENSION};
use persistproc_api::record;
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::lock::RuntimeLock;
use super::runtime_watch::{RuntimeChange, RuntimeWatch, next_changes};
use super::{bind_socket, lock};
use crate::supervisor::Supervisor;

/// The first delay after an attempt that failed; doubled each time.
const FIRST_DELAY: Duration = Duration::from_millis(50);

/// The longest of these delays.
const MAX_DELAY: Duration = Duration::from_secs(5);

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
    let mut retry: Option<Retry> = None;
    loop {
        let changes = tokio::select! {
            changes = next_changes(&mut watch) => changes,
            () = until(retry.as_ref()) => Ok(vec![RuntimeChange::DirectoryGone]),
            _ = leaving.wait_for(|leaving| *leaving) => return,
        };
        // The daemon deletes its socket when it exits.
        if *leaving.borrow() {
            return;
        }
        let changes = match changes {
            Ok(changes) => changes,
            // Without a watch, the directory is looked at again after a while.
            Err(error) => {
                watch = None;
                retry = Some(Retry::after(retry.take(), &error));
                continue;
            }
        };
        if changes.contains(&RuntimeChange::DirectoryGone) {
            match restore_directory(&dirs) {
                Ok((next, lock)) => {
                    watch = Some(next);
                    runtime_lock = lock.or(runtime_lock);
                }
                // It may be deleted at the same time, file by file.
                Err(error) => {
                    watch = None;
                    retry = Some(Retry::after(retry.take(), &error));
                    continue;
                }
            }
        }
        match restore_socket(&dirs, &replacements).await {
            Ok(()) => retry = None,
            Err(error) => retry = Some(Retry::after(retry.take(), &error)),
        }
        for change in changes {
            tell_supervisor(&supervisor, change).await;
        }
    }
}

/// The next attempt, after one that has failed.
struct Retry {
    at: Instant,
    delay: Duration,
}

impl Retry {
    fn after(last: Option<Self>, error: &dyn Display) -> Self {
        tracing::warn!("cannot restore the runtime directory: {error}");
        let delay = last.map_or(FIRST_DELAY, |last| (last.delay * 2).min(MAX_DELAY));
        Self { at: Instant::now() + delay, delay }
    }
}

async fn until(retry: Option<&Retry>) {
    match retry {
        Some(retry) => sleep_until(retry.at).await,
        None => pending().await,
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
