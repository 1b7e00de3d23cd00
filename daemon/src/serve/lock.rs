//! One daemon for a data directory. The lock beside the socket says who holds it; the lock on the
//! directory itself holds even where the runtime directory was taken away, or is another one.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{ErrorCode, Problem};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// Held by a daemon as long as it lives.
pub(super) struct Locks {
    _runtime: File,
    _data: Option<File>,
}

/// Both of them. A daemon that is leaving has `patience` to be gone. `None`: another one came in
/// its place meanwhile, and `needless` says that this one is not needed then.
pub(super) fn take(
    dirs: &DataDirs,
    patience: Duration,
    needless: &dyn Fn() -> bool,
) -> Result<Option<Locks>, Problem> {
    let Some(_runtime) = runtime(dirs, patience, needless)? else { return Ok(None) };
    Ok(Some(Locks { _runtime, _data: data(dirs, patience.min(SOON))? }))
}

/// Who has left the one lock leaves the other soon.
const SOON: Duration = Duration::from_secs(2);

/// Between one look for another daemon and the next, while one is leaving.
const LOOK: Duration = Duration::from_millis(50);

/// The lock of the runtime directory, with our pid in it.
fn runtime(
    dirs: &DataDirs,
    patience: Duration,
    needless: &dyn Fn() -> bool,
) -> Result<Option<File>, Problem> {
    let path = dirs.lock();
    let failed = |error: &dyn std::fmt::Display| {
        Problem::storage(format!("Cannot lock {}", path.display()), error)
    };
    let open = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path);
    let mut file = open.map_err(|error| failed(&error))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let waited = wait_for(file, patience, needless);
        match waited.map_err(|mut file| held(dirs, &mut file))? {
            Some(locked) => file = locked,
            None => return Ok(None),
        }
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(|error| failed(&error))?;
    Ok(Some(file))
}

/// The lock of the data directory: it needs no file, so it can be had on a disk that is full.
fn data(dirs: &DataDirs, patience: Duration) -> Result<Option<File>, Problem> {
    let folder =
        File::open(dirs.data()).map_err(|error| Problem::storage(dirs.data().display(), error))?;
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(folder)),
        Err(Errno::WOULDBLOCK) => {
            wait_for(folder, patience, &|| false).map_err(|folder| elsewhere(dirs, &folder))
        }
        // Some network disks know no such lock; the other one has to do.
        Err(_) => Ok(None),
    }
}

/// Waits in the kernel for a lock, on a thread of its own so that the wait has an end.
fn wait_for(
    file: File,
    patience: Duration,
    needless: &dyn Fn() -> bool,
) -> Result<Option<File>, File> {
    let until = Instant::now() + patience;
    let Ok(again) = file.try_clone() else { return Err(file) };
    let (done, locked) = sync_channel(1);
    if !patience.is_zero() {
        thread::spawn(move || done.send(flock(&again, FlockOperation::LockExclusive).is_ok()));
    }
    loop {
        match locked.recv_timeout(LOOK.min(patience)) {
            Ok(true) => return Ok(Some(file)),
            Err(RecvTimeoutError::Timeout) if needless() => return Ok(None),
            Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
            Ok(false) | Err(_) => return Err(file),
        }
    }
}

fn held(dirs: &DataDirs, file: &mut File) -> Problem {
    let mut holder = String::new();
    let pid = file.read_to_string(&mut holder).ok().and_then(|_| holder.trim().parse::<u32>().ok());
    let who = pid.map_or_else(String::new, |pid| format!(" (PID {pid})"));
    let message = format!("Another daemon{who} holds {}.", dirs.data().display());
    Problem::new(ErrorCode::DaemonRunning, message)
        .hint("`persistproc serve --replace` takes its place; every process goes on.")
}

/// A daemon lives, and not where we are.
fn elsewhere(dirs: &DataDirs, folder: &File) -> Problem {
    let (runtime, pid) = (dirs.runtime().display(), holder_of(folder).ok().flatten());
    let who = pid.map_or_else(String::new, |pid| format!(" (PID {pid})"));
    let data = dirs.data().display();
    let message = format!("Another daemon{who} holds {data}, and its socket is not in {runtime}.");
    let end = pid.map_or_else(|| "End it".into(), |pid| format!("`kill -INT {pid}` ends it"));
    Problem::new(ErrorCode::DaemonRunning, message).hint(format!(
        "Was PERSISTPROC_RUNTIME_DIR another when it was started? Set that again. Or was its \
         socket deleted? {end} and all that it runs."
    ))
}

/// Who holds the lock of an open file, where the kernel says.
fn holder_of(file: &File) -> io::Result<Option<u32>> {
    let inode = format!(":{}", file.metadata()?.ino());
    let locks = fs::read_to_string("/proc/locks")?;
    let lock = locks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    // 1: FLOCK ADVISORY WRITE 4711 00:2b:815 0 EOF
    let mut holders = lock.filter_map(|words| match words[..] {
        [_, "FLOCK", _, _, pid, inode_field, ..] if inode_field.ends_with(&inode) => {
            pid.parse().ok()
        }
        _ => None,
    });
    Ok(holders.next())
}
