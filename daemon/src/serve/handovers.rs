//! [`remove_abandoned`]: the sockets of clients that were killed before they had handed over.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use persistproc_api::data_dirs::HANDOVER_EXTENSION;

/// A younger socket may be one that its client has bound and does not listen on yet.
const MIN_AGE: Duration = Duration::from_secs(10);

/// Removes the handover sockets that no client listens on.
pub(super) fn remove_abandoned(runtime: &Path) {
    let Ok(entries) = fs::read_dir(runtime) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_handover = path.extension().is_some_and(|found| found == HANDOVER_EXTENSION);
        let modified = entry.metadata().and_then(|found| found.modified()).ok();
        let age = modified.and_then(|time| time.elapsed().ok()).unwrap_or_default();
        if is_handover && age >= MIN_AGE && is_abandoned(&path) {
            // Fails if it was removed in the meantime.
            fs::remove_file(&path).ok();
        }
    }
}

fn is_abandoned(socket: &Path) -> bool {
    UnixStream::connect(socket).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_old_handover_sockets_without_a_listener_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let bind = |name: &str, age: u64| {
            let path = folder.path().join(name);
            let listener = UnixListener::bind(&path).unwrap();
            let time = SystemTime::now() - Duration::from_secs(age);
            let times = rustix::fs::Timespec {
                tv_sec: time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64,
                tv_nsec: 0,
            };
            let times = rustix::fs::Timestamps { last_access: times, last_modification: times };
            let flags = rustix::fs::AtFlags::empty();
            rustix::fs::utimensat(rustix::fs::CWD, &path, &times, flags).unwrap();
            listener
        };
        let _listening = bind("listening.handover", 60);
        drop(bind("young.handover", 0));
        drop(bind("old.handover", 60));
        drop(bind("old.sock", 60));
        remove_abandoned(folder.path());
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["listening.handover", "old.sock", "young.handover"]);
    }
}
