//! A daemon of our own: its own data, sockets and port, and nothing of it left afterwards.

use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use persistproc_api::client::{Client, Follow};
use persistproc_api::daemon::ShutdownRequest;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::process::ListQuery;
use persistproc_api::start::Started;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::keeper::{self, MARK};
use crate::wire::Wire;
use crate::{Fallible, child, clock, machine};

/// A log limit that nothing here reaches.
pub(crate) const ROOMY: &str = "64GiB";

/// A daemon and its clients.
pub(crate) struct World {
    dirs: DataDirs,
    pub(crate) client: Client,
    daemon: Child,
    work: PathBuf,
    port: u16,
    marker: String,
}

impl World {
    /// Starts a daemon that keeps this much output of each process.
    pub(crate) fn new(bench: &Bench, log_limit: &str) -> Fallible<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let marker = format!("{}{number}.", keeper::mark());
        let work = bench.files().join(number.to_string());
        std::fs::create_dir(&work)?;
        let dirs = DataDirs::resolve(Some(&work.join("data")))?;
        let client = Client::new("bench", dirs.clone(), None);
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let daemon = serve(&dirs, port, &marker, log_limit)?;
        let world = Self { dirs, client, daemon, work, port, marker };
        clock::until("the daemon to answer", Duration::from_millis(5), || {
            Ok(world.client.daemon().ok())
        })?;
        Ok(world)
    }

    pub(crate) fn daemon(&self) -> u32 {
        self.daemon.id()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dirs.socket()
    }

    pub(crate) fn wire(&self) -> Fallible<Wire> {
        Wire::open(&self.socket())
    }

    /// A connection to its port.
    pub(crate) fn wire_on_loopback(&self) -> Fallible<Wire> {
        Wire::on_loopback(self.port)
    }

    /// `persistproc`, asking this daemon.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.dirs, self.port);
        command.args(arguments).current_dir(&self.work).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// Any program, asking this daemon.
    pub(crate) fn program(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        told(&mut command, &self.dirs, self.port);
        command.current_dir(&self.work).stdin(Stdio::null());
        command
    }

    /// Starts a process of this label.
    pub(crate) fn start(&self, label: &str, words: &[&str]) -> Fallible<Started> {
        let request = json!({ "command": words, "working_directory": self.work, "label": label });
        Ok(self.client.start(&serde_json::from_value(request)?)?)
    }

    /// Starts this program in one of its roles.
    pub(crate) fn start_role(&self, label: &str, role: &[&str]) -> Fallible<Started> {
        let program = std::env::current_exe()?;
        let mut words = vec![program.to_str().ok_or("a path that is not text")?, child::FLAG];
        words.extend(role);
        self.start(label, &words)
    }

    pub(crate) fn follow(&self, id: &str, query: Value) -> Fallible<Follow> {
        Ok(self.client.follow(id, &serde_json::from_value(query)?)?)
    }

    /// Ends a process, if it has not ended, and drops its logs.
    pub(crate) fn discard(&self, id: &str) -> Fallible {
        // It may have ended by itself.
        self.client.stop(id, None, &serde_json::from_value(json!({ "force": true }))?).ok();
        self.client.forget(id, None)?;
        Ok(())
    }

    /// The shims of all running processes.
    pub(crate) fn shims(&self) -> Fallible<Vec<u32>> {
        let all = self.client.list(&ListQuery::default())?.processes;
        let living = all.iter().filter(|process| process.status.is_alive());
        living.filter_map(|process| process.status.pid()).map(machine::parent).collect()
    }
}

fn program(dirs: &DataDirs, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_persistproc"));
    told(&mut command, dirs, port);
    command
}

/// What makes a program ask this daemon.
fn told(command: &mut Command, dirs: &DataDirs, port: u16) {
    command.env("PERSISTPROC_DATA_DIR", dirs.data()).env("PERSISTPROC_PORT", port.to_string());
    command.env(MARK, keeper::mark());
}

fn serve(dirs: &DataDirs, port: u16, marker: &str, log_limit: &str) -> Fallible<Child> {
    let mut command = program(dirs, port);
    command.args(["serve", "--keep-processes", "2000", "--log-limit", log_limit]);
    command.env(MARK, marker).stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command.spawn()?)
}

impl Drop for World {
    fn drop(&mut self) {
        // A daemon that is gone left processes behind; they are ended below.
        self.client.shutdown(&ShutdownRequest::default()).ok();
        let end = std::time::Instant::now() + Duration::from_secs(10);
        while self.daemon.try_wait().is_ok_and(|gone| gone.is_none())
            && std::time::Instant::now() < end
        {
            std::thread::sleep(Duration::from_millis(10));
        }
        keeper::clear(&self.marker);
        self.daemon.wait().ok();
        std::fs::remove_dir_all(self.dirs.runtime()).ok();
        std::fs::remove_dir_all(&self.work).ok();
    }
}

/// All that a command prints; an error when it fails.
pub(crate) fn printed(command: &mut Command) -> Fallible<Vec<u8>> {
    let mut running = command.stdout(Stdio::piped()).spawn()?;
    let mut text = Vec::new();
    if let Some(mut stdout) = running.stdout.take() {
        stdout.read_to_end(&mut text)?;
    }
    let status = running.wait()?;
    if status.success() { Ok(text) } else { Err(format!("{command:?}: {status}").into()) }
}
