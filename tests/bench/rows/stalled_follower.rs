//! A follower that does not read while a child writes, next to one that reads everything: the child
//! must not be slowed down, no memory may grow, and the second follower must get all lines.

use std::thread;
use std::time::Duration;

use persistproc_api::client::{Follow, FollowItem};
use persistproc_api::follow::FollowEvent;
use persistproc_api::process::Process;
use persistproc_api::routes::STREAM_TYPE;
use serde_json::json;

use crate::bench::Bench;
use crate::check::{Checker, Faults};
use crate::daemon::Daemon;
use crate::handshake::{Handshake, ReadyChild};
use crate::http_client::HttpConnection;
use crate::row::{Row, mb, rate};
use crate::stats::Pairs;
use crate::{Fallible, clock, lines, machine};

const CHUNK: &str = "65536";

/// A log limit at which old segments are deleted during the measurement.
const LOG_LIMIT: &str = "2GiB";

/// Bytes per second, so that the follower on a busy machine never falls behind by the whole log.
const WRITE_RATE: u64 = 200_000_000;

/// Growth in bytes that is allowed, as allocators retain memory.
const MAX_GROWTH: f64 = 4e6;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LOG_LIMIT)?;
    let (speed, speed_bytes) = measure_speed(bench, &daemon)?;
    let bytes = bench.either(10_000_000_000, 200_000_000);
    let (process, mut child) = start_writer(bench, &daemon, "paced", bytes, WRITE_RATE)?;
    let _stalled = start_stalled_follower(&daemon, &process)?;
    let reader = daemon.follow(&process.id, json!({ "lines": "all" }))?;
    let reading = thread::spawn(move || read_all(reader, bytes / lines::LENGTH as u64));
    child.start()?;
    let writing = thread::spawn(move || child.report());
    let (daemon_growth, shim_growth) = measure_growth(&daemon, &process, || writing.is_finished())?;
    let longest: u64 = writing.join().map_err(|_| "the writing thread panicked")??.parse()?;
    let faults = reading.join().map_err(|_| "the reading thread panicked")??;
    daemon.discard(&process.id)?;
    bench.note(format!("15: The child's longest write took {:.1} ms.", longest as f64 / 1e6));
    let size = format!("{} GB", bytes as f64 / 1e9);
    Ok(vec![
        Row::new(15, "throughput next to a stalled follower, vs. without it").compare(
            &speed,
            rate(speed_bytes),
            1.25,
        ),
        Row::new(15, format!("memory growth during {size}: daemon, shim"))
            .ours(format!("+ {}, + {}", mb(daemon_growth), mb(shim_growth)))
            .goal(format!("≤ + {}", mb(MAX_GROWTH)), daemon_growth.max(shim_growth) <= MAX_GROWTH),
        Row::new(15, format!("second follower reads all {size}"))
            .ours(format!("{} lines, {faults}", faults.lines))
            .goal("complete", !faults.any())
            .checked(bench.count(faults)),
    ])
}

/// Writes the same amount without a follower and with a stalled one.
fn measure_speed(bench: &Bench, daemon: &Daemon) -> Fallible<(Pairs, u64)> {
    let bytes = bench.either(1_000_000_000, 100_000_000);
    let mut pairs = Pairs::default();
    for round in 0..bench.either(5, 3) {
        let (process, child) = start_writer(bench, daemon, &format!("alone-{round}"), bytes, 0)?;
        let alone = seconds_to_write(child)?;
        daemon.discard(&process.id)?;
        let (process, child) = start_writer(bench, daemon, &format!("followed-{round}"), bytes, 0)?;
        let _stalled = start_stalled_follower(daemon, &process)?;
        let followed = seconds_to_write(child)?;
        daemon.discard(&process.id)?;
        pairs.push(alone, followed);
    }
    Ok((pairs, bytes))
}

fn seconds_to_write(mut child: ReadyChild) -> Fallible<f64> {
    let began = clock::now();
    child.start()?;
    child.report()?;
    Ok(clock::seconds(began, clock::now()))
}

fn start_writer(
    bench: &Bench,
    daemon: &Daemon,
    label: &str,
    bytes: u64,
    rate: u64,
) -> Fallible<(Process, ReadyChild)> {
    let handshake = Handshake::new(bench.sockets(), "writer")?;
    let role = ["flood", &handshake.path(), CHUNK, &bytes.to_string(), &rate.to_string(), "sleep"];
    let process = daemon.start_role(label, &role)?.process;
    Ok((process, handshake.accept()?))
}

/// Requests all output and does not read the response.
fn start_stalled_follower(daemon: &Daemon, process: &Process) -> Fallible<HttpConnection> {
    let mut connection = daemon.connect()?;
    connection.send_get(&format!("/v1/processes/{}/follow?lines=all", process.id), STREAM_TYPE)?;
    Ok(connection)
}

/// The largest growth of the daemon's and the shim's memory until `is_finished`.
fn measure_growth(
    daemon: &Daemon,
    process: &Process,
    is_finished: impl Fn() -> bool,
) -> Fallible<(f64, f64)> {
    let pids = [daemon.pid(), machine::parent(process.status.pid().ok_or("no pid")?)?];
    thread::sleep(Duration::from_millis(300));
    let first = pids.map(machine::resident).into_iter().collect::<Fallible<Vec<f64>>>()?;
    let mut largest = first.clone();
    while !is_finished() {
        thread::sleep(Duration::from_millis(50));
        for (largest, pid) in largest.iter_mut().zip(pids) {
            *largest = largest.max(machine::resident(pid)?);
        }
    }
    Ok((largest[0] - first[0], largest[1] - first[1]))
}

/// Reads until all bytes were received or reported as dropped.
fn read_all(reader: Follow, total: u64) -> Fallible<Faults> {
    let mut checker = Checker::new();
    let mut left = total * lines::LENGTH as u64;
    for item in reader {
        match item? {
            FollowItem::Stdout(bytes) => {
                checker.feed(&bytes);
                left = left.saturating_sub(bytes.len() as u64);
            }
            FollowItem::Event(event) => match *event {
                FollowEvent::Dropped { bytes, .. } => left = left.saturating_sub(bytes),
                FollowEvent::Run { .. } => {}
                _ => break,
            },
            FollowItem::Stderr(_) | FollowItem::Time(_) => {}
        }
        if left == 0 {
            break;
        }
    }
    Ok(checker.finish(total))
}
