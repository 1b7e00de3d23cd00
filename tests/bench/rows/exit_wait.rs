//! The time from a child's death until a client that waits for it has the answer, compared with the
//! parent's own `wait`.

use std::process::Stdio;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use persistproc_api::client::FollowItem;
use persistproc_api::follow::FollowEvent;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::bench::Bench;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::row::{Row, ms};
use crate::stats::percentile;
use crate::{Fallible, clock};

/// How long a wait may take to begin.
const SETTLE_TIME: Duration = Duration::from_millis(25);

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let has_wait = has_wait(&daemon)?;
    let mut baseline = Vec::new();
    let mut ours = Vec::new();
    for round in 0..bench.either(200, 20) {
        baseline.push(wait_for_own_child(bench)?);
        ours.push(wait_for_managed_child(&daemon, round, has_wait)?);
    }
    let method = if has_wait {
        "`POST …/wait`"
    } else {
        "the end event of `follow`, as `wait` is missing"
    };
    bench.note(format!("10: By {method}; the clock starts right before the child is killed."));
    let show =
        |all: &[f64]| format!("{}, p99 {}", ms(percentile(all, 0.5)), ms(percentile(all, 0.99)));
    let met = percentile(&ours, 0.5) <= 0.003 && percentile(&ours, 0.99) <= 0.010;
    let row = Row::new(10, "child killed → a blocked `wait` returns")
        .baseline(show(&baseline))
        .ours(show(&ours));
    let ratio = percentile(&ours, 0.5) / percentile(&baseline, 0.5);
    Ok(vec![row.ratio(ratio).goal("≤ 3 ms, p99 ≤ 10 ms", met)])
}

fn wait_for_own_child(bench: &Bench) -> Fallible<f64> {
    let mut child = bench.child(&["sleep"])?.stdin(Stdio::null()).spawn()?;
    let pid = child.id();
    let waiting = thread::spawn(move || child.wait().map(|_| clock::now()));
    thread::sleep(SETTLE_TIME);
    let killed = kill(pid)?;
    let returned = waiting.join().map_err(|_| "the waiting thread panicked")??;
    Ok(clock::seconds(killed, returned))
}

fn wait_for_managed_child(daemon: &Daemon, round: u32, has_wait: bool) -> Fallible<f64> {
    let process = daemon.start_role(&format!("end-{round}"), &["sleep"])?.process;
    let waiting = if has_wait { wait(daemon, &process.id)? } else { follow(daemon, &process.id)? };
    thread::sleep(SETTLE_TIME);
    let killed = kill(process.status.pid().ok_or("no pid")?)?;
    let returned = waiting.join().map_err(|_| "the waiting thread panicked")??;
    daemon.discard(&process.id)?;
    Ok(clock::seconds(killed, returned))
}

fn kill(pid: u32) -> Fallible<u64> {
    let now = clock::now();
    kill_process(Pid::from_raw(pid as i32).ok_or("no pid")?, Signal::KILL)?;
    Ok(now)
}

fn path(id: &str) -> String {
    format!("/v1/processes/{id}/wait")
}

/// Whether the daemon has `wait`.
fn has_wait(daemon: &Daemon) -> Fallible<bool> {
    let id = daemon.start_role("probe", &["start-time", "/nowhere"])?.process.id;
    let response = daemon.connect()?.post(&path(&id), &json!({ "for": "exit" }).to_string())?;
    Ok(response.status == 200)
}

fn wait(daemon: &Daemon, id: &str) -> Fallible<JoinHandle<Fallible<u64>>> {
    let mut connection = daemon.connect()?;
    let path = path(id);
    Ok(thread::spawn(move || {
        let request = json!({ "for": "exit", "timeout": 60 }).to_string();
        let response = connection.post(&path, &request)?;
        let returned = clock::now();
        if response.status == 200 {
            Ok(returned)
        } else {
            Err(format!("wait answered {}", response.status).into())
        }
    }))
}

fn follow(daemon: &Daemon, id: &str) -> Fallible<JoinHandle<Fallible<u64>>> {
    let follow = daemon.follow(id, json!({ "lines": 0 }))?;
    Ok(thread::spawn(move || {
        for item in follow {
            if let FollowItem::Event(event) = item?
                && let FollowEvent::Ended { .. } = *event
            {
                return Ok(clock::now());
            }
        }
        Err("follow ended without an end event".into())
    }))
}
