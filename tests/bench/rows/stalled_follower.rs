//! A follower that reads nothing while a child writes, and one that reads everything: does the
//! child wait, does anything grow, is the reader's copy complete?

use std::thread;
use std::time::Duration;

use persistproc_api::client::{Follow, FollowItem};
use persistproc_api::follow::FollowEvent;
use persistproc_api::process::Process;
use persistproc_api::routes::STREAM_TYPE;
use serde_json::json;

use crate::bench::Bench;
use crate::check::{Checker, Faults};
use crate::gate::{Gate, Held};
use crate::row::{Row, mb, rate};
use crate::stats::Pairs;
use crate::wire::Wire;
use crate::world::World;
use crate::{Fallible, clock, lines, machine};

const CHUNK: &str = "65536";

/// Small enough that old segments go while it is measured.
const LIMIT: &str = "2GiB";

/// Bytes a second, so that a reader on a busy machine is never a whole log behind.
const PACE: u64 = 200_000_000;

/// What "flat" means: allocators keep a little.
const FLAT: f64 = 4e6;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, LIMIT)?;
    let speed = speed(bench, &world)?;
    let bytes = bench.either(10_000_000_000, 200_000_000);
    let (process, mut held) = writer(bench, &world, "paced", bytes, PACE)?;
    let _stalled = stalled(&world, &process)?;
    let reader = world.follow(&process.id, json!({ "lines": "all" }))?;
    let reading = thread::spawn(move || read_all(reader, bytes / lines::LENGTH as u64));
    held.go()?;
    let writing = thread::spawn(move || held.report());
    let grown = growth(&world, &process, || writing.is_finished())?;
    let longest: u64 = writing.join().map_err(|_| "a thread panicked")??.parse()?;
    let faults = reading.join().map_err(|_| "a thread panicked")??;
    world.discard(&process.id)?;
    bench.note(format!("15: its longest single write took {:.1} ms.", longest as f64 / 1e6));
    let size = format!("{} GB", bytes as f64 / 1e9);
    Ok(vec![
        Row::new(15, "child's speed beside a follower that reads nothing").times(
            &speed.0,
            rate(speed.1),
            1.25,
        ),
        Row::new(15, format!("memory while {size} are written: daemon, shim"))
            .ours(format!("+ {}, + {}", mb(grown.0), mb(grown.1)))
            .goal(format!("≤ + {}", mb(FLAT)), grown.0.max(grown.1) <= FLAT),
        Row::new(15, format!("another follower reads all {size}"))
            .ours(format!("{} lines, {faults}", faults.lines))
            .goal("complete", !faults.any())
            .checked(bench.found(faults)),
    ])
}

/// The same flood without a follower and with one that reads nothing.
fn speed(bench: &Bench, world: &World) -> Fallible<(Pairs, u64)> {
    let bytes = bench.either(1_000_000_000, 100_000_000);
    let mut pairs = Pairs::default();
    for round in 0..bench.either(5, 3) {
        let mut seconds = [0.0; 2];
        for (at, label) in ["alone", "watched"].into_iter().enumerate() {
            let (process, mut held) = writer(bench, world, &format!("{label}-{round}"), bytes, 0)?;
            let _stalled = (at == 1).then(|| stalled(world, &process)).transpose()?;
            let began = clock::now();
            held.go()?;
            held.report()?;
            seconds[at] = clock::seconds(began, clock::now());
            world.discard(&process.id)?;
        }
        pairs.push(seconds[0], seconds[1]);
    }
    Ok((pairs, bytes))
}

fn writer(
    bench: &Bench,
    world: &World,
    label: &str,
    bytes: u64,
    rate: u64,
) -> Fallible<(Process, Held)> {
    let gate = Gate::new(bench.sockets(), "writer")?;
    let role = ["flood", &gate.path(), CHUNK, &bytes.to_string(), &rate.to_string(), "hold"];
    let process = world.start_role(label, &role)?.process;
    Ok((process, gate.arrival()?))
}

/// Asks for everything and reads nothing, as long as it lives.
fn stalled(world: &World, process: &Process) -> Fallible<Wire> {
    let mut wire = world.wire()?;
    wire.ask(&format!("/v1/processes/{}/follow?lines=all", process.id), STREAM_TYPE)?;
    Ok(wire)
}

/// Bytes that daemon and shim have more than at the beginning, at most, until it is over.
fn growth(world: &World, process: &Process, over: impl Fn() -> bool) -> Fallible<(f64, f64)> {
    let pids = [world.daemon(), machine::parent(process.status.pid().ok_or("no pid")?)?];
    thread::sleep(Duration::from_millis(300));
    let first = pids.map(machine::resident).into_iter().collect::<Fallible<Vec<f64>>>()?;
    let mut most = first.clone();
    while !over() {
        thread::sleep(Duration::from_millis(50));
        for (most, pid) in most.iter_mut().zip(pids) {
            *most = most.max(machine::resident(pid)?);
        }
    }
    Ok((most[0] - first[0], most[1] - first[1]))
}

/// Reads until all lines are there, or the log lost some.
fn read_all(reader: Follow, total: u64) -> Fallible<Faults> {
    let (mut checker, mut left) = (Checker::new(), total * lines::LENGTH as u64);
    for item in reader {
        match item? {
            FollowItem::Stdout(bytes) => {
                checker.feed(&bytes);
                left = left.saturating_sub(bytes.len() as u64);
            }
            FollowItem::Event(event) => match *event {
                FollowEvent::Dropped { bytes } => left = left.saturating_sub(bytes),
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
