//! `Daemon`: a daemon with its own data, sockets and port, all of which are removed at the end.

use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use persistproc_api::Target;
use persistproc_api::client::{Client, Follow};
use persistproc_api::daemon::ShutdownRequest;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::process::ListQuery;
use persistproc_api::start::Started;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::http_client::HttpConnection;
use crate::watchdog::{self, MARK};
use crate::{Fallible, child, clock, machine};

/// A log limit that no row reaches.
pub(crate) const LARGE_LOG_LIMIT: &str = "64GiB";

/// How long the daemon may take to exit after a shutdown.
const EXIT_TIMEOUT: Duration = Duration::from_secs(10);

/// A running daemon and a client of it.
pub(crate) struct Daemon {
    dirs: DataDirs,
    pub(crate) client: Client,
    process: Child,
    work: PathBuf,
    port: u16,
    mark: String,
    limits: DaemonLimits,
}

/// What a daemon keeps: output of each process, and processes.
#[derive(Clone, Copy)]
struct DaemonLimits {
    log: &'static str,
    processes: &'static str,
}

impl Daemon {
    /// Starts a daemon that keeps this much output of each process.
    pub(crate) fn start(bench: &Bench, log_limit: &'static str) -> Fallible<Self> {
        Self::start_with(bench, log_limit, "2000")
    }

    /// The same with another number of processes on record.
    pub(crate) fn start_with(
        bench: &Bench,
        log: &'static str,
        processes: &'static str,
    ) -> Fallible<Self> {
        let limits = DaemonLimits { log, processes };
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{}{number}.", watchdog::mark());
        let work = bench.files().join(number.to_string());
        std::fs::create_dir(&work)?;
        let dirs = DataDirs::resolve(Some(&work.join("data")))?;
        let client = Client::new("bench", dirs.clone(), None);
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = serve(&dirs, port, &mark, limits)?;
        let daemon = Self { dirs, client, process, work, port, mark, limits };
        clock::wait_until("the daemon to answer", Duration::from_millis(5), || {
            Ok(daemon.client.daemon().ok())
        })?;
        Ok(daemon)
    }

    /// Kills the daemon and starts the next one. Returns the seconds until it answers with all processes.
    pub(crate) fn kill_and_start(&mut self) -> Fallible<f64> {
        let all = self.client.list(&ListQuery::default())?.processes.len();
        self.process.kill()?;
        self.process.wait()?;
        let began = clock::now();
        self.process = serve(&self.dirs, self.port, &self.mark, self.limits)?;
        clock::wait_until("the next daemon to answer", Duration::from_millis(1), || {
            let list = self.client.list(&ListQuery::default());
            Ok(list.ok().filter(|list| list.processes.len() == all))
        })?;
        Ok(clock::seconds(began, clock::now()))
    }

    /// The folder of a process, with its logs.
    pub(crate) fn process_folder(&self, id: &str) -> PathBuf {
        self.dirs.data().join("processes").join(id)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dirs.socket()
    }

    /// A connection to its Unix socket.
    pub(crate) fn connect(&self) -> Fallible<HttpConnection> {
        HttpConnection::to_socket(&self.socket())
    }

    /// A connection to its TCP port.
    pub(crate) fn connect_tcp(&self) -> Fallible<HttpConnection> {
        HttpConnection::to_port(self.port)
    }

    /// `persistproc` as a client of this daemon.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.dirs, self.port);
        command.args(arguments).current_dir(&self.work).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// Another program as a client of this daemon.
    pub(crate) fn program(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        set_daemon(&mut command, &self.dirs, self.port);
        command.current_dir(&self.work).stdin(Stdio::null());
        command
    }

    /// Starts a process with this label.
    pub(crate) fn start_process(&self, label: &str, words: &[&str]) -> Fallible<Started> {
        let request = json!({ "command": words, "working_directory": self.work, "label": label });
        Ok(self.client.start(&serde_json::from_value(request)?)?)
    }

    /// Starts this program in a role as a process.
    pub(crate) fn start_role(&self, label: &str, role: &[&str]) -> Fallible<Started> {
        let program = std::env::current_exe()?;
        let mut words =
            vec![program.to_str().ok_or("the program's path is not UTF-8")?, child::FLAG];
        words.extend(role);
        self.start_process(label, &words)
    }

    pub(crate) fn follow(&self, id: &str, query: Value) -> Fallible<Follow> {
        Ok(self.client.follow(&Target::from_id(id), &serde_json::from_value(query)?)?)
    }

    /// Stops a process, if it has not ended, and forgets it with its logs.
    pub(crate) fn discard(&self, id: &str) -> Fallible {
        // It fails if the process has ended.
        self.client
            .stop(&Target::from_id(id), &serde_json::from_value(json!({ "force": true }))?)
            .ok();
        self.client.forget(&Target::from_id(id))?;
        Ok(())
    }

    /// The pids of the shims of all running processes.
    pub(crate) fn shims(&self) -> Fallible<Vec<u32>> {
        let all = self.client.list(&ListQuery::default())?.processes;
        let running = all.iter().filter(|process| process.status.is_alive());
        running.filter_map(|process| process.status.pid()).map(machine::parent).collect()
    }
}

fn program(dirs: &DataDirs, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_persistproc"));
    set_daemon(&mut command, dirs, port);
    command
}

/// Makes a program use this daemon.
fn set_daemon(command: &mut Command, dirs: &DataDirs, port: u16) {
    command.env("PERSISTPROC_DATA_DIR", dirs.data()).env("PERSISTPROC_PORT", port.to_string());
    command.env(MARK, watchdog::mark());
}

fn serve(dirs: &DataDirs, port: u16, mark: &str, limits: DaemonLimits) -> Fallible<Child> {
    let mut command = program(dirs, port);
    command.args(["serve", "--keep-processes", limits.processes, "--log-limit", limits.log]);
    command.env(MARK, mark).stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command.spawn()?)
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It fails if the daemon has died. Its processes are killed below.
        self.client.shutdown(&ShutdownRequest::default()).ok();
        let end = Instant::now() + EXIT_TIMEOUT;
        while self.process.try_wait().is_ok_and(|status| status.is_none()) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
        watchdog::kill_marked(&self.mark);
        // Errors of the cleanup do not change what was measured.
        self.process.wait().ok();
        std::fs::remove_dir_all(self.dirs.runtime()).ok();
        std::fs::remove_dir_all(&self.work).ok();
    }
}

/// What a command prints; an error if it fails.
pub(crate) fn output_of(command: &mut Command) -> Fallible<Vec<u8>> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut output = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut output)?;
    }
    let status = child.wait()?;
    if status.success() { Ok(output) } else { Err(format!("{command:?}: {status}").into()) }
}
