//! One daemon for a data directory. The lock beside the socket says who holds it; the lock on the
//! directory itself holds even where the runtime directory was taken away, or is another one.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::time::Duration;

use persistproc_api::place::Place;
use persistproc_api::{ErrorCode, Problem};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// Held by a daemon as long as it lives.
pub(super) struct Locks {
    _runtime: File,
    _data: Option<File>,
}

/// Both of them. A daemon that is leaving has `patience` to be gone.
pub(super) fn take(place: &Place, patience: Duration) -> Result<Locks, Problem> {
    let _runtime = runtime(place, patience)?;
    Ok(Locks { _runtime, _data: data(place, patience)? })
}

/// The lock of the runtime directory, with our pid in it.
fn runtime(place: &Place, patience: Duration) -> Result<File, Problem> {
    let path = place.lock();
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
        file = wait_for(file, patience).map_err(|mut file| held(place, &mut file))?;
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(|error| failed(&error))?;
    Ok(file)
}

/// The lock of the data directory: it needs no file, so it can be had on a disk that is full.
fn data(place: &Place, patience: Duration) -> Result<Option<File>, Problem> {
    let folder = File::open(place.data())
        .map_err(|error| Problem::storage(place.data().display(), error))?;
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(folder)),
        Err(Errno::WOULDBLOCK) => {
            wait_for(folder, patience).map(Some).map_err(|folder| elsewhere(place, &folder))
        }
        // Some network disks know no such lock; the other one has to do.
        Err(_) => Ok(None),
    }
}

/// Waits in the kernel for a lock, on a thread of its own so that the wait has an end.
fn wait_for(file: File, patience: Duration) -> Result<File, File> {
    if patience.is_zero() {
        return Err(file);
    }
    let Ok(again) = file.try_clone() else { return Err(file) };
    let (done, locked) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || done.send(flock(&again, FlockOperation::LockExclusive).is_ok()));
    match locked.recv_timeout(patience) {
        Ok(true) => Ok(file),
        _ => Err(file),
    }
}

fn held(place: &Place, file: &mut File) -> Problem {
    let mut holder = String::new();
    let pid = file.read_to_string(&mut holder).ok().and_then(|_| holder.trim().parse::<u32>().ok());
    let who = pid.map_or_else(String::new, |pid| format!(" (PID {pid})"));
    let message = format!("Another daemon{who} holds {}.", place.data().display());
    Problem::new(ErrorCode::DaemonRunning, message)
        .hint("`persistproc serve --replace` takes its place; every process goes on.")
}

/// A daemon lives, and not where we are.
fn elsewhere(place: &Place, folder: &File) -> Problem {
    let (runtime, pid) = (place.runtime().display(), holder_of(folder).ok().flatten());
    let who = pid.map_or_else(String::new, |pid| format!(" (PID {pid})"));
    let data = place.data().display();
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
        [_, "FLOCK", _, _, pid, place, ..] if place.ends_with(&inode) => pid.parse().ok(),
        _ => None,
    });
    Ok(holders.next())
}
