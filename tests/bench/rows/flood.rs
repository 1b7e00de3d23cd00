//! One chatty child: how long until all is stored, beside `cat`; what storing costs, beside the
//! least it can cost.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::bench::{Bench, program};
use crate::check::{self, Faults};
use crate::gate::Gate;
use crate::row::{Row, rate};
use crate::stats::{Pairs, median};
use crate::store::Store;
use crate::world::{ROOMY, World};
use crate::{Fallible, clock, machine};

const BLOCK: usize = 64 << 10;

/// What one flood took: seconds until all was stored, CPU seconds of whoever stored it.
struct Trial {
    seconds: f64,
    cpu: f64,
    faults: Faults,
}

pub(crate) fn blocks(bench: &Bench) -> Fallible<Vec<Row>> {
    let bytes = bench.either(1_000_000_000, 100_000_000);
    measure(bench, 1, "chatty child, 64 KiB writes", BLOCK, bytes, (0.5, 1.2))
}

pub(crate) fn lines(bench: &Bench) -> Fallible<Vec<Row>> {
    let bytes = bench.either(300_000_000, 30_000_000);
    measure(bench, 2, "chatty child, a write a line", crate::lines::LENGTH, bytes, (1.0, 2.0))
}

fn measure(
    bench: &Bench,
    number: u8,
    what: &str,
    chunk: usize,
    bytes: u64,
    (least, most): (f64, f64),
) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let (mut time, mut cpu, mut faults) = (Pairs::default(), Pairs::default(), Faults::default());
    for round in 0..bench.either(7, 3) {
        let pump = pump(bench, chunk, bytes)?;
        let cat = cat(bench, chunk, bytes)?;
        let ours = ours(bench, &world, &format!("flood-{round}"), chunk, bytes)?;
        let gigabytes = bytes as f64 / 1e9;
        time.push(cat.seconds, ours.seconds);
        cpu.push(pump.cpu / gigabytes, ours.cpu / gigabytes);
        faults = faults + ours.faults;
    }
    let show = |cpu| format!("{cpu:.2} s/GB");
    let (spent, factor) = (median(&cpu.ours), most / least);
    let goal = format!("≤ {most} s, or {factor:.1} × a bare pump");
    let met = spent <= most || cpu.ratio() <= factor;
    Ok(vec![
        Row::new(number, what).times(&time, rate(bytes), 1.25).checked(faults),
        Row::new(3, format!("CPU to capture, {what}"))
            .limit(show(median(&cpu.limit)))
            .ours(show(spent))
            .ratio(cpu.ratio())
            .goal(goal, met)
            .checked(faults),
    ])
}

fn cat(bench: &Bench, chunk: usize, bytes: u64) -> Fallible<Trial> {
    let log = bench.files().join("cat.log");
    let mut command = program("cat")?;
    command.stdout(File::create(&log)?);
    piped(bench, command, &log, chunk, bytes)
}

fn pump(bench: &Bench, chunk: usize, bytes: u64) -> Fallible<Trial> {
    let (log, index) = (bench.files().join("pump.log"), bench.files().join("pump.index"));
    let name = |path: &Path| path.to_string_lossy().into_owned();
    let command = bench.child(&["pump", &name(&log), &name(&index)])?;
    piped(bench, command, &log, chunk, bytes)
}

/// A flood through a pipe into a program that fills this file.
fn piped(bench: &Bench, sink: Command, log: &Path, chunk: usize, bytes: u64) -> Fallible<Trial> {
    let gate = Gate::new(bench.sockets(), "gate")?;
    let (mut child, mut sink) = connected(bench, sink, &gate, chunk, bytes)?;
    let mut held = gate.arrival()?;
    let began = clock::now();
    held.go()?;
    held.report()?;
    let end = clock::until("a file to be complete", Duration::from_micros(200), || {
        let there = std::fs::metadata(log).map_or(0, |file| file.len());
        Ok((there >= bytes).then(clock::now))
    })?;
    // Ended or not, it is there until it is collected.
    let cpu = machine::cpu(sink.id())?;
    child.wait()?;
    sink.wait()?;
    let faults = check::read(File::open(log)?, bytes / crate::lines::LENGTH as u64)?;
    std::fs::remove_file(log)?;
    if faults.any() {
        return Err(format!("the limit itself is wrong: {faults}").into());
    }
    Ok(Trial { seconds: clock::seconds(began, end), cpu, faults })
}

/// A child that floods this program, waiting at its gate.
pub(super) fn connected(
    bench: &Bench,
    mut sink: Command,
    gate: &Gate,
    chunk: usize,
    bytes: u64,
) -> Fallible<(Child, Child)> {
    let (chunk, bytes) = (chunk.to_string(), bytes.to_string());
    let role = ["flood", &gate.path(), &chunk, &bytes, "0", "exit"];
    let mut child = bench.child(&role)?.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let pipe = child.stdout.take().ok_or("a child without a pipe")?;
    let sink = sink.stdin(pipe).spawn()?;
    Ok((child, sink))
}

fn ours(bench: &Bench, world: &World, label: &str, chunk: usize, bytes: u64) -> Fallible<Trial> {
    let gate = Gate::new(bench.sockets(), "gate")?;
    let (chunk, size) = (chunk.to_string(), bytes.to_string());
    let started = world.start_role(label, &["flood", &gate.path(), &chunk, &size, "0", "hold"])?;
    let store = Store::of(&started.process);
    let shim = machine::parent(started.process.status.pid().ok_or("no pid")?)?;
    let mut held = gate.arrival()?;
    let spent = || Ok::<_, crate::Failure>(machine::cpu(shim)? + machine::cpu(world.daemon())?);
    let (before, began) = (spent()?, clock::now());
    held.go()?;
    held.report()?;
    let end = store.until_holds("combined", bytes)?;
    let cpu = spent()? - before;
    let lines = bytes / crate::lines::LENGTH as u64;
    let faults = store.check("stdout", lines)? + store.check("combined", lines)?;
    world.discard(&started.process.id)?;
    Ok(Trial { seconds: clock::seconds(began, end), cpu, faults: bench.found(faults) })
}
