//! The executable of this daemon, and the daemons and shims among the processes of this machine,
//! whichever version, data directory or run they belong to.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::{fs, io};

use persistproc_api::record::Identity;

use super::tree::{self, command_line, file_name};

/// The file name of the executable.
const FILE_NAME: &[u8] = b"persistproc";

/// What the kernel appends to the path of an executable whose file was replaced or deleted.
const DELETED: &[u8] = b" (deleted)";

/// The flags before a verb whose value is a word of its own.
const FLAGS_WITH_VALUE: [&[u8]; 3] = [b"--data-dir", b"--port", b"--format"];

/// The executable of this daemon, even if its file has been replaced by a newer one.
pub fn path() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}

/// Whether a process is a daemon or a shim.
pub fn is_daemon_or_shim(pid: u32) -> bool {
    let words = command_line(pid);
    is_daemon_or_shim_line(&words) && is_own_program(pid)
}

/// The shims of this user that are alive, each with its run folder as it stands in its command line.
/// Reads the list of all processes once. Empty on platforms without one.
pub fn own_shims() -> BTreeMap<PathBuf, Identity> {
    let user = rustix::process::getuid().as_raw();
    let found: BTreeSet<(PathBuf, u32)> = tree::pids()
        .filter_map(|pid| {
            let folder = shim_folder(&command_line(pid))?;
            let owner = fs::metadata(format!("/proc/{pid}")).ok()?.uid();
            (owner == user && is_own_program(pid)).then_some((folder, pid))
        })
        .collect();
    // A fork of a shim, such as the leader of a session, has the command line of the shim.
    let is_fork = |(folder, pid): &(PathBuf, u32)| {
        tree::parent(*pid).is_some_and(|parent| found.contains(&(folder.clone(), parent)))
    };
    let shims = found.iter().filter(|found| !is_fork(found));
    shims.filter_map(|(folder, pid)| Some((folder.clone(), tree::identity(*pid)?))).collect()
}

/// The run folder in the command line of a shim.
fn shim_folder(words: &[Vec<u8>]) -> Option<PathBuf> {
    let [_, verb, folder] = words else { return None };
    (verb == b"shim").then(|| PathBuf::from(OsStr::from_bytes(folder)))
}

/// Whether the first word that is no flag is `serve` or `shim`. Without any word the program
/// serves, unless it was called `pp`.
fn is_daemon_or_shim_line(words: &[Vec<u8>]) -> bool {
    let Some((program, words)) = words.split_first() else { return false };
    let mut words = words.iter().map(Vec::as_slice);
    while let Some(word) = words.next() {
        if FLAGS_WITH_VALUE.contains(&word) {
            words.next();
        } else if !word.starts_with(b"-") {
            return matches!(word, b"serve" | b"shim");
        }
    }
    file_name(program) == FILE_NAME
}

/// Whether a process runs this executable, or another version of it.
fn is_own_program(pid: u32) -> bool {
    let Ok(path) = fs::read_link(format!("/proc/{pid}/exe")) else { return false };
    let path = path.as_os_str().as_bytes();
    let path = path.strip_suffix(DELETED).unwrap_or(path);
    file_name(path) == FILE_NAME || is_same_file(pid).unwrap_or(false)
}

fn is_same_file(pid: u32) -> io::Result<bool> {
    let own = fs::metadata("/proc/self/exe")?;
    let other = fs::metadata(format!("/proc/{pid}/exe"))?;
    Ok((own.dev(), own.ino()) == (other.dev(), other.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_tells_daemons_and_shims_from_clients() {
        let is = |line: &str| {
            let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.into()).collect();
            is_daemon_or_shim_line(&words)
        };
        for line in [
            "persistproc serve --detached --data-dir /d",
            "/usr/bin/persistproc --data-dir /d --port 7 -q serve",
            "persistproc shim /d/processes/a/runs/1",
            "persistproc",
            "persistproc --port=7",
            "pp serve",
        ] {
            assert!(is(line), "{line}");
        }
        for line in ["pp", "pp serves", "pp wait serve", "persistproc list", "persistproc run shim"]
        {
            assert!(!is(line), "{line}");
        }
        assert!(!is_daemon_or_shim_line(&[]));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_neither() {
        let own = std::process::id();
        assert!(is_own_program(own) && !is_daemon_or_shim(own));
        assert!(!is_daemon_or_shim(1));
    }
}
