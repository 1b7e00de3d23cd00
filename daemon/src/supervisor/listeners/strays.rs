//! [`strays`]: servers of this user in project directories that persistproc did not start. It reads
//! the kernel's table of sockets once, and the descriptors of this user's processes once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use persistproc_api::ports::Stray;
use serde_json::Value;

use super::holder::topmost;
use crate::platform::run_tree::RUN_VARIABLE;
use crate::platform::sockets;
use crate::platform::{own_program, tree};
use crate::supervisor::facts::url::{port_of_url, url_in};

/// Files and folders that make their folder a project.
const PROJECT_MARKERS: [&str; 12] = [
    ".git",
    "package.json",
    "pyproject.toml",
    "Cargo.toml",
    "go.mod",
    "Gemfile",
    "composer.json",
    "pom.xml",
    "build.gradle",
    "mix.exs",
    "deno.json",
    "requirements.txt",
];

/// A file in which a framework describes its running server, as JSON.
struct ServerFile {
    path: &'static str,
    /// The server's log file, if the file does not name it.
    log: Option<&'static str>,
}

const SERVER_FILES: [ServerFile; 4] = [
    ServerFile { path: ".next/dev/lock", log: Some(".next/dev/logs/next-development.log") },
    ServerFile { path: ".next/lock", log: None },
    ServerFile { path: ".astro/dev.json", log: Some(".astro/dev.log") },
    ServerFile { path: ".nuxt/nuxt.lock", log: None },
];

/// How many parents of a process are looked at for a shim.
const MAX_ANCESTORS: usize = 64;

/// All strays, in the order of their ports.
pub(crate) fn strays() -> Vec<Stray> {
    let user = rustix::process::getuid().as_raw();
    let mut listening = sockets::listening();
    listening.retain(|socket| socket.user == user);
    let pids: Vec<u32> = tree::pids().filter(|pid| tree::user(*pid) == Some(user)).collect();
    let mut ports: BTreeMap<u32, Vec<u16>> = BTreeMap::new();
    for owned in topmost(&sockets::owned_sockets(&pids, &listening)) {
        ports.entry(owned.pid).or_default().push(owned.socket.port);
    }
    let home = std::env::home_dir();
    let strays = ports.into_iter().filter_map(|(pid, ports)| stray(pid, ports, home.as_deref()));
    let mut strays: Vec<Stray> = strays.collect();
    strays.sort_by(|one, other| one.ports.cmp(&other.ports));
    strays
}

fn stray(pid: u32, mut ports: Vec<u16>, home: Option<&Path>) -> Option<Stray> {
    let working_directory = tree::directory(pid)?;
    let project = project_of(&working_directory, home)?;
    if is_ours(pid) {
        return None;
    }
    ports.sort_unstable();
    ports.dedup();
    let server = described_server(&working_directory, pid, &ports)
        .or_else(|| described_server(project, pid, &ports));
    let (url, log) = server.unwrap_or_default();
    Some(Stray {
        pid,
        command: tree::words_of(pid),
        ports,
        start_time: tree::start_time(pid),
        url,
        log,
        stop_command: format!("kill {pid}"),
        working_directory,
    })
}

/// The nearest folder above that is a project. A home directory is none, although it may be a
/// repository.
fn project_of<'a>(directory: &'a Path, home: Option<&Path>) -> Option<&'a Path> {
    let folders = directory.ancestors().take_while(|folder| Some(*folder) != home);
    let mut folders = folders.filter(|folder| folder.parent().is_some());
    folders.find(|folder| PROJECT_MARKERS.iter().any(|marker| folder.join(marker).exists()))
}

/// Whether a process is a daemon or a shim, was started by one, or has the variable of a run.
fn is_ours(pid: u32) -> bool {
    if tree::variable_of(pid, RUN_VARIABLE).is_some() {
        return true;
    }
    let ancestors = std::iter::successors(Some(pid), |pid| tree::parent(*pid).filter(|it| *it > 1));
    ancestors.take(MAX_ANCESTORS).any(own_program::is_daemon_or_shim)
}

/// The URL and the log of a server, as its framework has written them down in this folder.
fn described_server(
    folder: &Path,
    pid: u32,
    ports: &[u16],
) -> Option<(Option<String>, Option<PathBuf>)> {
    SERVER_FILES.iter().find_map(|file| {
        let text = std::fs::read_to_string(folder.join(file.path)).ok()?;
        let server: Value = serde_json::from_str(&text).ok()?;
        let text_of = |names: &[&str]| names.iter().find_map(|name| server.get(name)?.as_str());
        let url = text_of(&["url", "appUrl"]).and_then(url_in);
        let port = server.get("port").and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
        let port = port.or_else(|| url.as_deref().and_then(port_of_url));
        let is_own_pid = server.get("pid").and_then(Value::as_u64) == Some(u64::from(pid));
        // A file of an earlier server names another port, or a process that is gone.
        if !is_own_pid && !port.is_some_and(|port| ports.contains(&port)) {
            return None;
        }
        let log = text_of(&["log", "logFile", "logPath"]).or(file.log).map(|log| folder.join(log));
        Some((url, log.filter(|log| log.is_file())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_the_nearest_folder_with_a_marker() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let source = home.join("web/src");
        std::fs::create_dir_all(&source).unwrap();
        assert_eq!(project_of(&source, Some(&home)), None);
        std::fs::write(home.join("web/package.json"), "{}").unwrap();
        std::fs::create_dir(home.join(".git")).unwrap();
        assert_eq!(project_of(&source, Some(&home)), Some(&*home.join("web")));
        assert_eq!(project_of(&home, Some(&home)), None, "a home directory");
    }

    #[test]
    fn a_file_of_another_server_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".nuxt")).unwrap();
        let lock = r#"{"pid": 7, "port": 3000, "url": "http://127.0.0.1:3000"}"#;
        std::fs::write(folder.path().join(".nuxt/nuxt.lock"), lock).unwrap();
        let url = |pid, ports: &[u16]| {
            described_server(folder.path(), pid, ports).and_then(|(url, _)| url)
        };
        assert_eq!(url(7, &[]).as_deref(), Some("http://127.0.0.1:3000"));
        assert_eq!(url(8, &[3000]).as_deref(), Some("http://127.0.0.1:3000"));
        assert_eq!(url(8, &[3001]), None);
    }
}
