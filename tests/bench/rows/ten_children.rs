//! Ten children that write as fast as they can at the same time, compared with ten `cat`.

use std::fs::File;
use std::time::Duration;

use crate::bench::{Bench, program};
use crate::check::Faults;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::handshake::Handshake;
use crate::row::{Row, rate};
use crate::rows::flood::spawn_flood;
use crate::run_log::RunLog;
use crate::stats::Pairs;
use crate::{Fallible, clock, lines};

const CHILDREN: usize = 10;
const BLOCK: usize = 64 << 10;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let bytes = bench.either(100_000_000, 10_000_000);
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let mut pairs = Pairs::default();
    let mut faults = Faults::default();
    for round in 0..bench.either(7, 3) {
        let cats = cats(bench, bytes)?;
        let (seconds, found) = managed(bench, &daemon, round, bytes)?;
        pairs.push(cats, seconds);
        faults = faults + found;
    }
    let row = Row::new(5, "throughput of ten children, vs. ten `cat`");
    Ok(vec![row.compare(&pairs, rate(bytes * CHILDREN as u64), 1.25).checked(faults)])
}

fn handshakes(bench: &Bench) -> Fallible<Vec<Handshake>> {
    (0..CHILDREN).map(|at| Handshake::new(bench.sockets(), &format!("child-{at}"))).collect()
}

/// Starts all children at once and waits until all are done; returns when they were started.
fn run_children(handshakes: &[Handshake]) -> Fallible<u64> {
    let mut children = handshakes.iter().map(Handshake::accept).collect::<Fallible<Vec<_>>>()?;
    let began = clock::now();
    for child in &mut children {
        child.start()?;
    }
    for child in children {
        child.report()?;
    }
    Ok(began)
}

fn cats(bench: &Bench, bytes: u64) -> Fallible<f64> {
    let handshakes = handshakes(bench)?;
    let log = |at: usize| bench.files().join(format!("cat-{at}.log"));
    let mut running = Vec::new();
    for (at, handshake) in handshakes.iter().enumerate() {
        let mut cat = program("cat")?;
        cat.stdout(File::create(log(at))?);
        running.push(spawn_flood(bench, cat, handshake, BLOCK, bytes)?);
    }
    let began = run_children(&handshakes)?;
    let mut end = began;
    for at in 0..CHILDREN {
        end = clock::wait_until("the files to be complete", Duration::from_micros(200), || {
            Ok((std::fs::metadata(log(at))?.len() >= bytes).then(clock::now))
        })?;
    }
    for (mut child, mut cat) in running {
        child.wait()?;
        cat.wait()?;
    }
    for at in 0..CHILDREN {
        std::fs::remove_file(log(at))?;
    }
    Ok(clock::seconds(began, end))
}

fn managed(bench: &Bench, daemon: &Daemon, round: u32, bytes: u64) -> Fallible<(f64, Faults)> {
    let handshakes = handshakes(bench)?;
    let chunk = BLOCK.to_string();
    let size = bytes.to_string();
    let mut running = Vec::new();
    for (at, handshake) in handshakes.iter().enumerate() {
        let role = ["flood", &handshake.path(), &chunk, &size, "0", "exit"];
        running.push(daemon.start_role(&format!("child-{round}-{at}"), &role)?.process);
    }
    let began = run_children(&handshakes)?;
    let mut end = began;
    for process in &running {
        end = end.max(RunLog::of(process).wait_for_bytes("combined", bytes)?);
    }
    let mut faults = Faults::default();
    for process in &running {
        faults = faults + RunLog::of(process).check("combined", bytes / lines::LENGTH as u64)?;
        daemon.discard(&process.id)?;
    }
    Ok((clock::seconds(began, end), bench.count(faults)))
}
