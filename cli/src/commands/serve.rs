//! `serve`: the daemon, in this terminal or detached from it. What a daemon does is in its own
//! crate; here it is told where, and the person or the client that started it is told how it went.

use std::io::Write;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use persistproc_api::client::{Client, READY};
use persistproc_api::daemon::{Limits, ShutdownRequest, TcpDoor};
use persistproc_api::data_dirs::DEFAULT_PORT;
use persistproc_api::seconds::Seconds;
use persistproc_api::{ErrorCode, Problem};
use persistproc_daemon::mcp::SESSION_IDLE_TIMEOUT;
use persistproc_daemon::platform::descriptors;
use persistproc_daemon::serve::{Options, serve};

use super::mcp;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::{Endpoint, Scope, instructions};
use crate::args::ServeArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{agents, serving};

/// A daemon that was told to leave may take this long to be gone.
const LEAVING: Duration = Duration::from_secs(10);

pub(crate) fn run(args: &ServeArgs, context: &Context) -> Outcome {
    let limits = Limits {
        log_limit: args.log_limit,
        total_log_limit: args.total_log_limit,
        keep_runs: args.keep_runs,
        keep_processes: args.keep_processes,
    };
    let (dirs, port) = (context.data_dirs().clone(), context.port().unwrap_or(DEFAULT_PORT));
    let patience = if args.replace || args.detached { LEAVING } else { Duration::ZERO };
    let mcp_idle = args.mcp_idle.map_or(SESSION_IDLE_TIMEOUT, Seconds::duration);
    let gives_way = args.detached;
    let options = Options { dirs, port, limits, gives_way, patience, mcp_idle };
    if args.detached {
        return detached(options);
    }
    if args.replace {
        ask_to_leave(&context.client_of_running_daemon())?;
    }
    let dirs = options.dirs.clone();
    serve(options, |door| {
        if !context.quiet() {
            // A terminal that is gone is no reason not to serve.
            let text = serving::text(&dirs, door, &ways_in(door, context));
            std::io::stdout().write_all(text.as_bytes()).ok();
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// How to connect each agent, to this very port.
fn ways_in(door: &TcpDoor, context: &Context) -> Vec<String> {
    let TcpDoor::Open { url } = door else { return Vec::new() };
    // Whoever has no home has no agents with settings in it.
    let (Ok(places), Ok(agent_door)) = (ConfigPaths::from_environment(), mcp::door(context)) else {
        return Vec::new();
    };
    let agent_door = Endpoint { url: mcp::url(url), ..agent_door };
    let recipes = instructions::for_all_agents(false, Scope::User, &agent_door, &places);
    agents::connect_commands(&recipes, &agent_door)
}

/// The process that holds a port, if there is one and it may be known: `PID 7: node server.js`.
pub(crate) fn holder_of(port: u16) -> Option<String> {
    let holder = persistproc_daemon::platform::sockets::holder_of(port)?;
    Some(format!("PID {}: {}", holder.pid, holder.command))
}

/// The client that started us reads one line, until the end of our standard output. From then on
/// others may look for a daemon, and find us: our standard input is the lock that they wait for.
fn detached(options: Options) -> Outcome {
    descriptors::close_inherited();
    // Fails only for a session leader, who is detached already.
    rustix::process::setsid().ok();
    let outcome = serve(options, |_: &TcpDoor| say(READY));
    if let Err(problem) = outcome {
        say(&serde_json::to_string(&problem).unwrap_or_else(|_| problem.to_string()));
        return Ok(ExitCode::FAILURE);
    }
    // One that gave way has not said yet that somebody listens; otherwise nobody hears this.
    say(READY);
    Ok(ExitCode::SUCCESS)
}

fn say(line: &str) {
    let mut stdout = std::io::stdout();
    // Whoever started us may be gone already; then there is nobody to tell.
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).ok();
    if let Ok(nothing) = std::fs::File::options().read(true).write(true).open("/dev/null") {
        rustix::stdio::dup2_stdout(nothing.as_fd()).ok();
        rustix::stdio::dup2_stdin(nothing.as_fd()).ok();
    }
}

/// The daemon that runs leaves its processes to us. None running is as well.
fn ask_to_leave(client: &Client) -> Result<(), Problem> {
    match client.shutdown(&ShutdownRequest { keep: true }) {
        Err(problem) if problem.code != ErrorCode::DaemonUnreachable => Err(problem),
        _ => Ok(()),
    }
}
