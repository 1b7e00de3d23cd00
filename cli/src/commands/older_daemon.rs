//! [`start`]: a start request to a daemon that may be older than this program. An older daemon refuses
//! the fields that it does not know. It is replaced then, which leaves its processes running; if it
//! cannot be replaced, it gets the fields that it knows.

use persistproc_api::client::Client;
use persistproc_api::daemon::{DaemonInfo, ShutdownRequest, TcpStatus};
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::version::is_older;
use persistproc_api::{ErrorCode, Problem};

use crate::context::Context;
use crate::error::Failure;

/// Starts the process with `send`. Returns the client of the daemon that has started it.
pub(super) fn start(
    request: &StartRequest,
    context: &Context,
    send: impl Fn(&Client, &StartRequest) -> Result<Started, Problem>,
) -> Result<(Client, Result<Started, Problem>), Failure> {
    let client = context.client()?;
    let started = send(&client, request);
    let is_refused =
        started.as_ref().is_err_and(|problem| problem.code == ErrorCode::InvalidRequest);
    let older = if is_refused { older_daemon(&client) } else { None };
    let Some(daemon) = older else { return Ok((client, started)) };
    if client.shutdown(&ShutdownRequest { keep: true }).is_err() {
        let started = send(&client, &request.for_version_0_3());
        return Ok((client, started));
    }
    let version = daemon.version.as_str();
    context
        .note(&format!("Replaced the daemon, whose version was {version}; its processes run on."));
    // The next daemon listens on the same port.
    let client = context.client_with_port(port(&daemon.tcp))?;
    let started = send(&client, request);
    Ok((client, started))
}

/// The daemon, if its version is older than this program's.
fn older_daemon(client: &Client) -> Option<DaemonInfo> {
    let daemon = client.daemon().ok()?;
    is_older(&daemon.version).then_some(daemon)
}

fn port(tcp: &TcpStatus) -> Option<u16> {
    let TcpStatus::Open { url } = tcp else { return None };
    url.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_that_of_the_url() {
        let open = TcpStatus::Open { url: "http://127.0.0.1:21900".to_owned() };
        assert_eq!(port(&open), Some(21900));
    }
}
