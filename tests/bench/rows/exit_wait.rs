//! A child is gone → whoever waits for its end is told; beside a parent's own wait.

use std::process::Stdio;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use persistproc_api::client::FollowItem;
use persistproc_api::follow::FollowEvent;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::bench::Bench;
use crate::row::{Row, ms};
use crate::stats::percentile;
use crate::world::{ROOMY, World};
use crate::{Fallible, clock};

/// A wait may take this long to be there.
const SETTLE: Duration = Duration::from_millis(25);

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let waits = has_wait(&world)?;
    let (mut limit, mut ours) = (Vec::new(), Vec::new());
    for round in 0..bench.either(200, 20) {
        limit.push(bare(bench)?);
        ours.push(managed(&world, round, waits)?);
    }
    let how = if waits {
        "`POST …/wait`"
    } else {
        "the end told by `follow`, as there is no `wait` yet"
    };
    bench.note(format!("10: {how}; the child is killed, the clock runs from right before that."));
    let show =
        |all: &[f64]| format!("{}, p99 {}", ms(percentile(all, 0.5)), ms(percentile(all, 0.99)));
    let met = percentile(&ours, 0.5) <= 0.003 && percentile(&ours, 0.99) <= 0.010;
    let row =
        Row::new(10, "child gone → a blocked wait returns").limit(show(&limit)).ours(show(&ours));
    let ratio = percentile(&ours, 0.5) / percentile(&limit, 0.5);
    Ok(vec![row.ratio(ratio).goal("≤ 3 ms, p99 ≤ 10 ms", met)])
}

fn bare(bench: &Bench) -> Fallible<f64> {
    let mut child = bench.child(&["hold"])?.stdin(Stdio::null()).spawn()?;
    let pid = child.id();
    let waiting = thread::spawn(move || child.wait().map(|_| clock::now()));
    thread::sleep(SETTLE);
    let killed = kill(pid)?;
    let told = waiting.join().map_err(|_| "a wait panicked")??;
    Ok(clock::seconds(killed, told))
}

fn managed(world: &World, round: u32, waits: bool) -> Fallible<f64> {
    let process = world.start_role(&format!("end-{round}"), &["hold"])?.process;
    let waiting = if waits { wait(world, &process.id)? } else { follow(world, &process.id)? };
    thread::sleep(SETTLE);
    let killed = kill(process.status.pid().ok_or("no pid")?)?;
    let told = waiting.join().map_err(|_| "a wait panicked")??;
    world.discard(&process.id)?;
    Ok(clock::seconds(killed, told))
}

fn kill(pid: u32) -> Fallible<u64> {
    let now = clock::now();
    kill_process(Pid::from_raw(pid as i32).ok_or("no pid")?, Signal::KILL)?;
    Ok(now)
}

fn path(id: &str) -> String {
    format!("/v1/processes/{id}/wait")
}

/// Whether the daemon knows `wait`.
fn has_wait(world: &World) -> Fallible<bool> {
    let id = world.start_role("probe", &["stamp", "/nowhere"])?.process.id;
    let answer = world.wire()?.post(&path(&id), &json!({ "for": "exit" }).to_string())?;
    Ok(answer.status == 200)
}

fn wait(world: &World, id: &str) -> Fallible<JoinHandle<Fallible<u64>>> {
    let (mut wire, path) = (world.wire()?, path(id));
    Ok(thread::spawn(move || {
        let answer = wire.post(&path, &json!({ "for": "exit", "timeout": 60 }).to_string())?;
        let told = clock::now();
        if answer.status == 200 {
            Ok(told)
        } else {
            Err(format!("wait answered {}", answer.status).into())
        }
    }))
}

fn follow(world: &World, id: &str) -> Fallible<JoinHandle<Fallible<u64>>> {
    let live = world.follow(id, json!({ "lines": 0 }))?;
    Ok(thread::spawn(move || {
        for item in live {
            if let FollowItem::Event(event) = item?
                && let FollowEvent::Ended { .. } = *event
            {
                return Ok(clock::now());
            }
        }
        Err("follow ended without saying that the process did".into())
    }))
}
