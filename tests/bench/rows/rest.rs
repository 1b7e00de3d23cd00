//! REST requests on a persistent connection, compared with the same client and an empty handler.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::bench::Bench;
use crate::check::Faults;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::http_client::HttpConnection;
use crate::row::{Row, ms};
use crate::rows::tail::process_with_output;
use crate::stats::{Pairs, median};
use crate::{Fallible, clock};

/// Consecutive requests to one of the two servers.
const BATCH_REQUESTS: usize = 100;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let id = process_with_output(bench, &daemon, "lines", 1_000_000)?;
    let socket = bench.sockets().join("empty");
    let mut server = bench.child(&["empty-server", "socket", &socket.to_string_lossy()])?;
    let _server = KillOnDrop(server.stdin(Stdio::null()).spawn()?);
    let mut empty = clock::wait_until("the empty server", Duration::from_millis(5), || {
        Ok(HttpConnection::to_socket(&socket).ok())
    })?;
    let mut connection = daemon.connect()?;
    let list = compare(bench, &mut empty, &mut connection, "/v1/processes", 1)?;
    let page = format!("/v1/processes/{id}/output?lines=100");
    let lines = compare(bench, &mut empty, &mut connection, &page, 100)?;
    Ok(vec![
        Row::new(13, "REST list, persistent connection").compare(&list, ms, 3.0),
        Row::new(13, "REST output of 100 lines, persistent connection").compare(&lines, ms, 3.0),
    ])
}

fn compare(
    bench: &Bench,
    empty: &mut HttpConnection,
    connection: &mut HttpConnection,
    path: &str,
    items: usize,
) -> Fallible<Pairs> {
    check(bench, connection, path, items)?;
    measure_in_turn(bench, || seconds(empty, "/"), || seconds(connection, path))
}

/// Measures batches of requests in turn. A server answers faster right after it was busy, so each
/// batch is long.
pub(super) fn measure_in_turn(
    bench: &Bench,
    mut baseline: impl FnMut() -> Fallible<f64>,
    mut ours: impl FnMut() -> Fallible<f64>,
) -> Fallible<Pairs> {
    let mut pairs = Pairs::default();
    for _ in 0..bench.either(30, 10) {
        let baseline = (0..BATCH_REQUESTS).map(|_| baseline()).collect::<Fallible<Vec<_>>>()?;
        let ours = (0..BATCH_REQUESTS).map(|_| ours()).collect::<Fallible<Vec<_>>>()?;
        pairs.push(median(&baseline), median(&ours));
    }
    Ok(pairs)
}

fn seconds(connection: &mut HttpConnection, path: &str) -> Fallible<f64> {
    let began = clock::now();
    let response = connection.get(path)?;
    let seconds = clock::seconds(began, clock::now());
    if response.status == 200 {
        Ok(seconds)
    } else {
        Err(format!("{path} answered {}", response.status).into())
    }
}

/// Counts the difference as faults if the response does not have this many items.
fn check(bench: &Bench, connection: &mut HttpConnection, path: &str, items: usize) -> Fallible {
    let response: serde_json::Value = serde_json::from_slice(&connection.get(path)?.body)?;
    let list =
        response.get("processes").or(response.get("output")).and_then(|list| list.as_array());
    let found = list.map_or(0, Vec::len);
    bench.count(Faults {
        lines: items as u64,
        lost: items.abs_diff(found) as u64,
        ..Faults::default()
    });
    Ok(())
}

/// A child that is killed when this is dropped.
pub(super) struct KillOnDrop(pub(super) Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        // It may have exited already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
