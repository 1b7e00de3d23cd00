//! Whether the daemon answers, is of our version, and can be reached by agents. If no daemon
//! is running, which is not a problem, whether one could open its port.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use persistproc_api::client::Client;
use persistproc_api::confinement::Confinement;
use persistproc_api::daemon::{Counts, DaemonInfo, TcpStatus};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{ErrorCode, Time};

use super::finding::Finding;
use super::settings::{self, NextDaemon};
use crate::render::words;

const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn check(
    client: Client,
    port: u16,
    next: &NextDaemon,
    port_holder: fn(u16) -> Option<String>,
    lock_holder: fn(&DataDirs) -> Option<u32>,
) -> Vec<Finding> {
    let dirs = client.data_dirs().clone();
    let lock = dirs.lock();
    match client.with_short_limit().daemon() {
        Ok(info) => judge(&info, next, &Confinement::own(), Time::now()),
        Err(problem) if problem.code == ErrorCode::DaemonUnreachable => {
            if let Some(pid) = lock_holder(&dirs) {
                return vec![unreachable_holder(pid)];
            }
            let message = "No daemon is running; the next command starts one.";
            let port = judge_port(port, bind(port), || port_holder(port));
            vec![Finding::ok("daemon", message), port, settings::of_next_daemon(next)]
        }
        Err(problem) if problem.code == ErrorCode::DaemonUnresponsive => {
            vec![unresponsive(&lock)]
        }
        Err(problem) => vec![Finding::problem("daemon", problem.message, problem.hint)],
    }
}

/// A daemon whose socket is elsewhere, or was deleted where the kernel does not report that.
fn unreachable_holder(pid: u32) -> Finding {
    let message = format!("The daemon (PID {pid}) runs, and its socket is not where it should be.");
    let fix = "If it was started with another PERSISTPROC_RUNTIME_DIR, set that one. Otherwise run \
               `persistproc serve --replace`; all processes keep running.";
    Finding::problem("daemon", message, fix)
}

/// A daemon that does not answer cannot be asked to shut down either, so it has to be killed. Its
/// lock file holds its PID.
fn unresponsive(lock: &Path) -> Finding {
    let message = "The daemon does not answer.";
    let pid = fs::read_to_string(lock).ok().and_then(|text| text.trim().parse::<u32>().ok());
    let kill = match pid {
        Some(pid) => format!("Run `kill -9 {pid}` to end it"),
        None => format!("End it with `kill -9`; its PID should be in {}", lock.display()),
    };
    let fix = format!("{kill}. Its processes keep running, and the next command starts a new one.");
    Finding::problem("daemon", message, fix)
}

fn judge(info: &DaemonInfo, next: &NextDaemon, own: &Confinement, now: Time) -> Vec<Finding> {
    let mut findings =
        vec![judge_state(info, now), judge_version(&info.version), judge_listener(&info.tcp)];
    findings.extend(settings::of_running_daemon(info, next));
    let confinement = info.confinement.as_ref();
    findings.extend(confinement.map(|daemon| judge_confinement(daemon, own, &info.sandbox)));
    findings
}

fn judge_state(info: &DaemonInfo, now: Time) -> Finding {
    let DaemonInfo { pid, counts: Counts { running, total }, .. } = info;
    if info.shutting_down {
        let have = if *running == 1 { "has" } else { "have" };
        let message = format!(
            "The daemon (PID {pid}) is shutting down: {running} of {total} processes {have} not ended."
        );
        let fix =
            "Wait for it, or run `persistproc shutdown --keep` to leave what is still running.";
        return Finding::problem("daemon", message, fix);
    }
    let age = words::duration(now.seconds_since(info.start_time));
    let message = format!(
        "The daemon (PID {pid}) has been running for {age}; {running} of {total} processes are running."
    );
    Finding::ok("daemon", message)
}

/// Whether the daemon can give processes what this shell has, and what it got from the client that
/// started it.
fn judge_confinement(daemon: &Confinement, own: &Confinement, sandbox: &[String]) -> Finding {
    let replace = "Run `persistproc serve --replace` outside of it; all processes keep running.";
    if !sandbox.is_empty() {
        let message = format!(
            "The daemon and all processes that it starts are in a sandbox: {}.",
            sandbox.join(", ")
        );
        return Finding::problem("confinement", message, replace);
    }
    let withheld = daemon.withheld_from(own);
    if !withheld.is_empty() {
        let message = format!("The daemon cannot give processes {}.", withheld.join(", "));
        return Finding::problem(
            "confinement",
            message,
            "The next `pp` or `persistproc start` from this shell replaces it; all processes keep \
             running.",
        );
    }
    let lost = daemon.not_passed_on(own);
    if !lost.is_empty() {
        let message =
            format!("Processes do not get this shell's {}, but the daemon's.", lost.join(", "));
        return Finding::ok("confinement", message);
    }
    Finding::ok("confinement", "Processes can get all that this shell can give them.")
}

fn judge_version(daemon_version: &str) -> Finding {
    if daemon_version == OWN_VERSION {
        let message = format!("The daemon and this program have the same version, {OWN_VERSION}.");
        return Finding::ok("version", message);
    }
    Finding::problem(
        "version",
        format!("The daemon is version {daemon_version}, this program is {OWN_VERSION}."),
        "Run `persistproc serve --replace` to replace the daemon; its processes keep running.",
    )
}

fn judge_listener(tcp: &TcpStatus) -> Finding {
    match tcp {
        TcpStatus::Open { url } => {
            Finding::ok("port", format!("Agents and HTTP clients can connect to {url}."))
        }
        TcpStatus::Closed { error } => {
            Finding::problem("port", error.message.clone(), error.hint.clone())
        }
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
    let message = match bound {
        Ok(()) => return Finding::ok("port", format!("Port {port} is free.")),
        Err(ErrorKind::AddrInUse) => match holder() {
            Some(holder) => format!("Port {port} is in use by {holder}."),
            None => format!("Port {port} is in use by another program."),
        },
        Err(kind) => format!("Port {port} cannot be opened: {kind}."),
    };
    let fix = "Commands work without the port; agents and HTTP clients do not. Choose another \
               with --port or PERSISTPROC_PORT.";
    Finding::problem("port", message, fix)
}

#[cfg(test)]
mod tests;
