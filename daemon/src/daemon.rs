//! [`Daemon`]: the supervisor and its faces, as a value and not as a program. The caller owns the
//! sockets and decides when to stop, so a test can run a daemon inside its own process. The module
//! `serve` is the program that runs a daemon for users.

mod token;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use persistproc_api::daemon::{FlagOrigins, Limits, TcpStatus};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{Problem, Time};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use crate::http::connection_limit::with_connection_limit;
use crate::http::guard::{AccessRules, with_guard};
use crate::http::large_answers::with_bounded_answers;
use crate::http::listener::LimitedListener;
use crate::http::names::{NameRules, with_names};
use crate::http::replaceable_listener::ReplaceableListener;
use crate::http::server::serve;
use crate::http::stream_limit::with_stream_limit;
use crate::http::{self, AppState};
use crate::mcp::{self, McpHandler, McpSettings};
use crate::platform::capacity;
use crate::supervisor::Supervisor;
use crate::supervisor::requests::requester::Requester;

/// How long clients may take to read their last answers.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the first answers wait for the shims of processes that another daemon has started.
const ADOPTION_TIMEOUT: Duration = Duration::from_millis(500);

/// Delay between answering pending waits and cancelling MCP streams. Without it a stream could end
/// before its client has read the answer.
const STREAM_CANCEL_DELAY: Duration = Duration::from_millis(250);

/// The directories, limits and timeouts of a daemon.
#[derive(Clone, Debug)]
pub struct DaemonOptions {
    pub dirs: DataDirs,
    pub limits: Limits,
    /// How long an idle MCP session stays in memory.
    pub mcp_idle: Duration,
    /// Whether `<id>.localhost` leads to the port of a process.
    pub names: bool,
    /// Where the limits and the other flags come from, for the answer to `GET /v1/daemon`.
    pub flag_origins: FlagOrigins,
}

/// The sockets of a daemon, bound by the caller.
pub struct Listeners {
    /// Bound to [`DataDirs::socket`].
    pub unix: UnixListener,
    /// Listeners that take its place, each when the file of the one before was deleted.
    pub next_unix: mpsc::Receiver<UnixListener>,
    /// An error if the port could not be bound. The daemon then serves only the Unix socket.
    pub tcp: Result<TcpListener, Problem>,
}

/// What happens to the processes when the daemon stops.
pub enum Shutdown {
    /// The daemon stops the processes first, on behalf of this requester.
    StopProcesses(Requester),
    /// The processes keep running, and the next daemon finds them.
    KeepProcesses,
}

/// A daemon that has recovered its processes and does not serve yet.
pub struct Daemon {
    options: DaemonOptions,
    token: String,
    supervisor: Supervisor,
}

impl Listeners {
    /// The state of the TCP listener, as the API reports it.
    pub fn tcp_status(&self) -> TcpStatus {
        match &self.tcp {
            Ok(tcp) => match tcp.local_addr() {
                Ok(address) => TcpStatus::Open { url: format!("http://{address}") },
                Err(error) => TcpStatus::Closed { error: Problem::internal(error) },
            },
            Err(problem) => TcpStatus::Closed { error: problem.clone() },
        }
    }
}

impl Daemon {
    /// Reads or creates the token, and recovers the processes of the data directory.
    pub async fn open(options: DaemonOptions) -> Result<Self, Problem> {
        let token = token::read_or_create(&options.dirs)?;
        let supervisor = Supervisor::open(options.dirs.clone(), options.limits).await?;
        Ok(Self { options, token, supervisor })
    }

    /// The processes of this daemon.
    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    /// Serves until `shutdown` resolves or a client requests a shutdown.
    pub async fn run(self, listeners: Listeners, shutdown: impl Future<Output = Shutdown>) {
        let Self { options, token, supervisor } = self;
        let dirs = options.dirs;
        let tcp_status = listeners.tcp_status();
        if let TcpStatus::Closed { error } = &tcp_status {
            tracing::warn!("{error} {}", error.hint);
        }
        let shutdown_request = Arc::new(Notify::new());
        let state = AppState {
            supervisor: supervisor.clone(),
            start_time: Time::now(),
            tcp: tcp_status,
            shutdown: shutdown_request.clone(),
            flag_origins: options.flag_origins.into(),
            names: options.names,
        };
        let mcp_settings = McpSettings::new(dirs.data(), options.mcp_idle);
        let mcp_handler = McpHandler::new(supervisor.clone());
        let mcp_routes = mcp::routes(&mcp_settings, move || mcp_handler.for_new_session());
        let router = http::router(state).merge(mcp_routes);
        let router = with_stream_limit(with_bounded_answers(router));
        // Clients that are waiting get the state of processes that another daemon has started. A shim that
        // does not answer in time is listed so.
        tokio::time::timeout(ADOPTION_TIMEOUT, supervisor.until_adopted()).await.ok();
        let mut servers = serve_listeners(listeners, router, token, &supervisor, options.names);
        tracing::info!("daemon {} serves {}", std::process::id(), dirs.data().display());

        tokio::select! {
            how = shutdown => {
                if let Shutdown::StopProcesses(requester) = how {
                    supervisor.on_behalf_of(requester).stop_all().await;
                }
            }
            () = shutdown_request.notified() => {}
        }
        supervisor.leave();
        // From now on clients find no socket and start the next daemon, which waits for the lock
        // and replaces a socket that could not be removed.
        std::fs::remove_file(dirs.socket()).ok();
        let drain = async {
            tokio::time::sleep(STREAM_CANCEL_DELAY).await;
            mcp_settings.cancel_streams.cancel();
            while servers.join_next().await.is_some() {}
        };
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, drain).await.is_err() {
            tracing::warn!("some clients did not read their last answer");
        }
        tracing::info!("daemon {} exits", std::process::id());
    }
}

/// Spawns a server for each listener. The servers end when the supervisor leaves and the open
/// connections are closed.
fn serve_listeners(
    listeners: Listeners,
    router: Router,
    token: String,
    supervisor: &Supervisor,
    names: bool,
) -> JoinSet<()> {
    let user = rustix::process::getuid().as_raw();
    let limit = capacity::max_connections();
    let mut servers = JoinSet::new();

    let unix = ReplaceableListener::new(listeners.unix, listeners.next_unix);
    let listener = LimitedListener::new(unix, user, limit);
    servers.spawn(serve(listener, with_connection_limit(router.clone()), supervisor.leaving()));

    if let Ok(tcp) = listeners.tcp
        && let Ok(address) = tcp.local_addr()
    {
        let port = address.port();
        let mut router = with_guard(router, AccessRules { port, token: token.into(), user });
        if names {
            supervisor.serve_names_on(port);
            let supervisor = supervisor.clone();
            router = with_names(router, NameRules { supervisor, user, port });
        }
        let listener = LimitedListener::new(tcp, user, limit);
        servers.spawn(serve(listener, with_connection_limit(router), supervisor.leaving()));
    }
    servers
}
