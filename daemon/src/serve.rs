//! The daemon as a program: the locks, the doors, the signals, the end. Who runs it in a terminal
//! and who in the background is told to it; it asks nothing.

mod lock;
mod log;
mod token;

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use persistproc_api::daemon::{Limits, TcpDoor};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{ErrorCode, Problem, Time};
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::http::connection_limit::with_connection_limit;
use crate::http::guard::{AccessRules, with_guard};
use crate::http::listener::{LimitedListener, Peer};
use crate::http::{self, AppState};
use crate::mcp::{self, McpHandler, McpSettings};
use crate::platform::{capacity, reap, sockets};
use crate::supervisor::Supervisor;
use crate::supervisor::requests::requester::Requester;

/// How a daemon is run.
#[derive(Clone, Debug)]
pub struct Options {
    pub dirs: DataDirs,
    pub port: u16,
    pub limits: Limits,
    /// It was wanted because there was none: it leaves when another was faster.
    pub gives_way: bool,
    /// A daemon that is leaving may take this long to be gone.
    pub patience: Duration,
    /// How long a silent session of an agent stays in memory.
    pub mcp_idle: Duration,
}

/// How long the last answers may take to be read.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long the kernel may take to clear away a daemon that was killed.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// From the moment in which those who wait are answered to the one in which streams of agents end.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// Runs a daemon to its end. `ready` is called once, when both doors are open (or the second cannot
/// be), and not where it gave way to another.
pub fn serve(options: Options, ready: impl FnOnce(&TcpDoor)) -> Result<(), Problem> {
    capacity::raise_limits();
    options.dirs.prepare()?;
    let serves = || UnixStream::connect(options.dirs.socket()).is_ok();
    let needless = || options.gives_way && serves();
    let Some(locks) = lock::take(&options.dirs, options.patience, &needless)? else {
        return Ok(());
    };
    // The children of a shim that is killed come to us, and we hold their streams meanwhile.
    reap::become_subreaper();
    log::write_to(&options.dirs)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // A thread that read a log and waits for the next would be one more wake-up in a daemon at rest.
        .thread_keep_alive(Duration::from_millis(500))
        .enable_all()
        .build()
        .map_err(|error| Problem::internal(format!("No runtime: {error}.")))?;
    let outcome = runtime.block_on(run(options, ready));
    // Reads of logs that nobody waits for any more must not hold up the end.
    runtime.shutdown_timeout(FAREWELL);
    drop(locks);
    outcome
}

async fn run(options: Options, ready: impl FnOnce(&TcpDoor)) -> Result<(), Problem> {
    // Before anyone can know that we are there: a signal that comes right then is heard.
    let signals = Signals::catch().map_err(Problem::internal)?;
    let dirs = options.dirs.clone();
    let token = token::keep(&dirs)?;
    let supervisor = Supervisor::open(dirs.clone(), options.limits).await?;
    let socket = dirs.socket();
    let unix = open_socket(&socket).map_err(|error| Problem::storage(socket.display(), error))?;
    let tcp = open_port(options.port).await;
    let (tcp, door) = match tcp.and_then(|tcp| Ok((tcp.local_addr()?, tcp))) {
        Ok((address, tcp)) => {
            (Some((tcp, address.port())), TcpDoor::Open { url: format!("http://{address}") })
        }
        Err(error) => (None, TcpDoor::Closed { error: port_taken(options.port, &error) }),
    };
    if let TcpDoor::Closed { error } = &door {
        tracing::warn!("{error} {}", error.hint);
    }
    let done = Arc::new(Notify::new());
    let state = AppState {
        supervisor: supervisor.clone(),
        start_time: Time::now(),
        tcp: door.clone(),
        shutdown: done.clone(),
    };
    let settings = McpSettings::new(dirs.data(), options.mcp_idle);
    let mcp_handler = McpHandler::new(supervisor.clone());
    let router =
        http::router(state).merge(mcp::routes(&settings, move || mcp_handler.for_new_session()));

    let user = rustix::process::getuid().as_raw();
    let mut doors = tokio::task::JoinSet::new();
    let left = supervisor.clone();
    let leaving = move || {
        let mut leaving = left.leaving();
        async move { drop(leaving.wait_for(|leaving| *leaving).await) }
    };
    let service =
        with_connection_limit(router.clone()).into_make_service_with_connect_info::<Peer>();
    let counted = LimitedListener::new(unix, user, capacity::max_connections());
    let served = axum::serve(counted, service).with_graceful_shutdown(leaving());
    doors.spawn(async move { served.await });
    if let Some((tcp, port)) = tcp {
        let rules = AccessRules { port, token: token.into(), user };
        let service = with_connection_limit(with_guard(router, rules));
        let service = service.into_make_service_with_connect_info::<Peer>();
        let counted = LimitedListener::new(tcp, user, capacity::max_connections());
        let served = axum::serve(counted, service).with_graceful_shutdown(leaving());
        doors.spawn(async move { served.await });
    }
    tracing::info!("daemon {} of {} serves", std::process::id(), dirs.data().display());
    ready(&door);

    signals.until_told(&supervisor, &done).await;
    supervisor.leave();
    // Whoever comes now should find nobody and start the next daemon, which waits for our lock.
    fs::remove_file(&socket).ok();
    let farewell = async {
        // Everyone who waits has been told; whoever only listens has to be sent away.
        tokio::time::sleep(LAST_WORDS).await;
        settings.cancel_streams.cancel();
        while doors.join_next().await.is_some() {}
    };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!("some clients did not read their last answer");
    }
    tracing::info!("daemon {} leaves", std::process::id());
    Ok(())
}

/// What a terminal or a service manager may send.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn catch() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// SIGINT stops the processes too; SIGTERM leaves them running; a shutdown request did what it wanted.
    async fn until_told(mut self, supervisor: &Supervisor, done: &Notify) {
        tokio::select! {
            _ = self.interrupt.recv() => {
                supervisor.on_behalf_of(Requester::named("Ctrl+C on the daemon")).stop_all().await;
            }
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
            () = done.notified() => {}
        }
    }
}

fn open_socket(socket: &std::path::Path) -> std::io::Result<UnixListener> {
    crate::logs::missing::none_if_missing(fs::remove_file(socket))?;
    let listener = UnixListener::bind(socket)?;
    fs::set_permissions(socket, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// A daemon that was killed may be gone, and its lock with it, a moment before its port is. One
/// that is dying cannot be seen to hold it; somebody who lives can, and keeps it.
async fn open_port(port: u16) -> std::io::Result<TcpListener> {
    let until = tokio::time::Instant::now() + LAST_BREATH;
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Err(error)
                if error.kind() == std::io::ErrorKind::AddrInUse
                    && tokio::time::Instant::now() < until
                    && sockets::holder_of(port).is_none() =>
            {
                tokio::time::sleep(LAST_BREATH / 50).await;
            }
            outcome => return outcome,
        }
    }
}

fn port_taken(port: u16, error: &std::io::Error) -> Problem {
    let holder = sockets::holder_of(port);
    let why = match holder {
        Some(holder) => format!("PID {} holds it: {}", holder.pid, holder.command),
        None => error.to_string(),
    };
    Problem::new(ErrorCode::PortTaken, format!("Port {port} cannot be opened ({why})."))
        .hint("The commands work all the same; agents and scripts need another one: --port or PERSISTPROC_PORT.")
}
