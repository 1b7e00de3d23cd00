//! Whether the daemon is up, of our version, and open to agents. None being up is fine: it starts
//! when it is needed; then its port is looked at instead.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use persistproc_api::client::Client;
use persistproc_api::daemon::{DaemonInfo, Limits, TcpDoor};
use persistproc_api::{ErrorCode, Problem, Time};

use super::Finding;
use crate::render::words;

const OURS: &str = env!("CARGO_PKG_VERSION");

/// A daemon that is well answers a thousand times faster.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn findings(
    client: Client,
    port: u16,
    holder: fn(u16) -> Option<String>,
) -> Vec<Finding> {
    let lock = client.data_dirs().lock();
    match ask(client) {
        Some(Ok(info)) => judge(&info, Time::now()),
        Some(Err(problem)) if problem.code == ErrorCode::DaemonUnreachable => {
            let message = "No daemon runs; the next command starts one.";
            vec![Finding::ok("daemon", message), judge_port(port, bind(port), || holder(port))]
        }
        Some(Err(problem)) => vec![Finding::problem("daemon", problem.message, problem.hint)],
        None => vec![silent(&lock)],
    }
}

/// It cannot be asked to leave either, so the only way is the kernel's. Its lock says who it is.
fn silent(lock: &Path) -> Finding {
    let message = format!("The daemon does not answer within {} s.", PATIENCE.as_secs());
    let pid = fs::read_to_string(lock).ok().and_then(|text| text.trim().parse::<u32>().ok());
    let fix = match pid {
        Some(pid) => format!("End it with `kill -9 {pid}`"),
        None => format!("End it with `kill -9`; its PID should stand in {}", lock.display()),
    };
    Finding::problem(
        "daemon",
        message,
        format!("{fix}: every process goes on, and the next command starts another."),
    )
}

/// What it answers; nothing, if it is too long about it.
fn ask(client: Client) -> Option<Result<DaemonInfo, Problem>> {
    let (answered, answer) = sync_channel(1);
    // Whoever waited in vain is told nothing.
    thread::spawn(move || answered.send(client.daemon()).ok());
    answer.recv_timeout(PATIENCE).ok()
}

fn judge(info: &DaemonInfo, now: Time) -> Vec<Finding> {
    let age = words::duration(now.seconds_since(info.start_time));
    let (pid, counts) = (info.pid, info.counts);
    let up = format!(
        "The daemon runs (pid {pid}) for {age}; {} of its {} processes run.",
        counts.running, counts.total
    );
    let mut findings =
        vec![Finding::ok("daemon", up), judge_version(&info.version), judge_door(&info.tcp)];
    findings.extend(info.limits.map(limits));
    findings
}

fn limits(limits: Limits) -> Finding {
    let (log, total) = (words::size(limits.log_limit), words::size(limits.total_log_limit));
    let Limits { keep_runs, keep_processes, .. } = limits;
    let message = format!(
        "It keeps {log} of output of each process and {total} of all, {keep_runs} runs of each \
         and {keep_processes} ended processes."
    );
    Finding::ok("limits", message)
}

fn judge_version(theirs: &str) -> Finding {
    if theirs == OURS {
        return Finding::ok("version", format!("The daemon and this program are both {OURS}."));
    }
    let message = format!("The daemon is {theirs}, this program is {OURS}.");
    let fix = "Put this one in its place; every process goes on: `persistproc serve --replace`.";
    Finding::problem("version", message, fix)
}

fn judge_door(door: &TcpDoor) -> Finding {
    match door {
        TcpDoor::Open { url } => {
            Finding::ok("port", format!("Agents and scripts reach it at {url}."))
        }
        TcpDoor::Closed { error } => Finding::problem("port", &error.message, error.hint.clone()),
    }
}

/// Whether a daemon could open its port now.
fn bind(port: u16) -> Result<(), ErrorKind> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|error| error.kind())
}

fn judge_port(
    port: u16,
    bound: Result<(), ErrorKind>,
    holder: impl FnOnce() -> Option<String>,
) -> Finding {
    let why = match bound {
        Ok(()) => return Finding::ok("port", format!("Port {port} is free for it.")),
        Err(ErrorKind::AddrInUse) => match holder() {
            Some(holder) => format!("Port {port} is held by {holder}."),
            None => format!("Port {port} is held by another program."),
        },
        Err(kind) => format!("Port {port} cannot be opened: {kind}."),
    };
    let fix = "The commands work all the same; agents and scripts need another one: --port or PERSISTPROC_PORT.";
    Finding::problem("port", why, fix)
}

#[cfg(test)]
#[path = "daemon_tests.rs"]
mod tests;
