//! Ten chatty children at once, beside ten `cat`.

use std::fs::File;
use std::time::Duration;

use crate::bench::{Bench, program};
use crate::check::Faults;
use crate::gate::Gate;
use crate::row::{Row, rate};
use crate::rows::flood::connected;
use crate::stats::Pairs;
use crate::store::Store;
use crate::world::{ROOMY, World};
use crate::{Fallible, clock, lines};

const CHILDREN: usize = 10;
const BLOCK: usize = 64 << 10;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let bytes = bench.either(100_000_000, 10_000_000);
    let world = World::new(bench, ROOMY)?;
    let (mut pairs, mut faults) = (Pairs::default(), Faults::default());
    for round in 0..bench.either(7, 3) {
        let cats = cats(bench, bytes)?;
        let (seconds, found) = ours(bench, &world, round, bytes)?;
        pairs.push(cats, seconds);
        faults = faults + found;
    }
    let row = Row::new(5, "ten chatty children at once");
    Ok(vec![row.times(&pairs, rate(bytes * CHILDREN as u64), 1.25).checked(faults)])
}

fn gates(bench: &Bench) -> Fallible<Vec<Gate>> {
    (0..CHILDREN).map(|at| Gate::new(bench.sockets(), &format!("gate-{at}"))).collect()
}

/// Lets all go at once and returns when all are done; when that began.
fn release(gates: &[Gate]) -> Fallible<u64> {
    let mut held = gates.iter().map(Gate::arrival).collect::<Fallible<Vec<_>>>()?;
    let began = clock::now();
    for child in &mut held {
        child.go()?;
    }
    for child in held {
        child.report()?;
    }
    Ok(began)
}

fn cats(bench: &Bench, bytes: u64) -> Fallible<f64> {
    let gates = gates(bench)?;
    let log = |at: usize| bench.files().join(format!("cat-{at}.log"));
    let mut running = Vec::new();
    for (at, gate) in gates.iter().enumerate() {
        let mut cat = program("cat")?;
        cat.stdout(File::create(log(at))?);
        running.push(connected(bench, cat, gate, BLOCK, bytes)?);
    }
    let began = release(&gates)?;
    let mut end = began;
    for at in 0..CHILDREN {
        end = clock::until("ten files to be complete", Duration::from_micros(200), || {
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

fn ours(bench: &Bench, world: &World, round: u32, bytes: u64) -> Fallible<(f64, Faults)> {
    let gates = gates(bench)?;
    let (chunk, size) = (BLOCK.to_string(), bytes.to_string());
    let mut running = Vec::new();
    for (at, gate) in gates.iter().enumerate() {
        let role = ["flood", &gate.path(), &chunk, &size, "0", "exit"];
        running.push(world.start_role(&format!("many-{round}-{at}"), &role)?.process);
    }
    let began = release(&gates)?;
    let mut end = began;
    for process in &running {
        end = end.max(Store::of(process).until_holds("combined", bytes)?);
    }
    let mut faults = Faults::default();
    for process in &running {
        faults = faults + Store::of(process).check("combined", bytes / lines::LENGTH as u64)?;
        world.discard(&process.id)?;
    }
    Ok((clock::seconds(began, end), bench.found(faults)))
}
