//! [`serve`]: the daemon as a program. Takes the locks, opens the log and the sockets, and runs a
//! [`Daemon`] until a signal or a request ends it. It reads no arguments and prints nothing.

mod flags;
mod handovers;
mod lock;
mod log;
mod runtime_watch;
mod socket_keeper;

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use persistproc_api::daemon::{DaemonRecord, TcpStatus};
use persistproc_api::data_dirs::{DEFAULT_PORT, DataDirs};
use persistproc_api::{ErrorCode, Problem, limits, record};
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

pub use self::flags::{Configuration, FlagMemory};
pub use self::lock::holder;
use self::runtime_watch::RuntimeWatch;
use self::socket_keeper::keep_sockets;
use crate::daemon::{Daemon, DaemonOptions, Listeners, SHUTDOWN_TIMEOUT, Shutdown};
use crate::logs::missing::none_if_missing;
use crate::platform::{attributes, capacity, reap, sockets};
use crate::supervisor::requests::requester::Requester;

/// How long the port of a killed daemon may stay bound after its lock is free.
const PORT_RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// The interval between two attempts to bind the port.
const PORT_RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// How often the runtime directory is created again when the daemon starts.
const MAX_ATTEMPTS: u32 = 5;

/// How long an idle thread for blocking work is kept. The end of a thread is a wake-up; after the
/// default of ten seconds it would wake a daemon that has been idle for long.
const BLOCKING_THREAD_KEEP_ALIVE: Duration = Duration::from_millis(500);

/// How a daemon is run as a program.
#[derive(Clone, Debug)]
pub struct Options {
    pub dirs: DataDirs,
    /// The flags that were given. Absent ones are those that are remembered, or the defaults.
    pub configuration: Configuration,
    pub flag_memory: FlagMemory,
    /// Exit without an error if another daemon serves first.
    pub gives_way: bool,
    /// How long a daemon that is exiting may hold the locks.
    pub lock_timeout: Duration,
    /// How long an idle MCP session stays in memory.
    pub mcp_idle: Duration,
}

/// Runs a daemon until it is stopped. `ready` is called when the sockets are open, and not at all
/// if the daemon gives way to another.
///
/// `ready` is a trait object: a generic parameter would make every caller's crate compile the whole
/// daemon again.
pub fn serve(options: Options, ready: &dyn Fn(&TcpStatus)) -> Result<(), Problem> {
    attributes::reset();
    limits::raise();
    capacity::return_large_allocations();
    options.dirs.prepare()?;
    let is_superseded = || options.gives_way && UnixStream::connect(options.dirs.socket()).is_ok();
    let Some(locks) = lock::acquire(&options.dirs, options.lock_timeout, &is_superseded)? else {
        return Ok(());
    };
    // Clients that find no record take the daemon for an older one.
    record::write(&options.dirs.daemon_record(), &DaemonRecord::own()).ok();
    // The daemon inherits the children of killed shims, whose descriptors it holds.
    reap::become_subreaper();
    log::init(&options.dirs)?;
    if let Err(error) = options.dirs.record_runtime() {
        tracing::warn!("cannot write down the runtime directory: {error}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_keep_alive(BLOCKING_THREAD_KEEP_ALIVE)
        .enable_all()
        .build()
        .map_err(|error| {
            Problem::internal(format!("The async runtime could not be started: {error}."))
        })?;
    let outcome = runtime.block_on(open_and_run(options, ready));
    // Blocking reads whose clients are gone do not delay the exit.
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    drop(locks);
    outcome
}

async fn open_and_run(options: Options, ready: &dyn Fn(&TcpStatus)) -> Result<(), Problem> {
    // Register the handlers before the sockets are open, so that no signal is lost that a connected
    // client sends.
    let signals = Signals::register().map_err(Problem::internal)?;
    let Options { dirs, configuration, flag_memory, mcp_idle, .. } = options;
    let (flags, flag_origins) = flags::settle(&dirs, configuration, flag_memory);
    let limits = flags.limits();
    let names = !flags.no_names.unwrap_or(false);
    let port = flags.port.unwrap_or(DEFAULT_PORT);
    let runtime = dirs.runtime().to_owned();
    tokio::task::spawn_blocking(move || handovers::remove_abandoned(&runtime));
    // Clients can connect from now on, and wait for the processes to be recovered.
    let (watch, unix) = open_runtime(&dirs)?;
    let options = DaemonOptions { dirs: dirs.clone(), limits, mcp_idle, names, flag_origins };
    let daemon = Daemon::open(options).await?;
    let (replacements, next_unix) = mpsc::channel(1);
    let supervisor = daemon.supervisor().clone();
    tokio::spawn(keep_sockets(dirs, watch, supervisor, replacements));
    let tcp = bind_port(port).await.map_err(|error| port_taken(port, &error));
    let listeners = Listeners { unix, next_unix, tcp };
    ready(&listeners.tcp_status());
    daemon.run(listeners, signals.shutdown()).await;
    Ok(())
}

/// The signals of terminals and service managers.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn register() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Resolves at the first signal. SIGINT stops the processes too; SIGTERM and SIGHUP leave them
    /// running.
    async fn shutdown(mut self) -> Shutdown {
        tokio::select! {
            _ = self.interrupt.recv() => {
                Shutdown::StopProcesses(Requester::named("Ctrl+C on the daemon"))
            }
            _ = self.terminate.recv() => Shutdown::KeepProcesses,
            _ = self.hangup.recv() => Shutdown::KeepProcesses,
        }
    }
}

/// Watches the runtime directory and binds the socket. The directory may be deleted at the same time;
/// then it is created again.
fn open_runtime(dirs: &DataDirs) -> Result<(Option<RuntimeWatch>, UnixListener), Problem> {
    let socket = dirs.socket();
    let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    for _ in 1..MAX_ATTEMPTS {
        let watch = RuntimeWatch::new(dirs);
        let unix = bind_socket(&socket);
        if watch.as_ref().err().is_some_and(is_missing)
            || unix.as_ref().err().is_some_and(is_missing)
        {
            dirs.prepare()?;
            // Clients that find no record take the daemon for an older one.
            record::write(&dirs.daemon_record(), &DaemonRecord::own()).ok();
            continue;
        }
        let unix = unix.map_err(|error| Problem::storage(socket.display(), error))?;
        let warn = |error: &io::Error| tracing::warn!("cannot watch the sockets: {error}");
        return Ok((watch.inspect_err(warn).ok(), unix));
    }
    let unix = bind_socket(&socket).map_err(|error| Problem::storage(socket.display(), error))?;
    Ok((None, unix))
}

fn bind_socket(socket: &Path) -> io::Result<UnixListener> {
    none_if_missing(fs::remove_file(socket))?;
    let listener = UnixListener::bind(socket)?;
    fs::set_permissions(socket, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Binds the port. The kernel may free the port of a killed daemon a moment after its lock; such a
/// port has no holder, so the bind is retried. If the port has a holder, the error is returned at
/// once.
async fn bind_port(port: u16) -> io::Result<TcpListener> {
    let deadline = Instant::now() + PORT_RELEASE_TIMEOUT;
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse
                    && Instant::now() < deadline
                    && sockets::holder_of(port).is_none() =>
            {
                sleep(PORT_RETRY_INTERVAL).await;
            }
            outcome => return outcome,
        }
    }
}

fn port_taken(port: u16, error: &io::Error) -> Problem {
    let reason = match sockets::holder_of(port) {
        Some(holder) => format!("PID {} holds it: {}", holder.pid, holder.command),
        None => error.to_string(),
    };
    Problem::new(ErrorCode::PortTaken, format!("Port {port} cannot be opened ({reason}).")).hint(
        "Commands work without the port; agents and HTTP clients do not. \
             Choose another with --port or PERSISTPROC_PORT.",
    )
}
