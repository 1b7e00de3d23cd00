//! [`start`]: a start request to a daemon that may be older than this program. An older daemon refuses
//! the fields that it does not know. It is replaced then, which leaves its processes running; if it
//! cannot be replaced, it gets the fields that it knows.

use persistproc_api::client::Client;
use persistproc_api::daemon::{DaemonInfo, ShutdownRequest, TcpStatus};
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::{ErrorCode, Problem, VERSION};

use crate::context::Context;
use crate::error::Failure;

/// Starts the process. Returns the client of the daemon that has started it.
pub(super) fn start(
    request: &StartRequest,
    context: &Context,
) -> Result<(Client, Result<Started, Problem>), Failure> {
    let client = context.client()?;
    let started = client.start(request);
    let is_refused =
        started.as_ref().is_err_and(|problem| problem.code == ErrorCode::InvalidRequest);
    let older = if is_refused { older_daemon(&client) } else { None };
    let Some(daemon) = older else { return Ok((client, started)) };
    if client.shutdown(&ShutdownRequest { keep: true }).is_err() {
        let started = client.start(&request.for_version_0_3());
        return Ok((client, started));
    }
    let version = daemon.version.as_str();
    context
        .note(&format!("Replaced the daemon, whose version was {version}; its processes run on."));
    // The next daemon listens on the same port.
    let client = context.client_with_port(port(&daemon.tcp))?;
    let started = client.start(request);
    Ok((client, started))
}

/// The daemon, if its version is older than this program's.
fn older_daemon(client: &Client) -> Option<DaemonInfo> {
    let daemon = client.daemon().ok()?;
    let is_older = numbers(&daemon.version)? < numbers(VERSION)?;
    is_older.then_some(daemon)
}

/// Major, minor and patch version.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let release = version.split(['-', '+']).next()?;
    let numbers = release.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>().ok()?;
    numbers.try_into().ok()
}

fn port(tcp: &TcpStatus) -> Option<u16> {
    let TcpStatus::Open { url } = tcp else { return None };
    url.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(numbers("0.3.0") < numbers("0.4.0") && numbers("0.9.9") < numbers("0.10.0"));
        assert_eq!(numbers("0.4.0-rc.1"), numbers("0.4.0"));
        assert_eq!(numbers("newest"), None);
    }

    #[test]
    fn the_port_is_that_of_the_url() {
        let open = TcpStatus::Open { url: "http://127.0.0.1:21900".to_owned() };
        assert_eq!(port(&open), Some(21900));
    }
}
