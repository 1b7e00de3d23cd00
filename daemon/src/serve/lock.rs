//! The locks that keep a second daemon off a data directory. [`acquire`] takes two: a file beside
//! the socket, which holds the pid, and the data directory itself, which works even if the runtime
//! directory was deleted or differs.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{ErrorCode, Problem, private_file};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::platform::own_program;

/// How long the previous daemon may hold the second lock after it has released the first.
const DATA_LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// The interval between two checks whether another daemon has started while this one waits.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// The lock of the file in the runtime directory. Dropping it releases it.
pub(super) type RuntimeLock = File;

/// Both locks. Dropping them releases them.
pub(super) struct Locks {
    _runtime: RuntimeLock,
    _data: Option<File>,
}

/// Acquires both locks; waits up to `timeout` for a daemon that is exiting. Returns `None` if
/// another daemon has started in the meantime and `is_superseded` says that this one gives way.
pub(super) fn acquire(
    dirs: &DataDirs,
    timeout: Duration,
    is_superseded: &dyn Fn() -> bool,
) -> Result<Option<Locks>, Problem> {
    let Some(runtime) = lock_runtime(dirs, timeout, is_superseded)? else { return Ok(None) };
    Ok(match lock_data(dirs, timeout.min(DATA_LOCK_TIMEOUT), is_superseded)? {
        DataLock::Superseded => None,
        DataLock::Held(data) => Some(Locks { _runtime: runtime, _data: Some(data) }),
        DataLock::Unsupported => Some(Locks { _runtime: runtime, _data: None }),
    })
}

/// Locks the file in the runtime directory that has taken the place of a deleted one. The lock of the data
/// directory keeps other daemons off in the meantime.
pub(super) fn lock_runtime_again(dirs: &DataDirs) -> Option<RuntimeLock> {
    lock_runtime(dirs, Duration::ZERO, &|| false).ok().flatten()
}

/// Locks the file in the runtime directory and writes the pid into it.
fn lock_runtime(
    dirs: &DataDirs,
    timeout: Duration,
    is_superseded: &dyn Fn() -> bool,
) -> Result<Option<File>, Problem> {
    let mut file =
        private_file::lock_file(&dirs.lock()).map_err(|error| cannot_lock(dirs, &error))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let waited = wait_for_lock(file, timeout, is_superseded);
        match waited.map_err(|mut file| held_by_other(dirs, &mut file))? {
            Some(locked) => file = locked,
            None => return Ok(None),
        }
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(|error| cannot_lock(dirs, &error))?;
    Ok(Some(file))
}

/// The outcome of an attempt to lock the data directory.
enum DataLock {
    Held(File),
    /// Some network file systems do not support this lock. The first lock has to suffice then.
    Unsupported,
    /// Another daemon serves, and this one gives way.
    Superseded,
}

/// Locks the data directory. This creates no file, so it works on a full disk. A daemon whose runtime
/// directory was deleted holds this lock alone, until it has created the directory again.
fn lock_data(
    dirs: &DataDirs,
    timeout: Duration,
    is_superseded: &dyn Fn() -> bool,
) -> Result<DataLock, Problem> {
    let folder =
        File::open(dirs.data()).map_err(|error| Problem::storage(dirs.data().display(), error))?;
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(DataLock::Held(folder)),
        Err(Errno::WOULDBLOCK) => {
            let waited = wait_for_lock(folder, timeout, is_superseded);
            let locked = waited.map_err(|folder| held_with_other_runtime(dirs, &folder))?;
            Ok(locked.map_or(DataLock::Superseded, DataLock::Held))
        }
        Err(_) => Ok(DataLock::Unsupported),
    }
}

/// Waits for a lock. The blocking call is made on a thread of its own, so that the wait can time
/// out. Returns the file on a timeout.
fn wait_for_lock(
    file: File,
    timeout: Duration,
    is_superseded: &dyn Fn() -> bool,
) -> Result<Option<File>, File> {
    let deadline = Instant::now() + timeout;
    let Ok(duplicate) = file.try_clone() else { return Err(file) };
    let (sender, locked) = sync_channel(1);
    if !timeout.is_zero() {
        thread::spawn(move || {
            sender.send(flock(&duplicate, FlockOperation::LockExclusive).is_ok())
        });
    }
    loop {
        match locked.recv_timeout(CHECK_INTERVAL.min(timeout)) {
            Ok(true) => return Ok(Some(file)),
            Err(RecvTimeoutError::Timeout) if is_superseded() => return Ok(None),
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Ok(false) | Err(_) => return Err(file),
        }
    }
}

fn cannot_lock(dirs: &DataDirs, error: &dyn Display) -> Problem {
    Problem::storage(format!("Cannot lock {}", dirs.lock().display()), error)
}

/// Another daemon holds the lock. Its pid is in the file.
fn held_by_other(dirs: &DataDirs, file: &mut File) -> Problem {
    let mut text = String::new();
    let read = file.read_to_string(&mut text);
    let pid = read.ok().and_then(|_| text.trim().parse::<u32>().ok());
    let holder = daemon_with(pid);
    Problem::new(ErrorCode::DaemonRunning, format!("{holder} holds {}.", dirs.data().display()))
        .hint("Run `persistproc serve --replace` to replace it; all processes keep running.")
}

/// Another daemon holds the data directory, and has another runtime directory.
fn held_with_other_runtime(dirs: &DataDirs, folder: &File) -> Problem {
    let pid = holder_of(folder).ok().flatten();
    let holder = daemon_with(pid);
    let data = dirs.data().display();
    let runtime = dirs.runtime().display();
    let message = format!("{holder} holds {data}, and its socket is not in {runtime}.");
    Problem::new(ErrorCode::DaemonRunning, message).hint(
        "If it was started with another PERSISTPROC_RUNTIME_DIR, set that one. If its socket was \
         deleted: run `persistproc serve --replace` to replace it; all processes keep running.",
    )
}

fn daemon_with(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!("Another daemon (PID {pid})"),
        None => "Another daemon".to_owned(),
    }
}

/// The daemon that holds the data directory, whether it can be reached or not.
pub fn holder(dirs: &DataDirs) -> Option<u32> {
    let pid = holder_of(&File::open(dirs.data()).ok()?).ok()??;
    // A lock on the directory that is not ours says nothing.
    own_program::is_daemon_or_shim(pid).then_some(pid)
}

/// The pid of the process that holds the lock of an open file, if the kernel lists it.
fn holder_of(file: &File) -> io::Result<Option<u32>> {
    let inode = format!(":{}", file.metadata()?.ino());
    let locks = fs::read_to_string("/proc/locks")?;
    Ok(locks.lines().find_map(|line| flock_holder(line, &inode)))
}

/// Parses a line such as `1: FLOCK  ADVISORY  WRITE 4711 00:2b:815 0 EOF`.
fn flock_holder(line: &str, inode: &str) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        [_, "FLOCK", _, _, pid, file, ..] if file.ends_with(inode) => pid.parse().ok(),
        _ => None,
    }
}
