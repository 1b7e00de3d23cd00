//! `serve`: run the daemon, in this terminal or detached from it. The daemon itself is in its own
//! crate; this file passes it the flags and reports to the terminal or client that started it.

mod background;

use std::fs::File;
use std::io::{Write, stdout};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use persistproc_api::client::{Client, READY_LINE};
use persistproc_api::daemon::{ShutdownRequest, TcpStatus};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::seconds::Seconds;
use persistproc_api::serve_flags::{FlagSources, ServeFlags};
use persistproc_api::{ErrorCode, Problem};
use persistproc_daemon::mcp::SESSION_IDLE_TIMEOUT;
use persistproc_daemon::platform::descriptors;
use persistproc_daemon::platform::pidfd::PidFd;
use persistproc_daemon::serve::{Configuration, FlagMemory, Options, serve};
use rustix::process::{Pid, Signal, kill_process};

use super::mcp::endpoint;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::{Endpoint, Scope, instructions};
use crate::args::ServeArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{agents, serve_banner};
use crate::settings::Settings;

/// How long a daemon that was asked to exit may hold its locks.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a daemon without a socket may take to exit.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn run(args: &ServeArgs, context: &Context) -> Outcome {
    let settings = Settings::read();
    if !args.detached {
        settings.require_valid()?;
    }
    let options = options(args, context, settings);
    if args.detached {
        return if args.no_fork { serve_detached(options) } else { background::start() };
    }
    if args.replace {
        shut_down_running_daemon(context.client_of_running_daemon(), context.data_dirs())?;
    }
    let dirs = options.dirs.clone();
    let found =
        if args.defaults { Ok(ServeFlags::default()) } else { ServeFlags::remembered(&dirs) };
    let remembered = found.unwrap_or_default();
    let sources = FlagSources { remembered, ..options.configuration.sources };
    let remembered = sources.origins().remembered;
    serve(options, &|tcp| {
        if !context.quiet() {
            let text = serve_banner::text(&dirs, tcp, &remembered, &agent_commands(tcp, context));
            // Fails if the terminal has hung up. The daemon serves without it.
            stdout().write_all(text.as_bytes()).ok();
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn options(args: &ServeArgs, context: &Context, settings: Settings) -> Options {
    let waits_for_lock = args.replace || args.detached;
    Options {
        dirs: context.data_dirs().clone(),
        configuration: configuration(args, context, settings),
        flag_memory: FlagMemory { remembers: !args.detached, forgets: args.defaults },
        gives_way: args.detached,
        lock_timeout: if waits_for_lock { LOCK_TIMEOUT } else { Duration::ZERO },
        mcp_idle: args.mcp_idle.map_or(SESSION_IDLE_TIMEOUT, Seconds::duration),
    }
}

/// The flags that were given, and what variables and the configuration file set.
fn configuration(args: &ServeArgs, context: &Context, settings: Settings) -> Configuration {
    let error = settings.error_text();
    let Settings { variables, file, path, .. } = settings;
    let given = ServeFlags {
        log_limit: args.log_limit,
        total_log_limit: args.total_log_limit,
        keep_runs: args.keep_runs,
        keep_processes: args.keep_processes,
        // `--port` has the value of its variable if only that is set.
        port: context.port().filter(|port| variables.port != Some(*port)),
        no_names: args.no_names.then_some(true),
    };
    let sources = FlagSources { given, variables, file, ..FlagSources::default() };
    Configuration { sources, file: path, error }
}

/// The command that connects each agent to this port.
fn agent_commands(tcp: &TcpStatus, context: &Context) -> Vec<String> {
    let TcpStatus::Open { url } = tcp else { return Vec::new() };
    // Without a home directory there are no agents with settings.
    let Ok(paths) = ConfigPaths::from_environment() else { return Vec::new() };
    let Ok(endpoint) = endpoint::of_context(context) else { return Vec::new() };
    let endpoint = Endpoint { url: endpoint::mcp_url(url), ..endpoint };
    let all = instructions::for_all_agents(true, Scope::User, &endpoint, &paths);
    agents::connect_commands(&all, &endpoint)
}

/// The process that holds a TCP port, such as `PID 7: node server.js`; `None` if the port is free
/// or its holder belongs to another user.
pub(crate) fn port_holder(port: u16) -> Option<String> {
    let holder = persistproc_daemon::platform::sockets::holder_of(port)?;
    Some(format!("PID {}: {}", holder.pid, holder.command))
}

/// Serves in the background. The client that started this daemon reads one line from its standard
/// output: [`READY_LINE`], or a problem as JSON. Standard input is the lock that other clients wait for
/// while a daemon starts; closing it lets them connect to the daemon.
fn serve_detached(options: Options) -> Outcome {
    descriptors::close_inherited();
    // Fails only in a session leader, which is detached already.
    rustix::process::setsid().ok();
    background::report_begun();
    if let Err(problem) = serve(options, &|_: &TcpStatus| report(READY_LINE)) {
        report(&serde_json::to_string(&problem).unwrap_or_else(|_| problem.to_string()));
        return Ok(ExitCode::FAILURE);
    }
    // A daemon that gave way to another returns without having called `ready`: its client may now
    // connect to the other one. After a normal end, standard output is `/dev/null`.
    report(READY_LINE);
    Ok(ExitCode::SUCCESS)
}

/// Writes a line to the client that started this daemon, then closes the pipe to the client and the
/// lock.
fn report(line: &str) {
    let mut stdout = stdout();
    // Fails if the client has exited. The daemon serves other clients.
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).ok();
    if let Ok(null) = File::options().read(true).write(true).open("/dev/null") {
        // If this fails, the client waits until the daemon exits. The daemon has no other way to close
        // the descriptors.
        rustix::stdio::dup2_stdout(null.as_fd()).ok();
        rustix::stdio::dup2_stdin(null.as_fd()).ok();
    }
}

/// Asks the running daemon, if any, to exit and leave its processes running. One that does not answer
/// is killed, which they survive too.
fn shut_down_running_daemon(client: Client, dirs: &DataDirs) -> Result<(), Problem> {
    let client = client.with_short_limit();
    match client.shutdown(&ShutdownRequest { keep: true }) {
        Err(problem) if problem.code == ErrorCode::DaemonUnresponsive => {
            let pid = client.listening_pid().and_then(|pid| i32::try_from(pid).ok());
            let pid = pid.and_then(Pid::from_raw).ok_or(problem)?;
            // Fails if it has exited meanwhile.
            kill_process(pid, Signal::KILL).ok();
            Ok(())
        }
        Err(problem) if problem.code == ErrorCode::DaemonUnreachable => {
            end_unreachable_daemon(dirs);
            Ok(())
        }
        answer => answer.map(|_| ()),
    }
}

/// Ends a daemon that holds the data directory and has no socket. Its processes keep running.
fn end_unreachable_daemon(dirs: &DataDirs) {
    let Some(pid) = lock_holder(dirs) else { return };
    let pidfd = PidFd::from_pid(pid);
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    for signal in [Signal::TERM, Signal::KILL] {
        // Fails if it has exited meanwhile.
        kill_process(pid, signal).ok();
        if pidfd.as_ref().is_none_or(|pidfd| pidfd.wait(TERMINATION_TIMEOUT)) {
            return;
        }
    }
}

/// The daemon that holds the data directory, whether it can be reached or not.
pub(crate) fn lock_holder(dirs: &DataDirs) -> Option<u32> {
    persistproc_daemon::serve::holder(dirs)
}
